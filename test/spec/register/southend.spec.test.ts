import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fieldsEveryAgreementNeeds, loadFeeds } from '../../../src/feeds/load.ts';
import { admit } from '../../../src/register/admit.ts';
import { checkRegister } from '../../../src/register/check.ts';
import { checkText } from '../../../src/register/check-text.ts';
import { loadRegisterFiles } from '../../../src/register/load.ts';
import { classifyEndpoint } from '../../../src/register/open-api.ts';
import { isSharing, type Register } from '../../../src/register/register.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { matrixSettings } from '../../../src/shared/settings.ts';

const today = '2026-11-21' as LocalDate;

/** The printed letters of a matrix: O Open API, i interim, - not shared; rows from, columns to, in printed order. */
function matrix(register: Register, at: LocalDate): string[] {
  const admitted = [...register.flows.values()].filter((flow) => isSharing(flow) && admit(register, flow.flow.id, at).admitted);
  return matrixSettings.map((from) =>
    matrixSettings
      .map((to) => {
        const flow = admitted.find((one) => one.from.setting === from && one.to.setting === to);
        return flow === undefined ? '-' : classifyEndpoint(flow.endpoint, at, at).route === 'open-api' ? 'O' : 'i';
      })
      .join(''),
  );
}

describe('the example place', () => {
  let register: Register;
  beforeAll(async () => {
    register = await loadRegisterFiles(join(import.meta.dirname, '../../../config/register'));
  });
  const codes = (flow: string, at = today): string[] => {
    const admission = admit(register, flow, at);
    return admission.admitted ? [] : admission.refusals.map((refusal) => refusal.code);
  };

  it.each([
    'sus-apc-southend',
    'sus-op-southend',
    'ecds-southend',
    'mhsds-southend',
    'csds-southend',
    'asc-cld-southend',
    'nhs-111-southend',
    'out-of-hours-southend',
    'ambulance-southend',
    'continuing-healthcare-southend',
    'drug-and-alcohol-southend',
    'hospice-southend',
    'fhir-acute',
    'fhir-gp',
    'gp-patients-f81001',
    'gp-coded-records-f81001',
    'gp-prescribing-f81035',
  ])('admits %s today', (flow) => {
    expect(codes(flow)).toEqual([]);
  });

  it('has 37 practices, of which one has not signed and one has withdrawn', () => {
    const practices = [...register.flows.keys()].filter((id) => id.startsWith('gp-patients-'));
    expect(practices).toHaveLength(37);
    expect(practices.filter((id) => codes(id).length === 0)).toHaveLength(35);
    expect(codes('gp-patients-f81036')).toEqual(['PRACTICE_NOT_SIGNED']);
    expect(codes('gp-patients-f81037')).toEqual(['PRACTICE_WITHDRAWN']);
    expect(codes('gp-patients-f81037', '2026-05-30' as LocalDate)).toEqual([]);
  });

  it('refuses the flows of 2014 for what was missing then', () => {
    const then = '2014-08-06' as LocalDate;
    expect(codes('p1-community-caretrak', then)).toEqual(
      expect.arrayContaining(['FLOW_STOPPED', 'LEGAL_BASIS_MISSING', 'CONTROLLER_MISSING', 'RETENTION_MISSING']),
    );
    expect(codes('p1-community-caretrak', '2013-01-01' as LocalDate)).toContain('LEGAL_BASIS_MISSING');
    expect(codes('a3-nhs-111-caretrak', '2014-07-25' as LocalDate)).toContain('LEGAL_BASIS_APPLIED');
    expect(codes('a3-nhs-111-caretrak', then)).toContain('LEGAL_BASIS_DEFERRED');
  });

  it('refuses a flow whose agreement ended, from the day after', () => {
    expect(codes('sus-apc-discharge-evaluation', '2026-03-31' as LocalDate)).toEqual([]);
    expect(codes('sus-apc-discharge-evaluation', '2026-04-01' as LocalDate)).toEqual(
      expect.arrayContaining(['AGREEMENT_EXPIRED', 'LEGAL_BASIS_EXPIRED']),
    );
  });

  it('finds by itself the flows that people believe to be live and are not', () => {
    const surprising = checkRegister(register, today).flows.filter((flow) => flow.surprising);
    expect(surprising).toHaveLength(7);
  });

  it('tells those who keep the register who stopped a flow and on which evidence, and suppliers only that it was', () => {
    const check = checkRegister(register, today);
    const [stopped] = check.flows.filter(({ state }) => state === 'stopped');
    if (stopped?.decided === undefined || stopped.admission.admitted) throw new Error('no flow was stopped');
    const { flow, decided, admission } = stopped;
    expect(checkText(check)).toContain(`${flow}: refused (stopped on ${decided.on} by ${decided.by}: ${decided.evidence})`);
    expect(JSON.stringify(admission)).not.toContain(decided.evidence);
  });

  it('ends every current flow when the programme ends', () => {
    const check = checkRegister(register, '2027-04-01' as LocalDate);
    expect(check.admitted).toBe(0);
  });

  it('shares in 2016 as the returns of 2016/17 print it', () => {
    expect(matrix(register, '2016-08-15' as LocalDate)).toEqual(['OO-OO-', 'OO-OO-', '--O---', 'OO-OO-', 'OO-OO-', '-----O']);
  });

  it('shares today in all three ways, and never lets social care see GP data', () => {
    expect(matrix(register, today)).toEqual(['OO-OOi', 'iOiiii', 'OiOi--', 'iOiOOi', 'i--OO-', 'i--i-i']);
  });

  it('covers only GP, hospital and mental health data by section 251', () => {
    const settings = [...register.flows.values()]
      .filter((flow) => flow.agreement.id === 'risk-stratification-2025')
      .map((flow) => flow.from.setting);
    expect([...new Set(settings)].sort()).toEqual(['gp', 'hospital', 'mental-health']);
  });

  it('lists only fields its data sets have, and neither free text nor identifiers that are not needed', async () => {
    const feeds = await loadFeeds(join(import.meta.dirname, '../../../config'));
    const agreements = [...register.places.values()].flatMap((place) => place.document.agreements);
    const wrong = agreements.flatMap((agreement) =>
      agreement.dataIn.flatMap(({ feed, items }) => {
        const specification = feeds.get(feed);
        if (specification?.format === 'fhir-r4') return [];
        const allowed = specification?.columns.filter(({ role }) => role !== 'free-text' && role !== 'identifier').map(({ name }) => name);
        return items.flatMap((item) => item.fields).filter((field) => !allowed?.includes(field));
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('lets in every field that its data sets need to link, place in time and find again', async () => {
    const feeds = await loadFeeds(join(import.meta.dirname, '../../../config'));
    const missing = [...register.flows.values()].flatMap(({ flow, terms }) => {
      const specification = feeds.get(flow.feed);
      if (!admit(register, flow.id, today).admitted || specification?.format !== 'csv') return [];
      const needed = specification.columns.filter(({ required }) => required).map(({ name }) => name);
      return [...needed, ...fieldsEveryAgreementNeeds(specification), ...(specification.event?.start ?? [])]
        .filter((field) => terms?.allowedFields.includes(field) !== true)
        .map((field) => `${flow.feed} ${field}`);
    });
    expect([...new Set(missing)]).toEqual([]);
  });

  it('is found wanting where an agreement leaves out a field that decides what may land', () => {
    const all = new Set(['IsConfidential', 'NhsNumber']);
    const known = (needed: readonly string[]) => new Map([['gp-patients', { all, needed }]]);
    const findings = (needed: readonly string[]) =>
      checkRegister(register, today, known(needed)).findings.filter(({ code }) => code === 'FIELD_NOT_LISTED');
    expect(findings(['IsConfidential'])).toEqual([]);
    expect(findings(['IsConfidential', 'NewlySensitive'])[0]?.message).toMatch(/so nothing does: NewlySensitive\.$/);
  });
});
