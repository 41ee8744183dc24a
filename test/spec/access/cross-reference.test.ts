import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { licenseProject } from '../../../src/environment/project.ts';
import { loadVisibility } from '../../../src/environment/visibility.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { loadRegisterFiles } from '../../../src/register/load.ts';
import type { PlaceDocument } from '../../../src/register/model.ts';
import { buildRegister } from '../../../src/register/register.ts';
import type { Purpose } from '../../../src/register/terms.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';

const config = (path: string) => fileURLToPath(new URL(`../../../config/${path}`, import.meta.url));
const rules = { objections: await loadDecisionTable(config('objections')), visibility: await loadVisibility(config('risk')) };
const files = await loadRegisterFiles(config('register'));
const at = '2026-11-21' as LocalDate;

/** The example place, every flow with a number of its own, after `change`. */
function example(change: (document: PlaceDocument) => Partial<PlaceDocument> = () => ({})) {
  const documents = [...files.places.values()].map(({ document }) => ({ ...document, ...change(document) }));
  const numbers = new Map([...files.flows.keys()].map((flow, index) => [flow, index + 1]));
  return buildRegister(
    documents.map((document) => ({ document, version: 1 })),
    numbers,
  );
}

/** A person's declared systems replaced. */
const declaring = (person: string, sourceSystems: string[]) =>
  example(({ people }) => ({ people: people.map((one) => (one.id === person ? { ...one, sourceSystems } : one)) }));

function settingsOf(register: ReturnType<typeof example>, projectId: string, purpose: Purpose, holder?: string) {
  const licensed = licenseProject(register, rules, { projectId, purpose, at, ...(holder === undefined ? {} : { holder }) });
  return { settings: [...new Set(licensed.scope.flows.map(({ setting }) => setting))], leftOut: licensed.leftOut };
}

describe('who also sees the source system (cross-reference)', () => {
  it('is not given its rows at patient level, and is told which system is left out', () => {
    const seen = settingsOf(example(), 'council-analysis', 'commissioning', 'southend-council-analyst');
    expect(seen.leftOut).toEqual(['council-case-system']);
    expect(seen.settings).not.toContain('social-care');
    expect(seen.settings).toContain('ambulance');
  });

  it('loses them on the day the access is declared, and a holder without any is given them', () => {
    const clean = settingsOf(declaring('southend-icb-analyst', []), 'icb-population-health', 'commissioning', 'southend-icb-analyst');
    expect(clean).toMatchObject({ leftOut: [], settings: expect.arrayContaining(['social-care', 'hospital']) });
    const declared = settingsOf(
      declaring('southend-icb-analyst', ['council-case-system']),
      'icb-population-health',
      'commissioning',
      'southend-icb-analyst',
    );
    expect(declared.leftOut).toEqual(['council-case-system']);
    expect(declared.settings).not.toContain('social-care');
  });

  it('is given them only where the agreement itself says so', () => {
    const register = example(({ agreements }) => ({
      agreements: agreements.map((agreement) => ({ ...agreement, sourceSystemAccess: 'Clause 12: in a room without the case system' })),
    }));
    const seen = settingsOf(register, 'council-analysis', 'commissioning', 'southend-council-analyst');
    expect(seen).toMatchObject({ leftOut: [], settings: expect.arrayContaining(['social-care']) });
  });

  it('reads about known people for case finding, which has its own rules', () => {
    const seen = settingsOf(example(), 'practice-case-finding', 'risk-stratification-case-finding', 'southend-gp');
    expect(seen.leftOut).toEqual([]);
    expect(seen.settings).toContain('gp');
  });
});

describe('the asymmetry, by seat', () => {
  it('shows a council employee no GP row, whoever holds the licence', () => {
    const register = example(({ people }) => ({
      people: people.map((one) => (one.id === 'southend-icb-analyst' ? { ...one, organisation: 'ZSBC' } : one)),
    }));
    const seen = settingsOf(register, 'icb-population-health', 'commissioning', 'southend-icb-analyst');
    expect(seen.settings).not.toContain('gp');
    expect(seen.settings).not.toContain('out-of-hours');
    expect(seen.settings).toContain('hospital');
  });

  it('shows a GP social care', () => {
    const seen = settingsOf(example(), 'practice-case-finding', 'risk-stratification-case-finding', 'southend-gp');
    expect(seen.settings).toContain('social-care');
  });

  it('knows no holder the place did not register', () => {
    expect(() => settingsOf(example(), 'council-analysis', 'commissioning', 'somebody')).toThrow('No licence in force');
  });
});
