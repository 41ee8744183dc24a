import { join } from 'node:path';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { bandCriteria, meetCriteria } from '../../../src/risk/criteria.ts';
import { runRisk } from '../../../src/risk/run.ts';
import { loadRiskTables } from '../../../src/risk/tables.ts';
import { type LocalDate, systemClock } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { admission, flowOf, populate, scopeOn, type TestEvent } from './population.ts';

const tables = await loadRiskTables(join(packageRoot(), 'config', 'risk'));
const indexDate = '2026-02-28' as LocalDate;
let databases: TestDatabases;
let admin: Pool;
let gateway: Pool;
beforeAll(async () => {
  databases = await testDatabases();
  admin = databases.administrator('haven');
  gateway = databases.pool('haven_gateway');
});
afterAll(async () => databases.close());

async function run(scope = scopeOn('2026-03-01'), changed = tables) {
  const result = await transaction(gateway, (tx) =>
    runRisk(tx, { model: 'southend-criteria', indexDate, scope, actor: 'test' }, changed, systemClock),
  );
  const { rows } = await gateway.query<{ person: number; tenths: number; band: string; reasons: string[] }>(
    'select person_id::int as person, score_tenths as tenths, band, reasons from risk.score where run_id = $1 order by rank',
    [result.runId],
  );
  return rows;
}

const attendance = (at: string): TestEvent => ({ setting: 'hospital', kind: 'emergency-attendance', at });
const medicine = (code: string): TestEvent => ({ setting: 'gp', kind: 'prescription-issue', at: '2026-01-01', codes: [`dmd:${code}`] });
const coded = (code: string): TestEvent => ({ setting: 'gp', kind: 'coded-record', at: '2015-01-01', codes: [`snomed:${code}`] });
const [dementia, asthma, diabetes] = ['52448006', '195967001', '44054006'];

describe("a run of the borough's criteria", () => {
  it('meets what the pure rule meets', async () => {
    const person = fc.record({
      born: fc.constantFrom(undefined, '1961-02-01', '1961-03-01', '1930-01-01', '2000-01-01'),
      attendances: fc.nat(4),
      earlier: fc.nat(2),
      medicines: fc.nat(7),
      longTerm: fc.uniqueArray(fc.constantFrom(asthma, diabetes), { maxLength: 2 }),
      delirium: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 5 }), async (people, highRiskFrom) => {
        const changed = { ...tables, criteria: { ...tables.criteria, highRiskFrom } };
        await populate(
          admin,
          people.map((p) => ({
            ...(p.born === undefined ? {} : { birthMonth: p.born }),
            events: [
              ...Array.from({ length: p.attendances }, (_, i) => attendance(`2026-01-0${i + 1}`)),
              ...Array.from({ length: p.earlier }, () => attendance('2025-08-28')),
              ...Array.from({ length: p.medicines }, (_, i) => medicine(String(i))),
              ...p.longTerm.map((code) => coded(code ?? '')),
              ...(p.delirium ? [admission('2026-01-01', ['F05'])] : []),
            ],
          })),
        );
        const ages = { '1961-02-01': 65, '1961-03-01': 64, '1930-01-01': 96, '2000-01-01': 26 };
        const expected = people.map((p, index) => {
          const met = meetCriteria(changed.criteria, {
            age: p.born === undefined ? undefined : ages[p.born],
            attendances: p.attendances,
            longTermConditions: p.longTerm.length,
            medicines: p.medicines,
            cognitiveProblem: p.delirium,
          });
          return { person: index + 1, tenths: met.length * 10, band: bandCriteria(changed.criteria, met.length), reasons: met };
        });
        const found = await run(scopeOn('2026-03-01'), changed);
        expect(found.toSorted((a, b) => a.person - b.person)).toEqual(expected);
        expect(found.map(({ tenths }) => tenths)).toEqual(found.map(({ tenths }) => tenths).toSorted((a, b) => b - a));
      }),
      { numRuns: 15 },
    );
  });

  it('puts people with the same count in order by frailty', async () => {
    await populate(admin, [
      { birthMonth: '1940-01-01', events: [] },
      { birthMonth: '1940-01-01', events: [admission('2025-05-01', ['R29'])] },
      { birthMonth: '1940-01-01', events: [admission('2025-05-01', ['R50'])] },
    ]);
    expect((await run()).map(({ person }) => person)).toEqual([2, 3, 1]);
  });

  it('counts only rows of flows in scope', async () => {
    const events = [coded(dementia ?? ''), coded(asthma ?? ''), attendance('2026-01-01'), attendance('2026-01-02')];
    await populate(admin, [{ birthMonth: '1940-01-01', events }]);
    expect((await run())[0]?.reasons).toEqual(['over-65', 'two-attendances', 'two-long-term-conditions', 'cognitive-problems']);
    const hospital = { ...scopeOn('2026-03-01'), flows: [{ flowNo: flowOf('hospital'), setting: 'hospital' as const }] };
    expect((await run(hospital))[0]?.reasons).toEqual(['over-65', 'two-attendances']);
  });
});
