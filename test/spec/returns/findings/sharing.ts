import { everywhere, type RuleCases } from './case.ts';

const open = 'Shared via Open API';
const live = { 'am.open-api.status.gp': 'Live', 'am.open-api.go-live.gp': 'Live' };

export const sharingCases: readonly RuleCases[] = [
  {
    rule: 'OPEN_API_NOT_LIVE',
    found: [
      ['a cell shared via Open API from a setting in development', { answers: { 'am.sharing.gp.hospital': open } }],
      ['the cell of a setting with itself', { answers: { 'am.sharing.gp.gp': open } }],
      [
        'a setting whose Open API is installed, not live',
        { answers: { 'am.sharing.gp.hospital': open, 'am.open-api.status.gp': 'Installed (not live)' } },
      ],
    ],
    notFound: [
      ['a cell shared via Open API from a live setting', { answers: { 'am.sharing.gp.hospital': open, ...live } }],
      ['a cell shared via an interim solution', { answers: { 'am.sharing.gp.hospital': 'Shared via interim solution' } }],
      ['a cell shared via Open API to a setting in development', { answers: { 'am.sharing.gp.community': open, ...live } }],
    ],
  },
  {
    rule: 'GO_LIVE_PASSED',
    found: [['the day after the projected date', { answers: { 'am.open-api.go-live.gp': '31/03/17' }, at: '2017-04-01' }]],
    notFound: [
      ['the day of the projected date', { answers: { 'am.open-api.go-live.gp': '31/03/17' }, at: '2017-03-31' }],
      [
        'live since, with the date still there',
        { answers: { 'am.sharing.gp.gp': open, ...live, 'am.open-api.go-live.gp': '31/03/17' }, at: '2017-04-01' },
        ['LIVE_DISAGREES'],
      ],
      ['live since', { answers: { 'am.sharing.gp.gp': open, ...live }, at: '2017-04-01' }],
    ],
  },
  {
    rule: 'LIVE_DISAGREES',
    found: [
      ['status Live beside a projected date', { answers: { 'am.sharing.gp.gp': open, 'am.open-api.status.gp': 'Live' } }],
      ["'Live' beside status In development", { answers: { 'am.open-api.go-live.gp': 'Live' } }],
    ],
    notFound: [['Live in both fields', { answers: { 'am.sharing.gp.gp': open, ...live } }]],
  },
  {
    rule: 'LIVE_SHARES_NOTHING',
    found: [['a live Open API, and six interim cells', { answers: live }]],
    notFound: [
      ['a live Open API, and one cell shared by it', { answers: { ...live, 'am.sharing.gp.specialised-palliative': open } }],
      ['a live Open API, and one cell not answered yet', { answers: { ...live, 'am.sharing.gp.gp': null } }, ['UNANSWERED']],
      ['no cell shared by an Open API in development', { answers: everywhere('am.sharing.gp', 'Not currently shared digitally') }],
    ],
  },
];
