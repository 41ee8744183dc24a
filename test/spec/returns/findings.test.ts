import { beforeAll, describe, expect, it } from 'vitest';
import { findContradictions } from '../../../src/returns/findings.ts';
import { loadTemplate } from '../../../src/returns/load.ts';
import type { Answer } from '../../../src/returns/return.ts';
import type { ReturnTemplate } from '../../../src/returns/template.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { consistentAnswers, declaredReturn, findingsWith, madeOn, printedAnswers } from '../../fixtures/returns/southend-2016-17.ts';

/** [what the return says, cells changed from a return without contradictions, rules found, day it is judged] */
const table: readonly (readonly [string, Readonly<Record<string, Answer>>, readonly string[], string?])[] = [
  ['answers that agree', {}, []],
  [
    '4i Yes while one setting does not use the NHS number',
    { 'am.nhs-number.correspondence.mental-health': 'No' },
    ['CONDITION_4I_CONTRADICTED'],
  ],
  [
    '4i not met, and says when and why',
    {
      'am.nhs-number.correspondence.mental-health': 'No',
      'nc.4i.answer': 'No - In Progress',
      'nc.4i.date': '31/03/2017',
      'nc.4i.explanation': 'One system is being replaced.',
    },
    [],
  ],
  [
    'a condition not met, without date and explanation',
    { 'nc.4i.answer': 'No - In Progress' },
    ['CONDITION_NOT_EXPLAINED', 'CONDITION_NOT_EXPLAINED'],
  ],
  ['a cell shared via Open API from a setting in development', { 'am.sharing.gp.hospital': 'Shared via Open API' }, ['OPEN_API_NOT_LIVE']],
  [
    'a cell shared via Open API from a live setting',
    { 'am.sharing.gp.hospital': 'Shared via Open API', 'am.open-api.status.gp': 'Live', 'am.open-api.go-live.gp': 'Live' },
    [],
  ],
  ['status Live beside a projected date', { 'am.open-api.status.gp': 'Live' }, ['LIVE_DISAGREES']],
  ['a go-live date on the day it falls', {}, [], '2017-03-31'],
  ['a go-live date that has passed, in six settings', {}, Array.from({ length: 6 }, () => 'GO_LIVE_PASSED'), '2017-04-01'],
  [
    '4ii Yes while every setting is Unavailable',
    Object.fromEntries(
      ['gp', 'hospital', 'social-care', 'community', 'mental-health', 'specialised-palliative'].map((s) => [
        `am.open-api.status.${s}`,
        'Unavailable',
      ]),
    ),
    ['CONDITION_4II_CONTRADICTED'],
  ],
  ['94 % of 24 budgets', { 'am.phb.percent-chc': 94 }, ['PERCENT_NOT_ATTAINABLE']],
  ['92 % of 24 budgets: 22 of them, rounded', { 'am.phb.percent-chc': 92 }, []],
  ['94 % of 17 budgets: 16 of them', { 'am.phb.in-place': 17, 'am.phb.percent-chc': 94 }, []],
  ['more new budgets than can be', { 'am.phb.new': 42 }, ['PHB_FLOW_IMPOSSIBLE']],
  ['an answer in the wrong case', { 'am.sharing.gp.gp': 'Shared Via Interim Solution' }, ['ANSWER_NOT_ALLOWED']],
  ['a date that does not exist', { 'am.open-api.go-live.gp': '31/02/17' }, ['ANSWER_NOT_ALLOWED']],
  ['a negative number', { 'am.phb.new': -1 }, ['ANSWER_NOT_ALLOWED']],
  ['a question without an answer', { 'am.dicr.pilot': null }, ['UNANSWERED']],
];

describe('a return is checked for contradictions', () => {
  let template: ReturnTemplate;
  beforeAll(async () => {
    template = await loadTemplate('config', 'bcf-2016-17-q2');
  });

  it.each(table.map((row) => ({ title: row[0], row })))('$title', ({ row: [, changes, expected, at] }) => {
    expect(findingsWith(template, changes, at).map(({ rule }) => rule)).toEqual(expected);
  });

  it('finds that budgets in place are not those before, plus new, less stopped', () => {
    const stock = (inPlace: number) => {
      const document = declaredReturn(
        template,
        { ...consistentAnswers(), 'am.phb.in-place': inPlace, 'am.phb.percent-chc': 100 },
        { 'am.phb.in-place': 24 },
      );
      return document.findings.map(({ rule }) => rule);
    };
    expect(stock(14)).toEqual([]);
    expect(stock(24)).toEqual(['PHB_STOCK_FLOW']);
  });

  it('finds that condition 4iii is contradicted by a challenge of the year-end feedback', () => {
    const document = declaredReturn(template, consistentAnswers());
    const challenge = {
      id: 'ye.challenge.1.category',
      text: '',
      answer: '7. Digital interoperability and sharing data',
      provenance: 'declared' as const,
    };
    const yearEnd = {
      name: 'Year End Feedback',
      calculated: [],
      questions: [{ ...challenge, evidence: null, filledBy: null, reviewedBy: null }],
    };
    const found = findContradictions({ ...document, sheets: [...document.sheets, yearEnd] }, template, document.builtOn as LocalDate);
    expect(found.map(({ rule }) => rule)).toEqual(['CONDITION_4III_CONTRADICTED']);
  });
});

/** The contradictions that were really printed, and signed. */
describe('the four printed returns of 2016-17', () => {
  it.each([
    ['bcf-2016-17-q1', ['CONDITION_4I_CONTRADICTED', 'OPEN_API_NOT_LIVE', 'PERCENT_NOT_ATTAINABLE']],
    [
      'bcf-2016-17-q2',
      ['CARRIED_FORWARD_UNREVIEWED', 'CONDITION_4I_CONTRADICTED', 'OPEN_API_NOT_LIVE', 'PERCENT_NOT_ATTAINABLE', 'PHB_STOCK_FLOW'],
    ],
    [
      'bcf-2016-17-q3',
      ['CARRIED_FORWARD_UNREVIEWED', 'CONDITION_4I_CONTRADICTED', 'OPEN_API_NOT_LIVE', 'PERCENT_NOT_ATTAINABLE', 'PHB_STOCK_FLOW'],
    ],
    [
      'bcf-2016-17-q4',
      [
        'CARRIED_FORWARD_UNREVIEWED',
        'CONDITION_4I_CONTRADICTED',
        'GO_LIVE_PASSED',
        'OPEN_API_NOT_LIVE',
        'PERCENT_NOT_ATTAINABLE',
        'PHB_STOCK_FLOW',
      ],
    ],
  ])('%s', async (id, expected) => {
    const template = await loadTemplate('config', id);
    const document = declaredReturn(template, printedAnswers(id), template.previous === undefined ? {} : printedAnswers(template.previous));
    expect(document.builtOn).toBe(madeOn[id]);
    expect([...new Set(document.findings.map(({ rule }) => rule))].sort()).toEqual(expected);
    expect(document.counts['Additional Measures']).toEqual({ answered: 67, total: 67 });
    expect(document.counts['National Conditions']?.answered).toBe(document.counts['National Conditions']?.total);
  });
});
