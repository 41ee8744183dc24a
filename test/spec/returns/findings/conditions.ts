import { everywhere, type RuleCases } from './case.ts';

const notMet = { 'nc.4i.answer': 'No - In Progress', 'nc.4i.date': '31/03/2017', 'nc.4i.explanation': 'One system is being replaced.' };
const mentalHealth = { 'am.nhs-number.correspondence.mental-health': 'No' };

export const conditionCases: readonly RuleCases[] = [
  {
    rule: 'CONDITION_4I_CONTRADICTED',
    found: [['4i Yes while one setting does not use the NHS number', { answers: mentalHealth }]],
    notFound: [
      ['4i not met, and says when and why', { answers: { ...mentalHealth, ...notMet } }],
      ['4i Yes while staff of one setting cannot retrieve by it', { answers: { 'am.nhs-number.retrieve.gp': 'No' } }],
    ],
  },
  {
    rule: 'CONDITION_4II_CONTRADICTED',
    found: [['4ii Yes while every setting is Unavailable', { answers: everywhere('am.open-api.status', 'Unavailable') }]],
    notFound: [
      [
        '4ii Yes while one setting is In development',
        { answers: { ...everywhere('am.open-api.status', 'Unavailable'), 'am.open-api.status.gp': 'In development' } },
      ],
      [
        '4ii No, with its reason, while every setting is Unavailable',
        {
          answers: {
            ...everywhere('am.open-api.status', 'Unavailable'),
            'nc.4ii.answer': 'No',
            'nc.4ii.date': '01/04/2017',
            'nc.4ii.explanation': 'No supplier offers one.',
          },
        },
      ],
    ],
  },
  {
    rule: 'CONDITION_4III_CONTRADICTED',
    found: [
      [
        'data sharing is a challenge by its category',
        { quarter: 4, answers: { 'ye.challenge.1.category': '7. Digital interoperability and sharing data' } },
      ],
      ['data sharing is a challenge in the words of the author', { quarter: 4, answers: { 'ye.challenge.2': 'Data sharing' } }],
      ['the register holds flows without a basis', { evidence: { 'nc.4iii.answer': { observed: 'No - In Progress' } } }],
    ],
    notFound: [
      [
        'data sharing is a success',
        {
          quarter: 4,
          answers: { 'ye.success.1': 'data sharing', 'ye.success.1.category': '7. Digital interoperability and sharing data' },
        },
      ],
      [
        'data sharing is a challenge, and 4iii is not met',
        {
          quarter: 4,
          answers: { 'ye.challenge.1': 'data sharing', 'nc.4iii.answer': 'No', 'nc.4iii.explanation': 'Two agreements lapsed.' },
        },
      ],
      ['the register agrees', { evidence: { 'nc.4iii.answer': { observed: 'Yes' } } }],
    ],
  },
  {
    rule: 'CONDITION_UNDERSTATED',
    found: [
      ['4i is not met while every setting uses the NHS number', { answers: notMet }],
      [
        '4ii is not met while an Open API is live',
        {
          answers: {
            'nc.4ii.answer': 'No',
            'nc.4ii.date': '01/04/2017',
            'nc.4ii.explanation': 'Not begun.',
            'am.open-api.status.gp': 'Live',
            'am.open-api.go-live.gp': 'Live',
            'am.sharing.gp.hospital': 'Shared via Open API',
          },
        },
      ],
    ],
    notFound: [
      ['4i is not met and one setting does not use it', { answers: { ...notMet, ...mentalHealth } }],
      [
        '4ii is in progress while one Open API is live',
        {
          answers: {
            'nc.4ii.answer': 'No - In Progress',
            'nc.4ii.date': '01/04/2017',
            'nc.4ii.explanation': 'Five settings follow.',
            'am.open-api.status.gp': 'Live',
            'am.open-api.go-live.gp': 'Live',
            'am.sharing.gp.hospital': 'Shared via Open API',
          },
        },
      ],
    ],
  },
  {
    rule: 'CONDITION_NOT_EXPLAINED',
    found: [
      ['not met, without an explanation', { answers: { ...notMet, ...mentalHealth, 'nc.4i.explanation': null } }],
      ['not met, without a date', { answers: { ...notMet, ...mentalHealth, 'nc.4i.date': null } }],
      ['an explanation that explains nothing', { answers: { ...notMet, ...mentalHealth, 'nc.4i.explanation': 'N/A' } }],
      ['not met in the last quarter, which asks only why', { quarter: 4, answers: { 'nc.1.answer': 'No', 'nc.1.explanation': '' } }],
    ],
    notFound: [
      ['not met, with date and explanation', { answers: { ...notMet, ...mentalHealth } }],
      ['met, with both cells blank', { answers: { 'nc.1.answer': 'Yes', 'nc.1.date': null, 'nc.1.explanation': null } }],
      ['not met in the last quarter, and says why', { quarter: 4, answers: { 'nc.1.answer': 'No', 'nc.1.explanation': 'Talks go on.' } }],
    ],
  },
  {
    rule: 'CONDITION_MET_YET_EXPLAINED',
    found: [
      ['met, with a reason for not being met', { answers: { 'nc.1.explanation': 'The plan was late.' } }],
      ['met, with a date by which it will be met', { answers: { 'nc.1.date': '31/03/2017' } }],
      ['pooled, with a date by which it will be pooled', { quarter: 1, answers: { 'budget.pooled-when': '01/10/2016' } }],
    ],
    notFound: [
      ['met, with a reason that says nothing', { answers: { 'nc.1.explanation': 'n/a' } }],
      ['not met, with date and reason', { answers: { ...notMet, ...mentalHealth } }],
    ],
  },
  {
    rule: 'PROMISED_DATE_PASSED',
    found: [
      ['the date of a condition that is not met, the day after it', { answers: { ...notMet, ...mentalHealth }, at: '2017-04-01' }],
      [
        'the date of pooling, the day after it',
        { quarter: 1, answers: { 'budget.pooled': 'No', 'budget.pooled-when': '30/06/2016' }, at: '2016-07-01' },
      ],
    ],
    notFound: [
      [
        'a date that has passed, of a condition that is met',
        { answers: { 'nc.1.date': '31/03/2017' }, at: '2017-04-01' },
        ['CONDITION_MET_YET_EXPLAINED'],
      ],
      ['the date of a condition that is not met, on its day', { answers: { ...notMet, ...mentalHealth }, at: '2017-03-31' }],
      ['the date of pooling, on its day', { quarter: 1, answers: { 'budget.pooled': 'No', 'budget.pooled-when': '30/06/2016' } }],
    ],
  },
  {
    rule: 'POOLING_NOT_DATED',
    found: [['not pooled, without a date', { quarter: 1, answers: { 'budget.pooled': 'No' } }]],
    notFound: [
      ['not pooled, with a date', { quarter: 1, answers: { 'budget.pooled': 'No', 'budget.pooled-when': '01/10/2016' } }],
      ['pooled, without a date', { quarter: 1, answers: { 'budget.pooled': 'Yes' } }],
      ['pooled before, so that nothing is asked', { answers: { 'budget.pooled': null }, before: { 'budget.pooled': 'Yes' } }],
    ],
  },
];
