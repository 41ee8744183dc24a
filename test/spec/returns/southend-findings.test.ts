import { describe, expect, it } from 'vitest';
import { findContradictions } from '../../../src/returns/findings.ts';
import { readGivenReturn } from '../../../src/returns/rules/examined-file.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { settings } from './findings/case.ts';

const sharedRows = ['gp', 'hospital', 'community', 'mental-health'];
const status = (setting: string) => `am.open-api.status.${setting}`;

/** What every quarter holds: [rule, how often, cells that it names]. */
const inEveryQuarter = [
  [
    'CONDITION_4I_CONTRADICTED',
    1,
    ['nc.4i.answer', 'am.nhs-number.correspondence.mental-health', 'am.nhs-number.correspondence.specialised-palliative'],
  ],
  ['OPEN_API_NOT_LIVE', 6, settings.map(status)],
  ['PERCENT_NOT_ATTAINABLE', 1, ['am.phb.percent-chc', 'am.phb.in-place']],
  ['METRIC_WITHOUT_DATA', 1, ['sm.local.progress', 'sm.local.commentary']],
] as const;

const carried = ['CARRIED_FORWARD_UNREVIEWED', 1, ['am.sharing.gp.hospital', 'am.phb.in-place', 'am.open-api.go-live.gp']] as const;
const stock = ['PHB_STOCK_FLOW', 1, ['am.phb.in-place', 'am.phb.new', 'am.phb.stopped']] as const;
const friendsAndFamily = ['METRIC_BELOW_TARGET', 1, ['sm.patient-experience.progress', 'sm.patient-experience.commentary']] as const;

type Expected = readonly [rule: string, times: number, names: readonly string[]];

/** The contradictions that were printed and signed (Health and Wellbeing Board papers, June 2017), by quarter, and no other. */
const printed: readonly (readonly [quarter: number, judgedOn: string, expected: readonly Expected[]])[] = [
  [1, '2016-08-26', [friendsAndFamily]],
  [
    2,
    '2016-11-25',
    [
      stock,
      carried,
      ['COMMENTARY_OTHER_QUARTER', 1, ['sm.patient-experience.commentary']],
      ['COMMENTARY_COPIED', 1, ['sm.local.commentary', 'sm.residential.commentary', 'narrative.text']],
    ],
  ],
  [3, '2017-03-03', [stock, carried, ['COMMENTARY_COPIED', 1, ['sm.residential.commentary']]]],
  [
    4,
    '2017-05-31',
    [
      stock,
      carried,
      friendsAndFamily,
      ['CONDITION_4III_CONTRADICTED', 1, ['nc.4iii.answer', 'ye.challenge.1', 'ye.challenge.1.category']],
      ['GO_LIVE_PASSED', 6, settings.map(status)],
      ['COMMENTARY_COPIED', 1, ['sm.dtoc.commentary', 'sm.local.commentary', 'sm.residential.commentary']],
      ['PUBLISHED_ELSEWHERE_DIFFERS', 1, ['sm.reablement.progress']],
      // These two contradict nothing, and say so by their severity.
      ['ANSWER_WENT_BACK', 1, ['am.teams.acute']],
      ['POPULATION_BASIS_CHANGED', 1, ['am.phb.rate', 'am.phb.population']],
    ],
  ],
];

describe('the four printed returns of Southend, 2016-17', () => {
  it.each(printed)('quarter %i, judged on %s', async (quarter, judgedOn, own) => {
    const file = `config/returns/declared/southend-on-sea/bcf-2016-17-q${quarter}.json`;
    const { document, template } = await readGivenReturn('config', file);
    const findings = findContradictions(document, template, judgedOn as LocalDate);
    const expected: readonly Expected[] = [...inEveryQuarter, ...own];
    const found = new Map(findings.map(({ rule }) => [rule, findings.filter((finding) => finding.rule === rule)]));
    expect(Object.fromEntries([...found].map(([rule, of]) => [rule, of.length]))).toEqual(
      Object.fromEntries(expected.map(([rule, times]) => [rule, times])),
    );
    for (const [rule, , names] of expected) {
      expect(found.get(rule)?.flatMap(({ questions }) => questions)).toEqual(expect.arrayContaining([...names]));
    }
    const cells = found.get('OPEN_API_NOT_LIVE')?.flatMap(({ questions }) => questions.filter((id) => id.startsWith('am.sharing.'))) ?? [];
    expect(cells).toHaveLength(18);
    expect(cells.filter((id) => sharedRows.some((from) => id.startsWith(`am.sharing.${from}.`)))).toHaveLength(16);
  });
});
