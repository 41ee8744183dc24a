import type { RuleCases } from './case.ts';

const cell = 'am.sharing.gp.hospital';
const open = 'Shared via Open API';

export const evidenceCases: readonly RuleCases[] = [
  {
    rule: 'OBSERVED_DIFFERS',
    found: [
      ['a human says interim, an Open API was seen', { evidence: { [cell]: { observed: open } } }],
      ['a human says 24 budgets, the feed shows 40', { evidence: { 'am.phb.in-place': { observed: 40 } } }],
      [
        'a condition that is not met, and is by what was seen',
        {
          answers: { 'nc.4iii.answer': 'No', 'nc.4iii.date': '31/12/2017', 'nc.4iii.explanation': 'One agreement lapsed.' },
          evidence: { 'nc.4iii.answer': { observed: 'Yes' } },
        },
      ],
    ],
    notFound: [
      ['a human says what was seen', { evidence: { [cell]: { observed: 'Shared via interim solution' } } }],
      ['the same date, written in another way', { evidence: { 'am.open-api.go-live.gp': { observed: '31/12/2038' } } }],
      ['a count that the rounding of evidence hides', { evidence: { 'am.phb.in-place': { observed: 25 } } }],
      [
        'a small count that evidence does not show',
        {
          answers: { 'am.phb.new': 5, 'am.phb.stopped': 5 },
          evidence: { 'am.phb.new': { observed: '*' }, 'am.phb.stopped': { observed: '*' } },
        },
      ],
      ['nothing was seen', { evidence: { [cell]: { observed: null } } }],
      ['the gateway filled the cell itself', { provenance: { [cell]: 'observed' }, evidence: { [cell]: { observed: open } } }],
    ],
  },
  {
    rule: 'NO_DATA_IN_PERIOD',
    found: [['a flow is live, and nothing came', { evidence: { [cell]: { observed: open, flags: ['NO_DATA_IN_PERIOD'] } } }]],
    notFound: [
      [
        'a flow is live, nothing came, and somebody reviewed the answer',
        { evidence: { [cell]: { observed: open, flags: ['NO_DATA_IN_PERIOD'] } }, reviewed: [cell] },
      ],
      ['no flow at all', { evidence: { [cell]: { flags: ['NO_FLOW_IN_REGISTER'] } } }],
    ],
  },
  {
    rule: 'REHEARSAL_PERIOD',
    found: [['the period is not the one of the template', { document: { rehearsal: true } }]],
    notFound: [['the period is that of the template', {}]],
  },
];
