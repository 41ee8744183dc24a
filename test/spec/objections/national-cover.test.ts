import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { approvalsOf, formOfUse, narrowCover, nationalCover, projectCovers } from '../../../src/objections/national/cover.ts';
import { admit } from '../../../src/register/admit.ts';
import type { Agreement } from '../../../src/register/agreement.ts';
import { loadRegisterFiles } from '../../../src/register/load.ts';
import { type DataForm, type LegalBasisKind, legalBases, type Purpose, purposes } from '../../../src/register/terms.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type Breakable, registerWith } from '../../support/example-place.ts';

const config = join(packageRoot(), 'config');
const register = await loadRegisterFiles(join(config, 'register'));
const table = await loadDecisionTable(join(config, 'objections'));
const today = '2026-11-21' as LocalDate;
const finding = 'risk-stratification-case-finding';
type Out = Agreement['dataOut'][number];
const deIdentified: Out = { form: 'pseudonymised-limited-access', to: 'x', identifiers: [], condition: 'x' };
const published: Out = { ...deIdentified, form: 'aggregate' };

describe('the form of a use', () => {
  it.each<[Purpose, DataForm, Out[], DataForm]>([
    ['commissioning', 'identifiable', [deIdentified], 'pseudonymised-limited-access'],
    ['risk-stratification-commissioning', 'identifiable', [published, deIdentified], 'pseudonymised-limited-access'],
    ['commissioning', 'identifiable', [], 'identifiable'],
    ['commissioning', 'identifiable', [published], 'identifiable'],
    [finding, 'identifiable', [deIdentified], 'identifiable'],
    ['direct-care', 'identifiable', [deIdentified], 'identifiable'],
    [finding, 'pseudonymised-limited-access', [deIdentified], 'pseudonymised-limited-access'],
    [finding, 'anonymised', [], 'anonymised'],
    ['commissioning', 'aggregate', [], 'aggregate'],
  ])('%s of data that came %s, with %j going out, is %s', (purpose, came, dataOut, form) => {
    expect(formOfUse(purpose, came, dataOut)).toBe(form);
  });
});

const [entry] = [...register.flows.values()].filter(({ flow }) => flow.id === 'sus-apc-southend');
const covered = (purpose: Purpose, basis: LegalBasisKind, form: DataForm, more: object = {}) => {
  if (entry?.terms === undefined) throw new Error('the example place has no flow sus-apc-southend');
  return nationalCover(register, table, { purpose, flows: [{ ...entry.terms, basis, form, ...more }] });
};

describe('the national opt-out applies (RULE-OPT-2 e) or not', () => {
  it.each<[basis: LegalBasisKind, row: string | undefined]>([
    ['section-251', 'ndop-section-251'],
    ['consent', undefined],
    ['statutory', undefined],
    ['public-interest', undefined],
    // No row speaks of the combination: that is no permission.
    ['direct-care', 'none'],
    ['contract', 'none'],
    ['anonymised', 'none'],
  ])('to identifiable data for case finding under %s: %s', (basis, row) => {
    expect(covered(finding, basis, 'identifiable')?.uses[0]?.row).toBe(row);
  });

  it('to nothing that is de-identified, whatever the purpose and basis (RULE-OPT-2 f)', () => {
    for (const purpose of purposes)
      for (const basis of legalBases)
        for (const form of ['pseudonymised-limited-access', 'anonymised', 'aggregate'] as const)
          expect(covered(purpose, basis, form), `${purpose} ${basis} ${form}`).toBeUndefined();
  });

  it('to no payment (RULE-OPT-2 g), and not where the approval letter sets it aside and was seen', () => {
    expect(covered('payment', 'section-251', 'identifiable')).toBeUndefined();
    expect(covered(finding, 'section-251', 'identifiable', { evidence: ['ndop-set-aside'] })).toBeUndefined();
  });

  it('to case finding of the example place alone, under its approval', () => {
    const applies = [...register.projects.keys()].flatMap((id) =>
      projectCovers(register, table, id, today).map((cover) => [id, cover.purpose, approvalsOf(cover)]),
    );
    expect(applies).toEqual([['practice-case-finding', finding, ['CAG 7-04(a)/2013 (example extension)']]]);
  });

  it('only through the settings that are read', () => {
    const flows = [...register.flows.values()].flatMap(({ flow }) => {
      const admission = admit(register, flow.id, today);
      return admission.admitted && admission.terms.purposes.includes(finding) ? [admission.terms] : [];
    });
    const cover = nationalCover(register, table, { purpose: finding, flows });
    expect(new Set(cover?.uses.map(({ setting }) => setting))).toEqual(new Set(['hospital', 'gp', 'mental-health']));
    expect(narrowCover(cover, (setting) => setting === 'social-care')).toBeUndefined();
    expect(narrowCover(cover, (setting) => setting === 'gp')?.uses.every(({ setting }) => setting === 'gp')).toBe(true);
    expect(narrowCover(cover, () => true)).toEqual(cover);
    expect(narrowCover(undefined, () => true)).toBeUndefined();
  });

  it('under every approval its flows rest on, each named once, and under none that the register does not know', () => {
    const [first] = covered(finding, 'section-251', 'identifiable')?.uses ?? [];
    if (first === undefined) throw new Error('the opt-out applies to case finding');
    expect(first).toEqual({ setting: 'hospital', approval: entry?.agreement.legalBasis.reference, row: 'ndop-section-251' });
    const uses = ['CAG 2', 'CAG 1', 'CAG 2'].map((approval) => ({ ...first, approval }));
    expect(approvalsOf({ purpose: finding, uses })).toEqual(['CAG 1', 'CAG 2']);
    expect(covered(finding, 'section-251', 'identifiable', { flowId: 'gone' })?.uses).toEqual([{ ...first, approval: '' }]);
    expect(projectCovers(register, table, 'nobody-knows', today)).toEqual([]);
  });

  it('to the flows of the agreements of a project and to no others, for the purposes they serve', () => {
    const common = { title: 'Study', organisation: 'ZICB', licence: 'ordinary', seats: 1, recipientKeyId: 'study', contract: 'Licence' };
    const purpose = 'risk-stratification-commissioning';
    const covers = (change: (place: Breakable) => void) => {
      const register = registerWith((place) => {
        const other = structuredClone(place.agreements[0]);
        place.agreements.push({ ...other, id: 'other', legalBasis: { ...other.legalBasis, reference: 'CAG 2' } });
        const period = { validFrom: '2026-01-01', validTo: '2026-12-31' };
        place.projects.push({ ...common, ...period, id: 'study', agreements: ['other'], purposes: [purpose, 'commissioning'] });
        change(place);
      });
      return projectCovers(register, table, 'study', today).map((cover) => [cover.purpose, ...cover.uses.map(({ setting }) => setting)]);
    };
    const underOther = (place: Breakable) => Object.assign(place.flows[1], { agreement: 'other' });
    expect(covers(() => undefined)).toEqual([]);
    expect(covers(underOther)).toEqual([[purpose, 'gp']]);
    // What one care setting shares with another does not come into the linked data set.
    const shared = (place: Breakable) => Object.assign(place.services[2], { setting: 'community' });
    expect(
      covers((place) => {
        underOther(place);
        shared(place);
      }),
    ).toEqual([]);
  });
});
