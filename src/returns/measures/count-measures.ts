import type { Pool } from 'pg';
import { type Queryable, type Transaction, transaction } from '../../database/query.ts';
import { holdWhileLanding } from '../../objections/lock.ts';
import type { Clock } from '../../shared/clock.ts';
import type { MeasureDefinition } from './measure.ts';
import { type KeptRule, rulesOf, settingsOf } from './rule.ts';
import { ruleSql } from './rule-sql.ts';

/** Two counts at once would write the same rows; the second waits, and finds little left to do. */
const measureLock = 7_318_048;

/** When more people than one in this many have changed, everybody is counted: reading all once is cheaper than many by key. */
const oneInFifteen = 15;

export interface Counted {
  /** Rules counted for the first time, and for everybody. */
  readonly rules: number;
  /** People counted again; 'all' where so many had changed that everybody was. */
  readonly people: number | 'all';
}

/**
 * Brings the counts of the measures up to date with what has landed, changed and gone. Safe to run at any time and any
 * number of times: what a person adds is made again from that person's events, and never added to what was there.
 */
export async function countMeasures(
  pool: Pool,
  definitions: readonly MeasureDefinition[],
  clock: Clock,
  { everybodyFrom = oneInFifteen }: { readonly everybodyFrom?: number } = {},
): Promise<Counted> {
  const rules = rulesOf(definitions);
  const fresh = await transaction(pool, async (tx) => {
    await begin(tx);
    await forgetUnused(tx, [...rules.keys()]);
    const { rows } = await tx.query<{ rule: string }>('select rule from returns.measure_rule');
    const counted = new Set(rows.map(({ rule }) => rule));
    const uncounted = [...rules].filter(([name]) => !counted.has(name));
    // Where nothing is counted yet, counting everything takes in whatever waits now; it would be counted twice.
    if (uncounted.length === rules.size) await tx.query('delete from environment.measure_waiting');
    return uncounted;
  });
  // One transaction each: an objection that arrives meanwhile waits for one rule and not for all of them.
  for (const [name, rule] of fresh) await transaction(pool, (tx) => countFirst(tx, name, rule, clock));
  const people = await transaction(pool, (tx) => countWaiting(tx, rules, everybodyFrom));
  return { rules: fresh.length, people };
}

/** Deliveries and people whose effect is not in the counts yet, and rules that were never counted. 0 = up to date. */
export async function countBehind(db: Queryable, definitions: readonly MeasureDefinition[]): Promise<number> {
  const { rows } = await db.query<{ behind: number }>(
    `select ((select count(*) from (select from environment.measure_waiting limit 1000) w)
       + (select count(*) from unnest($1::text[]) as r (rule) where not exists (select from returns.measure_rule m where m.rule = r.rule)))::int as behind`,
    [[...rulesOf(definitions).keys()]],
  );
  return rows[0]?.behind ?? 0;
}

async function begin(tx: Transaction): Promise<void> {
  // An objection that arrives meanwhile is applied behind this, never under it (objections/lock.ts).
  await holdWhileLanding(tx);
  await tx.query('select pg_advisory_xact_lock($1)', [measureLock]);
  await tx.query("set local work_mem = '128MB'");
}

async function forgetUnused(tx: Transaction, names: readonly string[]): Promise<void> {
  const { rowCount } = await tx.query('delete from returns.measure_rule where rule <> all ($1::text[])', [names]);
  if (rowCount === 0) return;
  await tx.query('delete from environment.person_measure where rule <> all ($1::text[])', [names]);
  await tx.query('delete from returns.month_measure where rule <> all ($1::text[])', [names]);
}

async function countFirst(tx: Transaction, name: string, rule: KeptRule, clock: Clock): Promise<void> {
  await begin(tx);
  const { rowCount } = await tx.query(
    'insert into returns.measure_rule (rule, definition, counted_at) values ($1, $2, $3) on conflict do nothing',
    [name, JSON.stringify(rule), clock.now()],
  );
  if (rowCount === 1) await add(tx, name, rule, 'all');
}

async function add(tx: Transaction, name: string, rule: KeptRule, persons: readonly string[] | 'all'): Promise<void> {
  const { text, values } = ruleSql(rule, persons);
  // Right after a first large delivery nothing is known of the tables, and everybody would be compared with everybody's stays.
  await tx.query(`set local enable_nestloop = ${persons === 'all' ? 'off' : 'on'}`);
  await tx.query(
    `insert into environment.person_measure (person_id, rule, place_id, month, n, gone, days)
     select person_id, $${values.length + 1}, place_id, month, n, gone, days from (${text}) counted`,
    [...values, name],
  );
}

async function countWaiting(tx: Transaction, rules: ReadonlyMap<string, KeptRule>, everybodyFrom: number): Promise<number | 'all'> {
  await begin(tx);
  const { rows: waiting } = await tx.query<{ delivery_no: string | null; person_id: string | null }>(
    'delete from environment.measure_waiting returning delivery_no::text, person_id::text',
  );
  if (waiting.length === 0) return 0;
  const settings = [...new Set([...rules.values()].flatMap(settingsOf))];
  const { rows } = await tx.query<{ person_id: string }>(
    `select person_id::text from (
       select e.person_id from environment.event e where e.setting = any ($1::environment.setting[]) and e.delivery_no = any ($2::bigint[])
       union select p.person_id from environment.person p where p.updated_by = any ($2::bigint[])
       union select unnest($3::bigint[])
     ) touched`,
    [settings, waiting.flatMap((row) => row.delivery_no ?? []), [...new Set(waiting.flatMap((row) => row.person_id ?? []))]],
  );
  if (rows.length === 0) return 0;
  const { rows: all } = await tx.query<{ people: number }>('select count(*) as people from environment.person');
  const persons = rows.length * everybodyFrom > (all[0]?.people ?? 0) ? 'all' : rows.map((row) => row.person_id);
  if (persons === 'all') await tx.query('delete from environment.person_measure');
  else await tx.query('delete from environment.person_measure where person_id = any ($1::bigint[])', [persons]);
  for (const [name, rule] of rules) await add(tx, name, rule, persons);
  await fold(tx);
  return persons === 'all' ? 'all' : persons.length;
}

/** One row for each month again; what others add meanwhile is not seen by this statement, and stays. */
const fold = (tx: Transaction): Promise<unknown> =>
  tx.query(
    `with folded as (delete from returns.month_measure returning *)
     insert into returns.month_measure (rule, place_id, month, n, gone, days)
     select rule, place_id, month, sum(n), sum(gone), sum(days) from folded
     group by rule, place_id, month having sum(n) <> 0 or sum(gone) <> 0 or sum(days) <> 0`,
  );
