import { everywhere, type RuleCases, settings } from './case.ts';

const commentary = (text: string) => ({ 'sm.patient-experience.commentary': text });
const long = 'The delivery of the plan is both monitored and managed at a system level.';

/** The 36 cells of the matrix, which is more than half of the sheet. */
const matrix = (answer: string): Record<string, string> =>
  Object.assign({}, ...settings.map((from) => everywhere(`am.sharing.${from}`, answer)));
const firstCells = (count: number) => Object.fromEntries(Object.entries(matrix('Shared via interim solution')).slice(0, count));

/** Twelve conditions and eight forecasts. */
const ofOtherSheets = Object.fromEntries([
  ...['1', '2', '3i', '3ii', '4i', '4ii', '4iii', '4iv', '5', '6', '7', '8'].map((id) => [`nc.${id}.answer`, 'Yes']),
  ...['income', 'expenditure'].flatMap((side) => [1, 2, 3, 4].map((q) => [`ie.${side}.forecast.q${q}`, q === 1 ? 3_282_763 : 3_282_762])),
]);

export const wordingCases: readonly RuleCases[] = [
  {
    rule: 'COMMENTARY_OTHER_QUARTER',
    found: [
      [
        'the figure of Q1 in the return of Q2',
        { answers: commentary('Our current performance for Q1 16/17 is 93% against a target of 91.7%.') },
      ],
      ['the same quarter of another year', { answers: commentary('Performance for Q2 2015/16 is 93%.') }],
      ['a quarter without its year', { answers: commentary('In quarter 1 performance was 93%.') }],
      ['in the narrative', { answers: { 'narrative.text': 'In Q1 16/17 we avoided 1,204 admissions.' } }],
    ],
    notFound: [
      ['the figure of Q2', { answers: commentary('Our current performance for Q2 16/17 is 93% against a target of 91.7%.') }],
      ['the figure of Q2, beside that of Q1', { answers: commentary('It was 91.8% in Q1 16/17 and is 93% in Q2 16/17.') }],
      ['a figure without a label, beside that of Q1', { answers: commentary('It was 91.8% in Q1 16/17 and is now 93%.') }],
      ['an outlook on a later quarter, without a figure', { answers: commentary('We expect the trend to continue into Q4 16/17.') }],
      ['the figure of Q1 in the return of Q1', { quarter: 1, answers: commentary('Our current performance for Q1 16/17 is 93%.') }],
      ['the figure of January in the return of Q4', { quarter: 4, answers: commentary('Performance for Q4 16/17 is 93%.') }],
    ],
  },
  {
    rule: 'COMMENTARY_COPIED',
    found: [
      ['a text of 40 letters', { answers: { 'sm.dtoc.commentary': 'a'.repeat(40) }, before: { 'sm.dtoc.commentary': 'a'.repeat(40) } }],
      ['word for word', { answers: { 'sm.dtoc.commentary': long }, before: { 'sm.dtoc.commentary': long } }],
      [
        'but for case, commas and line breaks',
        { answers: { 'sm.dtoc.commentary': long }, before: { 'sm.dtoc.commentary': long.toUpperCase().replace(' BOTH ', '\nboth, ') } },
      ],
    ],
    notFound: [
      [
        'a text with another figure',
        { answers: { 'sm.dtoc.commentary': `${long} 93% now.` }, before: { 'sm.dtoc.commentary': `${long} 92% now.` } },
      ],
      [
        'a copied text that somebody reviewed',
        { answers: { 'sm.dtoc.commentary': long }, before: { 'sm.dtoc.commentary': long }, reviewed: ['sm.dtoc.commentary'] },
      ],
      ['a text of 39 letters', { answers: { 'sm.dtoc.commentary': 'a'.repeat(39) }, before: { 'sm.dtoc.commentary': 'a'.repeat(39) } }],
      ['a short text', { answers: { 'sm.dtoc.commentary': 'Nothing new.' }, before: { 'sm.dtoc.commentary': 'Nothing new.' } }],
      ['the cover', { answers: { 'cover.completed-by': long }, before: { 'cover.completed-by': long } }],
    ],
  },
  {
    rule: 'CARRIED_FORWARD_UNREVIEWED',
    found: [
      ['one answer marked as carried forward', { provenance: { 'am.dicr.pilot': 'carried forward' } }],
      ['twenty answers like a quarter ago', { before: firstCells(20) }],
    ],
    notFound: [
      ['nineteen answers like a quarter ago', { before: firstCells(19) }],
      ['one marked as carried forward, and reviewed', { provenance: { 'am.dicr.pilot': 'carried forward' }, reviewed: ['am.dicr.pilot'] }],
      ['twenty like a quarter ago, one of them reviewed', { before: firstCells(20), reviewed: ['am.sharing.gp.gp'] }],
      ['twenty of other sheets, where most stays as it is', { before: ofOtherSheets }],
    ],
  },
  {
    rule: 'ANSWER_WENT_BACK',
    found: [
      ['shared via Open API a quarter ago', { before: { 'am.sharing.gp.gp': 'Shared via Open API' } }],
      [
        'integrated teams throughout the area a quarter ago',
        { before: { 'am.teams.acute': 'Yes - throughout the Health and Wellbeing Board area' } },
      ],
      [
        'integrated teams in most of the area a quarter ago',
        { before: { 'am.teams.acute': 'Yes - in most of the Health and Wellbeing Board area' } },
      ],
      ['live a quarter ago', { before: { 'am.open-api.status.gp': 'Live' } }],
      [
        'the NHS number was used a quarter ago',
        { answers: { 'am.nhs-number.retrieve.gp': 'No' }, before: { 'am.nhs-number.retrieve.gp': 'Yes' } },
      ],
    ],
    notFound: [
      ['not shared a quarter ago', { before: { 'am.sharing.gp.gp': 'Not currently shared digitally' } }],
      ['the same as a quarter ago', { before: { 'am.open-api.status.gp': 'In development' } }],
      ['nobody knows the quarter before', { before: { 'am.open-api.status.gp': null } }],
      ['not answered yet', { answers: { 'am.open-api.status.gp': null }, before: { 'am.open-api.status.gp': 'Live' } }, ['UNANSWERED']],
    ],
  },
];
