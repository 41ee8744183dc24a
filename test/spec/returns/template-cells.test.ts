import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/returns/answer-format.ts';
import { isAnswered, isComplete, isRequired } from '../../../src/returns/completion.ts';
import { loadTemplate } from '../../../src/returns/load.ts';
import type { Answer } from '../../../src/returns/return.ts';
import { type AnswerInput, type Condition, type Question, questionsOf, type ReturnTemplate } from '../../../src/returns/template.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

// Generated from the templates: every drop-down value, every limit and every conditional cell of every template.
const config = join(packageRoot(), 'config');
const ids = readdirSync(join(config, 'returns')).flatMap((file) =>
  file.endsWith('.json') && file !== 'thresholds.json' ? [file.slice(0, -'.json'.length)] : [],
);

/** The same letters in the other case. */
const changeCase = (text: string): string => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase());

/** [input, answers that fit, answers that do not] */
function edges(input: AnswerInput, { limits }: ReturnTemplate): readonly [readonly Answer[], readonly Answer[]] {
  const { min, max } = limits.number;
  const other = ['ten', '', '-', 'Live'];
  switch (input.kind) {
    case 'count':
      return [
        [min, max, String(max), max.toLocaleString('en-GB')],
        [min - 1, max + 1, min + 0.5, String(max + 1), '24%', '£24', '1,2,3', '12,34', ...other],
      ];
    case 'money':
      return [
        [min, max, min + 0.01, `£${max.toLocaleString('en-GB')}`],
        [min - 0.01, max + 0.01, min + 0.001, '24%', '£1,2', '£', ...other],
      ];
    case 'number':
      return [
        [min, max, min + 0.001],
        [min - 0.001, max + 0.001, '24%', '£24', ...other],
      ];
    case 'percent':
      return [
        [0, 100, '100%', '91.7%'],
        [-1, 100.1, '101%', '£94', '94%%', ...other],
      ];
    case 'text':
      return [['x'.repeat(input.maxLength)], ['x'.repeat(input.maxLength + 1), 5]];
    case 'date':
      return [
        ['31/03/2017', '29/02/2016', '31/03/17'],
        ['31/02/2017', '29/02/2017', '31.03.2017', '03/31/2017', 'Live', 'soon'],
      ];
    case 'date-or-live':
      return [
        ['31/03/17', 'Live'],
        ['31/02/17', 'live', 'LIVE', 'Not live', '03/31/17'],
      ];
    case 'choice':
      return [[], []];
  }
}

const others = (template: ReturnTemplate, question: string, among: readonly string[]): string[] => {
  const input = questionsOf(template).find(({ id }) => id === question)?.input;
  return input?.kind === 'choice' ? (template.lists[input.list]?.options ?? []).filter((option) => !among.includes(option)) : [];
};

/** Every way a condition can be decided: [the cells, whether the conditional cell must then be filled]. */
function decisions(template: ReturnTemplate, condition: Condition): (readonly [Readonly<Record<string, Answer>>, boolean | undefined])[] {
  if ('blank' in condition)
    return [
      [{}, true],
      [{ [condition.blank]: '' }, true],
      [{ [condition.blank]: 'a metric' }, false],
    ];
  if ('question' in condition) {
    const { question, in: values, whenBlank } = condition;
    return [
      ...values.map((value) => [{ [question]: value }, true] as const),
      ...others(template, question, values).map((value) => [{ [question]: value }, false] as const),
      [{}, whenBlank === 'not-required' ? false : undefined],
    ];
  }
  const same = Object.fromEntries(condition.differ.flat().map((cell) => [cell, 100]));
  return [
    [same, false],
    [{}, undefined],
    ...condition.differ.flatMap(([left, right]) => [
      [{ ...same, [left]: 99 }, true] as const,
      [{ ...same, [right]: 101 }, true] as const,
      [{ ...same, [right]: null }, undefined] as const,
    ]),
  ];
}

describe.each(ids)('%s', (id) => {
  let template: ReturnTemplate;
  let questions: Question[];
  beforeAll(async () => {
    template = await loadTemplate(config, id);
    questions = questionsOf(template);
  });

  it('accepts every value of every drop-down in exact case, and no other', () => {
    for (const question of questions) {
      if (question.input.kind !== 'choice') continue;
      const options = template.lists[question.input.list]?.options ?? [];
      for (const option of options) {
        expect(formatProblem(template, question, option), `${question.id}: ${option}`).toBeUndefined();
        for (const wrong of [changeCase(option), ` ${option}`, `${option} `, `${option}.`]) {
          expect(formatProblem(template, question, wrong), `${question.id}: ${wrong}`).toBe('is not one of the options of its list');
        }
      }
      expect(formatProblem(template, question, ''), question.id).toBeDefined();
    }
  });

  it('uses every drop-down it holds, and says which values nobody has seen in print', () => {
    const used = new Set(questions.flatMap(({ input }) => (input.kind === 'choice' ? [input.list] : [])));
    expect([...used].sort()).toEqual(Object.keys(template.lists).sort());
    for (const { options, notSeenInPrint } of Object.values(template.lists))
      expect(options).toEqual(expect.arrayContaining(notSeenInPrint));
  });

  it('takes answers up to the limit of each cell, and not past it', () => {
    for (const question of questions) {
      const [fit, refused] = edges(question.input, template);
      for (const answer of fit)
        expect(formatProblem(template, question, answer), `${question.id}: ${String(answer).slice(0, 40)}`).toBeUndefined();
      for (const answer of refused)
        expect(formatProblem(template, question, answer), `${question.id}: ${String(answer).slice(0, 40)}`).toBeDefined();
      expect(formatProblem(template, question, null)).toBeUndefined();
    }
  });

  it('counts a blank conditional cell as the print does: answered once its condition says that it need not be filled', () => {
    for (const question of questions) {
      const { requiredWhen } = question;
      if (requiredWhen === undefined) continue;
      for (const [cells, required] of decisions(template, requiredWhen)) {
        const value = (cell: string): Answer => cells[cell] ?? null;
        const title = `${question.id} where ${JSON.stringify(cells)}`;
        expect(isRequired(requiredWhen, value), title).toBe(required);
        expect(isAnswered(question, value), title).toBe(required === false);
        expect(
          isAnswered(question, (cell) => (cell === question.id ? 'filled' : value(cell))),
          title,
        ).toBe(true);
      }
    }
  });

  it('counts an unconditional cell only when it is filled, and never owes what the print does not count', () => {
    for (const question of questions) {
      if (question.requiredWhen !== undefined) continue;
      const owed = question.counted || question.countedWith !== undefined;
      expect(
        isAnswered(question, () => null),
        question.id,
      ).toBe(!owed);
      expect(
        isAnswered(question, () => ''),
        question.id,
      ).toBe(!owed);
      expect(
        isAnswered(question, () => 0),
        question.id,
      ).toBe(true);
    }
  });

  it('counts a question of two cells only when both are filled', () => {
    for (const { id: half, countedWith } of questions) {
      const whole = questions.find((question) => question.id === countedWith);
      if (whole === undefined || whole.requiredWhen !== undefined) continue;
      expect(
        isComplete(whole, questions, (cell) => (cell === whole.id ? 'text' : null)),
        half,
      ).toBe(false);
      expect(
        isComplete(whole, questions, (cell) => (cell === half ? 'text' : null)),
        half,
      ).toBe(false);
      expect(
        isComplete(whole, questions, (cell) => (cell === whole.id || cell === half ? 'text' : null)),
        half,
      ).toBe(true);
    }
  });
});
