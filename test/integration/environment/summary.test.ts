import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { forgetDerived, refreshAfterDelivery } from '../../../src/environment/refresh.ts';
import { refreshSummaries } from '../../../src/environment/summary.ts';
import { loadRiskTables } from '../../../src/risk/tables.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { admission, populate, type TestEvent } from '../risk/population.ts';

const { summary: rules } = await loadRiskTables(join(packageRoot(), 'config', 'risk'));
const asOf = '2026-02-28' as LocalDate;
let databases: TestDatabases;
let admin: Pool;
let gateway: Pool;
beforeAll(async () => {
  databases = await testDatabases();
  admin = databases.administrator('haven');
  gateway = databases.pool('haven_gateway');
});
afterAll(async () => databases.close());

const refresh = (personIds: readonly string[] | 'all' = 'all', day = asOf) =>
  transaction(gateway, (tx) => refreshSummaries(tx, { asOf: day, personIds, rules }));
const summaryOf = async (events: readonly TestEvent[], birthMonth = '1950-03-01'): Promise<Record<string, unknown>> => {
  await populate(admin, [{ birthMonth, events }]);
  await refresh();
  const { rows } = await gateway.query(
    'select *, settings_seen::text[] as settings_seen, last_event_on::text as last_event_on from environment.person_summary',
  );
  return rows[0] ?? {};
};
const gp = (at: string, kind: string, ...codes: string[]): TestEvent => ({ setting: 'gp', kind, at, codes });
const attendance = (at: string): TestEvent => ({ setting: 'hospital', kind: 'emergency-attendance', at });

describe('the summary of a person', () => {
  it.each<{ what: string; events: readonly TestEvent[]; summary: Record<string, unknown> }>([
    {
      what: 'nothing for nobody',
      events: [],
      summary: { attendances_12m: 0, conditions: [], cost_12m_pence: 0, last_event_on: null, settings_seen: [] },
    },
    {
      what: 'attendances in half-open windows that end with the whole of the day',
      events: ['2025-02-28', '2025-03-01', '2025-08-28T23:59', '2025-08-29', '2026-02-28T23:59', '2026-03-01'].map(attendance),
      summary: { attendances_6m: 2, attendances_12m: 4, last_event_on: '2026-02-28', settings_seen: ['hospital'] },
    },
    {
      what: 'a spell once, whatever its episodes, and emergencies apart',
      events: [
        admission('2026-01-01', ['F00'], '21'),
        admission('2026-01-01', ['I50'], '21', 'episode'),
        admission('2026-01-09', [], '11'),
        admission('2025-06-01', [], '2A'),
      ],
      summary: {
        admissions_6m: 2,
        admissions_12m: 3,
        emergency_admissions_6m: 1,
        emergency_admissions_12m: 2,
        conditions: ['dementia', 'heart-failure'],
        long_term_conditions: 2,
      },
    },
    {
      what: 'a GP encounter for each day, not for each record',
      events: [
        gp('2026-01-05T09:00', 'coded-record'),
        gp('2026-01-05T09:01', 'measurement'),
        gp('2025-06-01', 'coded-record'),
        gp('2026-01-06', 'test-request'),
      ],
      summary: { gp_encounters_6m: 1, gp_encounters_12m: 2 },
    },
    {
      what: 'different medicines, by chemical substance where a BNF code says it',
      events: [
        gp('2026-01-01', 'prescription-issue', 'dmd:1'),
        gp('2026-02-01', 'prescription-issue', 'dmd:1'),
        gp('2026-02-01', 'prescription-issue', 'dmd:2', 'bnf:0212000B0AAABAB'),
        gp('2026-02-02', 'prescription-issue', 'bnf:0212000B0BBABAC'),
        gp('2025-02-28', 'prescription-issue', 'dmd:9'),
      ],
      summary: { medicines_12m: 2, gp_encounters_12m: 0 },
    },
    {
      what: 'conditions once recorded for ever, long-term ones counted, and none from a family history or a later date',
      events: [
        gp('2001-01-01', 'coded-record', 'snomed:44054006'),
        gp('2020-01-01', 'coded-record', 'snomed:73211009'),
        gp('2020-01-01', 'family-history', 'snomed:363346000'),
        admission('2026-02-01', ['R41.0']),
        admission('2026-03-01', ['C34']),
      ],
      summary: { conditions: ['diabetes', 'disorientation'], long_term_conditions: 1 },
    },
    {
      what: 'cost of twelve months in pence',
      events: [
        { ...attendance('2026-01-01'), costPence: 12_345 },
        { ...attendance('2025-01-01'), costPence: 99 },
        { setting: 'social-care', kind: 'social-care-service', at: '2026-02-01', costPence: 5 },
      ],
      summary: { cost_12m_pence: 12350, social_care_events_12m: 1, settings_seen: ['hospital', 'social-care'] },
    },
    { what: 'nothing of demographics', events: [gp('2026-01-01', 'demographics')], summary: { last_event_on: null, settings_seen: [] } },
  ])('counts $what', async ({ events, summary }) => {
    expect(await summaryOf(events)).toMatchObject(summary);
  });

  it.each([
    ['1950-03-01', 75, '75-79'],
    ['1950-02-01', 76, '75-79'],
    ['1936-02-01', 90, '90+'],
    ['2025-12-01', 0, '00-04'],
  ])('gives somebody born in the month of %s %i years, band %s', async (birthMonth, age, band) => {
    expect(await summaryOf([], birthMonth)).toMatchObject({ age, age_band: band });
  });
});

describe('refreshing', () => {
  it('replaces only the people it is given, and leaves out who has died', async () => {
    await populate(admin, [{ events: [] }, { events: [] }, { deathMonth: '2026-02-01', events: [] }]);
    expect(await refresh()).toBe(2);
    await admin.query(`insert into environment.event (person_id, started_at, source_key, flow_no, delivery_no, setting, kind)
      select n, '2026-02-01', gen_random_uuid(), 2, 1, 'hospital', 'emergency-attendance' from generate_series(1, 2) as n`);
    expect(await refresh(['1'])).toBe(1);
    const { rows } = await gateway.query('select attendances_6m as n from environment.person_summary order by person_id');
    expect(rows).toEqual([{ n: 1 }, { n: 0 }]);
  });

  it('makes all of them again when the date has changed or too many people are touched', async () => {
    await populate(
      admin,
      Array.from({ length: 20 }, () => ({ events: [] })),
    );
    const refreshOn = (day: string, personIds?: readonly string[]) =>
      transaction(gateway, (tx) => refreshAfterDelivery(tx, { asOf: day as LocalDate, rules, ...(personIds ? { personIds } : {}) }));
    expect(await refreshOn('2026-02-28', ['1'])).toBe(20);
    expect(await refreshOn('2026-02-28', ['1', '2'])).toBe(2);
    expect(await refreshOn('2026-02-28', ['1', '2', '3', '4', '5'])).toBe(20);
    expect(await refreshOn('2026-03-01', ['1'])).toBe(20);
    expect(await refreshOn('2026-03-01')).toBe(20);
  });

  it('can be taken back by the black box, which reads none of it', async () => {
    await populate(admin, [{ events: [] }, { events: [] }]);
    await refresh();
    const blackbox = databases.pool('haven_blackbox');
    expect(await transaction(blackbox, (tx) => forgetDerived(tx, ['1']))).toEqual({ summaries: 1, scores: 0 });
    await expect(blackbox.query('select score_tenths from risk.score')).rejects.toMatchObject({ code: '42501' });
  });
});
