import type { RuleCases } from './case.ts';

/** What Q1 planned, for the pre-populated cells of Q2. */
const plannedBefore = Object.fromEntries(
  ['income', 'expenditure'].flatMap((side) =>
    [3_282_763, 3_282_762, 3_282_762, 3_282_762].map((amount, index) => [`ie.${side}.plan.q${index + 1}`, amount] as const),
  ),
);
const less = 3_282_000;

export const moneyCases: readonly RuleCases[] = [
  {
    rule: 'TOTAL_WRONG',
    found: [
      [
        'a part typed over, and not the total',
        { before: plannedBefore, cells: { 'ie.income.plan.q3': { value: 1, shown: '£1' } } },
        ['PREPOPULATED_CHANGED'],
      ],
      [
        'a total typed over',
        {
          cells: { 'ie.income.forecast.total': { value: 13_131_050, shown: '£13,131,050' } },
          answers: { 'ie.income.comment': 'See the plan.' },
        },
      ],
    ],
    notFound: [
      ['the sum of four quarters', {}],
      ['pence that the total rounds away', { cells: { 'ie.income.forecast.total': { value: 13_131_049.4, shown: '£13,131,049' } } }],
      ['a quarter nobody knows, and no total', { cells: { 'ie.income.forecast.total': { value: null, shown: '' } } }],
    ],
  },
  {
    rule: 'IE_ANNUAL_NOT_POOLED_FUND',
    found: [
      ['the forecast of the year is one pound short', { answers: { 'ie.income.forecast.q4': 3_282_761 } }],
      ['the plan of the year, which Q1 asks about', { quarter: 1, answers: { 'ie.expenditure.plan.q3': less } }],
      ['the actual of the year, which Q4 asks about', { quarter: 4, answers: { 'ie.expenditure.actual.q4': less } }],
      ["a comment that says 'nil comment'", { answers: { 'ie.income.forecast.q4': less, 'ie.income.comment': 'nil comment' } }],
      [
        'a comment beside the other section',
        { answers: { 'ie.income.forecast.q4': less, 'ie.expenditure.comment': 'A grant came late.' } },
      ],
    ],
    notFound: [
      [
        'a difference with its reason',
        { answers: { 'ie.income.forecast.q4': less, 'ie.income.comment': 'A grant is smaller than planned.' } },
      ],
      ['less than a pound, because the fund is printed rounded', { answers: { 'ie.income.forecast.q4': 3_282_762.4 } }],
      ['no difference, and no comment', {}],
      [
        'the actual of one quarter in Q4, made up for in another',
        { quarter: 4, answers: { 'ie.income.actual.q1': 3_282_764, 'ie.income.actual.q2': 3_282_761 } },
      ],
    ],
  },
  {
    rule: 'IE_ACTUAL_NOT_PLANNED',
    found: [
      ['the actual of Q2 is not its forecast', { answers: { 'ie.income.actual.q2': less } }],
      [
        'the actual of Q2 is its forecast and not its plan',
        {
          answers: { 'ie.income.actual.q2': 3_282_700, 'ie.income.forecast.q2': 3_282_700, 'ie.income.forecast.q3': 3_282_824 },
          before: plannedBefore,
        },
      ],
      ['the actual of Q1', { quarter: 1, answers: { 'ie.expenditure.actual.q1': less } }],
      ['the actual of Q3', { quarter: 3, answers: { 'ie.expenditure.actual.q3': less } }],
    ],
    notFound: [
      [
        'the actual of Q2 is not its forecast, and a comment says why',
        { answers: { 'ie.income.actual.q2': less, 'ie.income.comment': 'One invoice is late.' } },
      ],
      ['the actual of an earlier quarter', { answers: { 'ie.income.actual.q1': less } }],
      ['the actual of Q2 is plan and forecast', { before: plannedBefore }],
    ],
  },
  {
    rule: 'IE_PLAN_NOT_POOLED_FUND',
    found: [['the plan that Q1 returned is short', { before: { ...plannedBefore, 'ie.income.plan.q4': less } }]],
    notFound: [
      ['the plan that Q1 returned is the fund', { before: plannedBefore }],
      [
        'it is short, and a comment says why',
        { before: { ...plannedBefore, 'ie.income.plan.q4': less }, answers: { 'ie.income.comment': 'The fund was raised later.' } },
      ],
      ['nobody knows the plan', {}],
    ],
  },
  {
    rule: 'IE_AMENDED_WITHOUT_COMMENT',
    found: [
      ['an actual of an earlier quarter is another now', { before: { 'ie.income.actual.q1': less } }],
      ['a forecast is another now', { before: { 'ie.expenditure.forecast.q4': less } }],
    ],
    notFound: [
      ['the same amount, written in another way', { before: { 'ie.income.actual.q1': '£3,282,763' } }],
      [
        'the comment of the section says why',
        { before: { 'ie.income.actual.q1': less }, answers: { 'ie.income.comment': 'A late invoice was added to Q1.' } },
      ],
      [
        'the commentary says why',
        { before: { 'ie.income.actual.q1': less }, answers: { 'ie.commentary': 'A late invoice was added to the first quarter.' } },
      ],
    ],
  },
  {
    rule: 'PREPOPULATED_CHANGED',
    found: [
      [
        'the pooled fund typed over',
        {
          cells: { 'ie.pooled-fund': { value: 14_000_000, shown: '£14,000,000' } },
          answers: { 'ie.income.comment': 'The fund is larger now.', 'ie.expenditure.comment': 'The fund is larger now.' },
        },
        // Its copy in the section on expenditure follows no longer.
        ['TOTAL_WRONG'],
      ],
      [
        'a plan returned before typed over, and its total with it',
        {
          before: plannedBefore,
          cells: { 'ie.income.plan.q3': { value: 1, shown: '£1' }, 'ie.income.plan.total': { value: 9_848_288, shown: '£9,848,288' } },
          answers: { 'ie.income.comment': 'The plan is smaller now.' },
        },
      ],
      ['the local metric replaced', { cells: { 'sm.local.metric': { value: 'Falls', shown: 'Falls' } } }],
    ],
    notFound: [
      ['the pooled fund as it was filled in', { cells: { 'ie.pooled-fund': { value: 13_131_049, shown: '£13,131,049' } } }],
      ['a plan as it was returned', { before: plannedBefore }],
      [
        'an empty cell, which the next copy fills again',
        { before: plannedBefore, cells: { 'ie.income.plan.q3': { value: null, shown: '' } } },
      ],
    ],
  },
];
