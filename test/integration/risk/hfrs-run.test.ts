import { join } from 'node:path';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { scoreHfrs } from '../../../src/risk/hfrs.ts';
import { runRisk } from '../../../src/risk/run.ts';
import { loadRiskTables } from '../../../src/risk/tables.ts';
import { tierCounts } from '../../../src/risk/tier-counts.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { admission, flowOf, populate, pseudonymFor, scopeOn, type TestPerson } from './population.ts';

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

const run = (options: Partial<Parameters<typeof runRisk>[1]> = {}) =>
  transaction(gateway, (tx) =>
    runRisk(tx, { model: 'hfrs', indexDate, scope: scopeOn('2026-03-01'), actor: 'test', ...options }, tables, systemClock),
  );

const scores = async (runId: string) =>
  (
    await gateway.query<{ person: number; tenths: number; band: string; reasons: string[]; rank: number; tier: string }>(
      `select person_id::int as person, score_tenths as tenths, band, reasons, rank::int as rank, tier from risk.score
       where run_id = $1 order by rank`,
      [runId],
    )
  ).rows;

const old = { birthMonth: '1940-01-01' };

describe('an HFRS run', () => {
  it('scores people of 75 and over with an emergency admission in the window, and nobody else', async () => {
    await populate(admin, [
      { ...old, events: [admission('2025-05-01', ['F00'])] },
      { birthMonth: '1951-02-01', events: [admission('2025-05-01', ['F00'])] },
      { birthMonth: '1951-03-01', events: [admission('2025-05-01', ['F00'])] },
      { ...old, events: [admission('2025-05-01', ['F00'], '11')] },
      { ...old, events: [admission('2024-02-27', ['F00'])] },
      { ...old, deathMonth: '2026-02-01', events: [admission('2025-05-01', ['F00'])] },
      { ...old, events: [{ ...admission('2025-05-01', ['F00']), setting: 'mental-health' }] },
      { events: [admission('2025-05-01', ['F00'])] },
      { ...old, events: [admission('2025-05-01', [], '2a'), admission('2025-04-01', ['N39.0', 'n39'], '11', 'episode')] },
    ]);
    const result = await run();
    expect((await scores(result.runId)).map(({ person, tenths }) => [person, tenths])).toEqual(
      expect.arrayContaining([
        [1, 71],
        [2, 71],
        [9, 32],
      ]),
    );
    expect(result).toMatchObject({ people: 3, excluded: 0, version: tables.hfrs.version });
    expect(result.population).toContain('75 or over');
  });

  const code = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...tables.hfrs.weights.keys()) },
    { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z][0-9]{2}[.]?[0-9X†*]?$/) },
    { weight: 1, arbitrary: fc.constantFrom('F00', 'F001', 'f00.1', 'F03 X', 'X59X', '', 'ıF00', '†') },
  );
  const date = fc.constantFrom('2024-02-27', '2024-02-28T00:00:00', '2024-02-29', '2025-07-01', '2026-02-28T23:59:59', '2026-03-01');
  const person: fc.Arbitrary<TestPerson> = fc.record({
    birthMonth: fc.constantFrom('1940-01-01', '1951-02-01'),
    events: fc.array(
      fc.record({ at: date, codes: fc.array(code, { maxLength: 6 }) }).map(({ at, codes }) => admission(at, codes)),
      { maxLength: 5 },
    ),
  });

  it('gives everyone the score, band and groups the pure function gives, for both windows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 40 }), fc.constantFrom('years2', 'days730'), async (people, window) => {
        await populate(admin, people);
        const result = await run({ window });
        const from = window === 'years2' ? '2024-02-28' : '2024-02-29';
        const expected = people.flatMap(({ events }, index) => {
          const stays = events.map(({ at, codes }) => ({ date: at.slice(0, 10) as LocalDate, codes: codes ?? [] }));
          if (!stays.some((stay) => stay.date >= from && stay.date <= indexDate)) return [];
          const diagnoses = stays.flatMap((stay) => stay.codes.map((c) => ({ code: c.replace('icd10:', ''), date: stay.date })));
          const { scoreTenths, band, groups } = scoreHfrs(tables.hfrs, diagnoses, indexDate, window);
          return [{ person: index + 1, tenths: scoreTenths, band, reasons: groups }];
        });
        const found = (await scores(result.runId)).map(({ person: id, tenths, band, reasons }) => ({ person: id, tenths, band, reasons }));
        expect(found.toSorted((a, b) => a.person - b.person)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same list for the same events, and another digest when one of them changes', async () => {
    await populate(
      admin,
      Array.from({ length: 60 }, (_, i) => ({ ...old, events: [admission('2025-05-01', i % 3 === 0 ? ['F00'] : ['N39'])] })),
    );
    const [first, second] = [await run(), await run()];
    expect(second.sha256).toBe(first.sha256);
    expect(await scores(second.runId)).toEqual(await scores(first.runId));
    await admin.query(`update environment.event set codes = array['icd10:F00'] where person_id = 2`);
    expect((await run()).sha256).not.toBe(first.sha256);
  });

  it('ranks from 1 without gaps and gives tiers of exact size', async () => {
    await populate(
      admin,
      Array.from({ length: 200 }, () => ({ ...old, events: [admission('2025-05-01', ['F00'])] })),
    );
    const result = await run();
    const list = await scores(result.runId);
    expect(list.map(({ rank }) => rank)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    const size = (tier: string) => list.filter((row) => row.tier === tier).length;
    expect(['very-high', 'high', 'moderate', 'low'].map(size)).toEqual([1, 9, 30, 160]);
    // Equal people are not put in the order in which they were registered.
    expect(list.map((row) => row.person)).not.toEqual(list.map((row) => row.person).toSorted((a, b) => a - b));
    const counts = await tierCounts(gateway, result.runId);
    expect(counts.tiers).toEqual([
      { tier: 'very-high', people: '*' },
      { tier: 'high', people: 10 },
      { tier: 'moderate', people: 30 },
      { tier: 'low', people: 160 },
    ]);
    expect(counts.total).toBe('*');
    expect(counts.bands).toEqual([{ band: 'intermediate', people: 200 }]);
  });

  it('does not score people whose objection in force withholds the hospital rows, and takes no rows of flows out of scope', async () => {
    await populate(
      admin,
      [1, 2, 3, 4].map(() => ({ ...old, events: [admission('2025-05-01', ['F00'])] })),
    );
    await admin.query(
      `insert into objections.objection (landing_pseudonym, kind, set_on, withdrawn_on, source) values
         ($1, 'risk-stratification', '2026-01-01', null, 'test'), ($2, 'risk-stratification', '2025-01-01', '2026-01-01', 'test'),
         ($3, 'type-1', '2026-01-01', null, 'test')`,
      [pseudonymFor('person 1'), pseudonymFor('person 2'), pseudonymFor('person 3')],
    );
    const withheld = [
      { flowNo: flowOf('hospital'), setting: 'hospital', objection: 'risk-stratification' },
      { flowNo: flowOf('gp'), setting: 'gp', objection: 'type-1' },
    ] as const;
    const result = await run({ scope: scopeOn('2026-03-01', withheld), excluded: ['4'] });
    expect((await scores(result.runId)).map(({ person }) => person).toSorted()).toEqual([2, 3]);
    expect(result).toMatchObject({ people: 2, excluded: 2 });
    const scope = { ...scopeOn('2026-03-01'), flows: [{ flowNo: flowOf('gp'), setting: 'gp' as const }] };
    await expect(run({ scope })).rejects.toMatchObject({ code: 'RISK_NO_FLOW' });
    await expect(run({ scope: { ...scopeOn('2026-03-01'), purpose: 'payment' } })).rejects.toMatchObject({ code: 'RISK_PURPOSE_WRONG' });
  });

  it('writes the audit leaf with the run or not at all', async () => {
    await populate(admin, [{ ...old, events: [admission('2025-05-01', ['F00'])] }]);
    const leaves = async () => Number((await admin.query('select count(*) from audit.pending')).rows[0]?.count);
    const before = await leaves();
    await run();
    expect(await leaves()).toBe(before + 1);
    await expect(
      transaction(gateway, async (tx) => {
        await runRisk(tx, { model: 'hfrs', indexDate, scope: scopeOn('2026-03-01'), actor: 'test' }, tables, systemClock);
        throw new Error('the commit never comes');
      }),
    ).rejects.toThrow();
    expect(await leaves()).toBe(before + 1);
    expect((await admin.query('select 1 from risk.run')).rowCount).toBe(1);
  });

  it('lets an analyst see protected counts of tiers and no person', async () => {
    await populate(
      admin,
      Array.from({ length: 40 }, () => ({ ...old, events: [admission('2025-05-01', ['F00'])] })),
    );
    await run();
    const analyst = databases.pool('haven_analyst');
    const { rows } = await analyst.query('select tier, people from environment.analyst_tier_counts order by tier');
    expect(rows).toEqual([
      { tier: 'high', people: '*' },
      { tier: 'low', people: '30' },
      { tier: 'moderate', people: '*' },
    ]);
    for (const table of ['environment.person_summary', 'environment.event', 'environment.person', 'environment.recipient_pseudonym'])
      await expect(analyst.query(`select 1 from ${table}`)).rejects.toMatchObject({ code: '42501' });
    for (const table of ['risk.score', 'risk.run', 'linkage.pseudonym'])
      await expect(analyst.query(`select 1 from ${table}`)).rejects.toMatchObject({ code: '42501' });
  });
});
