import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/returns/answer-format.ts';
import { assembleReturn } from '../../../src/returns/build.ts';
import { checklistOf, isReadyToSend } from '../../../src/returns/checklist.ts';
import { layOut } from '../../../src/returns/layout.ts';
import { loadDeclared, loadTemplate } from '../../../src/returns/load.ts';
import { printAnswer } from '../../../src/returns/print.ts';
import { answersOf, type Return, valuesOf } from '../../../src/returns/return.ts';
import { questionsOf, type ReturnTemplate } from '../../../src/returns/template.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { declaredReturn, madeOn, printedAnswers, printedReturn, quarters } from '../../fixtures/returns/southend-2016-17.ts';

const config = join(packageRoot(), 'config');
const place = 'southend-on-sea';

/** The return that the configuration holds: declared inputs of a place, and nothing observed. */
async function build(id: string, period?: Return['period']): Promise<[Return, ReturnTemplate]> {
  const template = await loadTemplate(config, id);
  const document = assembleReturn(template, new Map(), {
    declared: await loadDeclared(config, place, template),
    period: period ?? template.period,
    place,
    placeName: 'Southend-on-Sea',
    at: madeOn[id] as LocalDate,
    registerVersion: null,
    audit: null,
  });
  return [document, template];
}

const built = new Map<string, [Return, ReturnTemplate]>();
beforeAll(async () => {
  for (const id of quarters) built.set(id, await build(id));
});
const configured = (id: string): [Return, ReturnTemplate] => {
  const found = built.get(id);
  if (found === undefined) throw new Error('there is no such quarter');
  return found;
};

/** Answered questions by sheet, as the covers print them. */
const printedCounts: Readonly<Record<string, readonly number[]>> = {
  'bcf-2016-17-q1': [5, 2, 36, 21, 13, 67, 1],
  'bcf-2016-17-q2': [5, 1, 36, 15, 13, 67, 1],
  'bcf-2016-17-q3': [5, 1, 36, 17, 13, 67, 1],
  'bcf-2016-17-q4': [5, 1, 24, 19, 13, 13, 67, 1],
};

const fund = '£13,131,049';
const first = '£3,282,763';
const other = '£3,282,762';
const metric = 'Friends and Family Net promoter score - SUFHT In Patient wards';

/** Pre-populated cells as printed: [cell, Q1, Q2, Q3, Q4]; undefined where the quarter has no such cell. */
type Printed = readonly [string, ...(string | undefined)[]];
const prepopulated: readonly Printed[] = [
  ['budget.pooled-before', undefined, 'Yes', 'Yes', 'Yes'],
  ['ie.pooled-fund', fund, fund, fund, fund],
  ['ie.income.plan.q1', undefined, first, first, first],
  ['ie.expenditure.plan.q4', undefined, other, other, other],
  ...['income', 'expenditure'].flatMap((kind): Printed[] => [
    [`ie.${kind}.plan.total`, fund, fund, fund, fund],
    [`ie.${kind}.forecast.total`, fund, fund, fund, fund],
    [`ie.${kind}.actual.total`, undefined, undefined, undefined, fund],
    [`ie.previous.${kind}.plan.total`, undefined, fund, fund, fund],
    [`ie.previous.${kind}.forecast.q1`, undefined, first, first, first],
    [`ie.previous.${kind}.actual.q1`, undefined, first, first, first],
    [`ie.previous.${kind}.actual.q2`, undefined, undefined, other, other],
    [`ie.previous.${kind}.actual.q3`, undefined, undefined, undefined, other],
  ]),
  ['sm.patient-experience.plan-metric', metric, metric, metric, metric],
  ['am.phb.rate', '13', '13.3', '13.3', '13'],
  ['am.phb.population', '180,589', '180,589', '180,589', '182,046'],
  ['narrative.remaining', '31,872', '31,872', '31,593', '31,605'],
];

describe('the printed returns of Southend-on-Sea are reproduced from declared inputs', () => {
  it.each(quarters)('%s cell for cell', async (id) => {
    const [document, template] = configured(id);
    const answers = answersOf(document);
    const printed = printedAnswers(id);
    for (const { id: question, input } of questionsOf(template)) {
      const [ours, theirs] = [answers.get(question)?.answer ?? null, printed[question] ?? null].map((answer) => printAnswer(input, answer));
      expect(ours, question).toBe(theirs);
    }
    expect(Object.keys(printed).filter((question) => !answers.has(question))).toEqual([]);
  });

  it.each(quarters)('%s question for question: every section of the cover', async (id) => {
    const [document, template] = configured(id);
    expect(template.sheetsPrinted.map(({ name }) => document.counts[name]?.answered)).toEqual(printedCounts[id]);
    expect(template.sheetsPrinted.map(({ name }) => document.counts[name]?.total)).toEqual(printedCounts[id]);
  });

  it.each(prepopulated)('%s', async (cell, ...printed) => {
    for (const [index, id] of quarters.entries()) {
      const [{ sheets }] = configured(id);
      const shown = sheets.flatMap(({ calculated }) => calculated).find((calculated) => calculated.id === cell)?.shown;
      expect(shown, id).toBe(printed[index]);
    }
  });

  it.each(quarters)('%s with a checklist that is green everywhere', async (id) => {
    const [document, template] = configured(id);
    const sections = checklistOf(document, template);
    expect(sections.map(({ answered }) => answered)).toEqual(printedCounts[id]);
    expect(sections.map(({ sheet }) => sheet)).toEqual(template.sheetsPrinted.map(({ name }) => name));
    expect(isReadyToSend(document, template)).toBe(true);
  });

  it.each(quarters)('%s sheet by sheet, in printed order and without a person in it', async (id) => {
    const [document, template] = configured(id);
    const sheets = layOut(document, template);
    expect(sheets.map(({ name }) => name)).toEqual(['Guidance', 'Checklist', ...template.sheetsPrinted.map(({ name }) => name)]);
    const words = JSON.stringify(document);
    for (const invented of ['programme.lead@example.org', '01632 960000']) expect(words).toContain(invented);
    expect(words.match(/[\w.]+@[\w.]+/g)?.filter((address) => !address.endsWith('@example.org'))).toEqual([]);
  });

  it.each(quarters)('%s with answers that fit their cells', async (id) => {
    const [document, template] = configured(id);
    const answers = answersOf(document);
    const problems = questionsOf(template).filter(
      (question) => formatProblem(template, question, answers.get(question.id)?.answer ?? null) !== undefined,
    );
    expect(problems).toEqual([]);
  });

  it('says of each answer the print cut off that it did', async () => {
    for (const id of quarters.slice(0, 3)) {
      const [document] = configured(id);
      expect(answersOf(document).get('sm.reablement.progress')?.evidence?.source).toContain('Not printed');
    }
  });

  it('holds the same facts as the returns typed from the print', async () => {
    for (const id of quarters) {
      const [document, template] = configured(id);
      const typed = valuesOf(printedReturn(template));
      for (const [cell, value] of valuesOf(document)) {
        if (cell !== 'am.phb.percent-chc') expect(value, cell).toEqual(typed.get(cell) ?? null);
      }
    }
  });

  it("leaves a quarter's own facts out of a rehearsal over another period, so that they hide nothing observed", async () => {
    const [document] = await build('bcf-2016-17-q2', { from: '2026-10-01', to: '2026-12-31' });
    const answers = answersOf(document);
    for (const cell of [
      'am.sharing.gp.gp',
      'am.nhs-number.retrieve.gp',
      'am.open-api.status.gp',
      'ie.income.actual.q1',
      'sm.nea.progress',
      'narrative.text',
    ])
      expect(answers.get(cell)?.answer, cell).toBeNull();
    for (const cell of ['nc.4i.answer', 'am.phb.in-place', 'am.dicr.pilot', 'cover.board'])
      expect(answers.get(cell)?.answer, cell).not.toBeNull();
  });
});

/** Words of an answer by quarter: [question, Q1, Q2, Q3, Q4]. Names are invented, their form is printed. */
const answersThatDiffer: readonly (readonly [string, string, string, string, string])[] = [
  ['cover.signed-off-by', 'Cllr A. Member, Chair HWB', 'Chair of HWB', 'Cllr A. Member', 'Cllr A. Member'],
  ['ie.commentary', 'n/a', 'no comment', 'nil comment', 'nil comment'],
  [
    'sm.nea.progress',
    'On track to meet target',
    ...(Array.from({ length: 3 }, () => 'No improvement in performance') as [string, string, string]),
  ],
  ['sm.patient-experience.commentary', 'Q1 16/17 is 91.2%', 'Q1 16/17 is 93%', 'Q3 16/17 is 92.5%', 'Q4 16/17 is 90%'],
  ['sm.local.commentary', 'through 2016 and into 2017', 'through 2016 and into 2017', 'through 2017 and beyond', 'through 2017 and beyond'],
  ['narrative.text', 'the Essex Success Regime.', 'the Essex Success Regime.', 'the Essex Success Regime.', 'engagement with the STP.'],
  ['am.teams.acute', ...(Array.from({ length: 3 }, () => 'Yes - throughout') as [string, string, string]), 'Yes - in some parts of'],
];

describe('what Southend answered otherwise from quarter to quarter', () => {
  it.each(answersThatDiffer)('%s', (question, ...printed) => {
    for (const [index, id] of quarters.entries()) expect(answersOf(configured(id)[0]).get(question)?.answer, id).toContain(printed[index]);
  });
});

describe('the checklist', () => {
  const withChanges = (id: string, changes: Readonly<Record<string, string | number | null>>) => {
    const [, template] = configured(id);
    const previous = template.previous === undefined ? {} : printedAnswers(template.previous);
    const document = declaredReturn(template, { ...printedAnswers(id), ...changes }, previous);
    const cells = checklistOf(document, template).flatMap(({ tables }) => tables.flatMap(({ rows }) => rows.flatMap((row) => row.cells)));
    return {
      no: cells.flatMap((cell) => (cell !== null && !cell.complete ? cell.question : [])),
      ready: isReadyToSend(document, template),
    };
  };

  it.each<readonly [string, string, Readonly<Record<string, string | number | null>>, readonly string[]]>([
    ['nothing is missing', 'bcf-2016-17-q1', {}, []],
    ['a cell of the matrix is blank', 'bcf-2016-17-q3', { 'am.sharing.gp.hospital': null }, ['am.sharing.gp.hospital']],
    ['a condition is not met and nothing says why', 'bcf-2016-17-q2', { 'nc.4i.answer': 'No' }, ['nc.4i.date', 'nc.4i.explanation']],
    [
      'a condition is not met in the last quarter, which asks for no date',
      'bcf-2016-17-q4',
      { 'nc.4i.answer': 'No' },
      ['nc.4i.explanation'],
    ],
    ['a condition is not answered', 'bcf-2016-17-q1', { 'nc.1.answer': null }, ['nc.1.answer', 'nc.1.date', 'nc.1.explanation']],
    ['funds are not pooled and nothing says when', 'bcf-2016-17-q1', { 'budget.pooled': 'No' }, ['budget.pooled-when']],
    ['funds are not pooled, and when is said', 'bcf-2016-17-q1', { 'budget.pooled': 'No', 'budget.pooled-when': '31/03/2017' }, []],
    ['an actual differs from plan and forecast', 'bcf-2016-17-q3', { 'ie.income.actual.q3': 1 }, ['ie.income.comment']],
    ['an actual differs, and a comment says why', 'bcf-2016-17-q3', { 'ie.income.actual.q3': 1, 'ie.income.comment': 'Late.' }, []],
    ['a forecast no longer adds up to the pooled fund', 'bcf-2016-17-q2', { 'ie.expenditure.forecast.q4': 5 }, ['ie.expenditure.comment']],
    ['a success has no category', 'bcf-2016-17-q4', { 'ye.success.2.category': null }, ['ye.success.2']],
    ['there is no narrative', 'bcf-2016-17-q4', { 'narrative.text': '' }, ['narrative.text']],
    ['the narrative is nothing but spaces', 'bcf-2016-17-q4', { 'narrative.text': ' \n ' }, ['narrative.text']],
    ['an answer is in other letters than its list', 'bcf-2016-17-q3', { 'am.dicr.pilot': 'pilot being scoped' }, ['am.dicr.pilot']],
    ['a count has decimals', 'bcf-2016-17-q2', { 'am.phb.new': 7.5 }, ['am.phb.new']],
    [
      'a condition is answered with no word of its list, so that nothing says whether it is explained',
      'bcf-2016-17-q1',
      { 'nc.2.answer': 'yes' },
      ['nc.2.answer', 'nc.2.date', 'nc.2.explanation'],
    ],
  ])('says No where %s', async (_, id, changes, no) => {
    expect(withChanges(id, changes)).toEqual({ no, ready: no.length === 0 });
  });

  it('counts the pool of a later quarter as one question: said before, or confirmed now, or when it will be', async () => {
    const [, template] = configured('bcf-2016-17-q2');
    const pool = (before: string, answers: Readonly<Record<string, string>>) =>
      declaredReturn(template, answers, { 'budget.pooled': before }).counts['Budget Arrangements'];
    expect(pool('Yes', {})).toEqual({ answered: 1, total: 1 });
    expect(pool('No', {})).toEqual({ answered: 0, total: 1 });
    expect(pool('No', { 'budget.pooled': 'Yes' })).toEqual({ answered: 1, total: 1 });
    expect(pool('No', { 'budget.pooled': 'No' })).toEqual({ answered: 0, total: 1 });
    expect(pool('No', { 'budget.pooled': 'No', 'budget.pooled-when': '01/04/2017' })).toEqual({ answered: 1, total: 1 });
  });
});
