import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listTemplates } from '../../../../src/returns/load.ts';
import { type Question, questionsOf } from '../../../../src/returns/question.ts';
import type { Answer } from '../../../../src/returns/return.ts';
import type { ReturnTemplate } from '../../../../src/returns/template.ts';
import { decodeCellText, encodeCellText } from '../../../../src/returns/workbook/cell-text.ts';
import { fromSerial, toSerial } from '../../../../src/returns/workbook/serial-date.ts';
import { writeWorkbook } from '../../../../src/returns/workbook/write.ts';
import { normalAnswer } from '../../../../src/returns/workbook/written-cell.ts';
import type { LocalDate } from '../../../../src/shared/clock.ts';
import { answersBack, config, templateOf, withAnswers } from '../../../fixtures/returns/filled-workbook.ts';
import { declaredReturn, printedReturn, quarters } from '../../../fixtures/returns/southend-2016-17.ts';

const awkward = [
  '=SUM(A1:A9)',
  '+44 1632 960000',
  '-1',
  '@name',
  '"quoted", \'twice\'',
  'two\nlines',
  'three\r\nlines\r',
  '\ttab and trailing blank ',
  '<b>&amp;</b>]]>',
  '_x000D_ and _x0041_ and _x',
  'constructor',
  '__proto__',
  'toString',
  '👩🏽‍⚕️ naïve Ελλάδα 中文 \u202eright to left',
  '\u0085\u009f\ufffd\u{1ffff}',
  '#REF!',
  'TRUE',
  '1/4',
  '0123',
  ' ',
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
const readable = (text: string): boolean => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text);
const words = (maxLength: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...awkward.filter((text) => text.length <= maxLength)),
    fc
      .string({ unit: 'binary', minLength: 1, maxLength: Math.min(maxLength, 40) })
      .filter((text) => readable(text) && text.length <= maxLength),
  );
const day = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2099-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

/** Any valid answer of a question, in any of the forms it may be given in. */
function answerOf(template: ReturnTemplate, { input }: Question): fc.Arbitrary<Answer> {
  const { min, max } = template.limits.number;
  const printed = (date: string) => date.split('-').toReversed().join('/');
  switch (input.kind) {
    case 'text':
      return words(input.maxLength);
    case 'choice':
      return fc.constantFrom(...(template.lists[input.list]?.options ?? []));
    case 'date':
      return fc.oneof(day, day.map(printed));
    case 'date-or-live':
      return fc.oneof(fc.constant('Live'), day, day.map(printed));
    case 'count':
      return fc.oneof(fc.integer({ min, max }), fc.integer({ min, max }).map(String));
    case 'money':
      return fc.integer({ min, max: max * 100 }).map((pennies) => pennies / 100);
    case 'number':
      return fc.integer({ min, max: max * 1000 }).map((thousandths) => thousandths / 1000);
    case 'percent':
      return fc.oneof(
        fc.integer({ min: 0, max: 1_000_000 }).map((parts) => parts / 10_000),
        fc.integer({ min: 0, max: 100 }).map((whole) => `${whole}%`),
      );
  }
}

const expected = (questions: readonly Question[], given: Readonly<Record<string, Answer>>) =>
  Object.fromEntries(questions.map(({ id, input }) => [id, normalAnswer(input, given[id] ?? null)]));

// Every template there is, so that one added later is held to the law as well.
describe.each(await listTemplates(config))('a workbook of %s', (id) => {
  it('read back holds the answers that were written, whatever they are, and none has changed', async () => {
    const template = await templateOf(id);
    const document = declaredReturn(template, {});
    const questions = questionsOf(template);
    const answers = fc.record(
      Object.fromEntries(questions.map((question) => [question.id, fc.option(answerOf(template, question), { freq: 4 })])),
    );
    await fc.assert(
      fc.asyncProperty(answers, async (given) => {
        const read = await answersBack(await writeWorkbook(withAnswers(document, given), template));
        expect(Object.fromEntries(read.answers)).toEqual(expected(questions, given));
        expect(read.changed).toEqual([]);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  }, 60_000);
});

describe.each(quarters)('a workbook of %s', (id) => {
  it('holds the printed answers of Southend-on-Sea', async () => {
    const template = await templateOf(id);
    const document = printedReturn(template);
    const read = await answersBack(await writeWorkbook(document, template));
    const given = Object.fromEntries(document.sheets.flatMap(({ questions }) => questions.map((cell) => [cell.id, cell.answer])));
    expect(Object.fromEntries(read.answers)).toEqual(expected(questionsOf(template), given));
  });
});

describe('the longest texts', () => {
  it('come back whole: 32,767 characters of any kind in every cell that takes them', async () => {
    const template = await templateOf('bcf-2016-17-q4');
    const questions = questionsOf(template).filter(({ input }) => input.kind === 'text');
    const filled = ['=', '😀', '\n', '"', '_x', 'é', '\r'];
    const given = Object.fromEntries(
      questions.map(({ id, input }, index) => {
        const length = input.kind === 'text' ? input.maxLength : 0;
        return [id, `${(filled[index % filled.length] ?? '').repeat(length).slice(0, length - 1)}.`];
      }),
    );
    expect(Object.values(given).filter((text) => text.length === 32_767).length).toBeGreaterThan(10);
    const read = await answersBack(await writeWorkbook(withAnswers(printedReturn(template), given), template));
    for (const { id } of questions) expect(read.answers.get(id) === given[id], id).toBe(true);
  });
});

describe('cells of a workbook', () => {
  it('store any text and give it back', () => {
    fc.assert(fc.property(fc.oneof(words(32_767), fc.string({ unit: 'binary' })), (text) => decodeCellText(encodeCellText(text)) === text));
    expect(encodeCellText('_x0041_\r')).toBe('_x005F_x0041__x000D_');
  });

  it.each([
    ['2017-03-31', 42_825, 41_363],
    ['1900-03-01', 61, undefined],
    ['1904-01-01', 1462, 0],
    ['9999-12-31', 2_958_465, 2_957_003],
  ])('count %s as day %i, and day %s where the workbook counts from 1904', (date, serial, serial1904) => {
    expect(toSerial(date as LocalDate)).toBe(serial);
    expect(fromSerial(serial, '1900')).toBe(date);
    if (serial1904 !== undefined) expect(fromSerial(serial1904, '1904')).toBe(date);
  });

  it('know no day that never was, no part of a day, and none before March 1900', () => {
    for (const serial of [60, 59, 1, 0, -1, 42_825.5, 2_958_466, Number.NaN]) expect(fromSerial(serial, '1900')).toBeUndefined();
    expect(toSerial('1900-02-28' as LocalDate)).toBeUndefined();
  });
});
