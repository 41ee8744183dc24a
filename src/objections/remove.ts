import { recordAudit } from '../audit/record.ts';
import type { Transaction } from '../database/query.ts';
import { rebuildTouched } from '../linkage/rebuild-persons.ts';
import type { Clock } from '../shared/clock.ts';
import type { Setting } from '../shared/settings.ts';
import { type CoverageRules, stageCoverage } from './coverage.ts';
import { issueNotices, stageNotices } from './notices.ts';

export type { CoveredFlow } from './coverage.ts';

export interface RemovalTools extends CoverageRules {
  readonly actor: string;
  readonly clock: Clock;
}

export interface Removed {
  /** Persons of whom anything was removed. */
  readonly persons: number;
  readonly events: number;
  readonly sightings: number;
  /** Scores, summaries and memberships made from those rows. */
  readonly derived: number;
  /** Recipients of earlier issues who are told which of their pseudonyms to remove. */
  readonly notices: number;
}

/**
 * What is made from a person's rows goes when any of the rows go: a score that a removed row helped to make still says
 * something about it (RULE-OPT-3). A stage that derives a table adds its line here and grants delete to haven_blackbox;
 * test/integration/objections fails when a table that knows people is not thought of (tables.ts).
 */
export const derivedTables = [
  { table: 'environment.person_summary', onlyWhenNothingIsLeft: false },
  { table: 'environment.person_measure', onlyWhenNothingIsLeft: false },
  { table: 'environment.recipient_pseudonym', onlyWhenNothingIsLeft: true },
] as const;

/**
 * Deletes what the objections in `objecting (landing_pseudonym, kind, about)` cover in the environment now: the events and
 * sightings of each flow the decision table withholds for them, and all that was derived, and tells earlier recipients.
 * One statement for each table, however many persons. The counts and the audit leaf are of the same transaction and hold
 * counts only. The caller holds the lock of lock.ts, so that nothing lands behind it.
 */
export async function removeCovered(tx: Transaction, tools: RemovalTools, importId?: string): Promise<Removed> {
  const settings = await stageCoverage(tx, tools);
  if (settings === undefined) return { persons: 0, events: 0, sightings: 0, derived: 0, notices: 0 };
  const persons = await stageTouched(tx, settings);
  const events = await removeFrom(tx, 'environment.event', settings);
  const sightings = await removeFrom(tx, 'linkage.sighting', settings);
  if (persons > 0) await rebuildTouched(tx, 'removed');
  await stageNotices(tx);
  const derived = await removeDerived(tx);
  const counts = { persons, events, sightings, derived: Object.values(derived).reduce((sum, n) => sum + n, 0) };
  const application = await recordApplication(tx, { ...counts, byTable: derived, importId }, tools);
  const notices = await issueNotices(tx, application, tools.clock.now());
  await recordAudit(
    tx,
    {
      type: 'objection.applied',
      actor: tools.actor,
      ...(importId === undefined ? {} : { subject: importId }),
      detail: { ...counts, notices, decisionTable: tools.table.version },
    },
    tools.clock,
  );
  return { ...counts, notices };
}

type Rows = 'environment.event' | 'linkage.sighting';

/**
 * Rows `t` of the person `p` that the set of objections of that person covers; $1 = the settings that can hold such rows.
 * The setting is compared inside a case because the planner does not know that a flow has one setting: it would expect a
 * twelfth of the rows, and keep the events instead of the people in memory.
 */
const isCovered = `t.setting = any ($1::environment.setting[]) and t.person_id = p.person_id
  and f.profile = p.profile and f.flow_no = t.flow_no and (case when f.setting = t.setting then true end)`;

/**
 * The people who are about to lose rows, as `touched`: what is derived from their rows goes, and their demographics are
 * derived again from what their other flows say (linkage/rebuild-persons.ts). Nearly everybody with an event has a sighting
 * of its flow, so the events are asked only about those who have none: a list of the ids of 700,000 deleted events, one
 * by one, would cost as much as a third of deleting them.
 */
async function stageTouched(tx: Transaction, settings: readonly Setting[]): Promise<number> {
  const withCovered = (rows: Rows): string => `exists (select from ${rows} t, covering_flow f where ${isCovered})`;
  await tx.query('drop table if exists pg_temp.touched');
  await tx.query('create temporary table touched (person_id bigint not null) on commit drop');
  const spoken = await tx.query(`insert into touched select p.person_id from covering_person p where ${withCovered('linkage.sighting')}`, [
    settings,
  ]);
  // Behind the rows: an index made at once costs a third of one that grows row by row.
  await tx.query('alter table touched add primary key (person_id)');
  const unspoken = await tx.query(
    `insert into touched select p.person_id from covering_person p
     where not exists (select from touched s where s.person_id = p.person_id) and ${withCovered('environment.event')}`,
    [settings],
  );
  return (spoken.rowCount ?? 0) + (unspoken.rowCount ?? 0);
}

/** One pass over each partition that can hold such rows: people by hash, then what their set of objections covers. */
async function removeFrom(tx: Transaction, from: Rows, settings: readonly Setting[]): Promise<number> {
  if (settings.length === 0) return 0;
  const { rowCount } = await tx.query(`delete from ${from} t using covering_person p, covering_flow f where ${isCovered}`, [settings]);
  return rowCount ?? 0;
}

async function removeDerived(tx: Transaction): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const scores = await tx.query(
    `delete from risk.score s using covering_person p
     where s.person_id = p.person_id and (p.person_id in (select person_id from touched)
       or (p.profile, s.run_id) in (select profile, run_id from covering_run))`,
  );
  counts['risk.score'] = scores.rowCount ?? 0;
  for (const { table, onlyWhenNothingIsLeft } of derivedTables) {
    const { rowCount } = await tx.query(
      `delete from ${table} d using touched p where d.person_id = p.person_id
       ${onlyWhenNothingIsLeft ? 'and not exists (select from linkage.sighting s where s.person_id = p.person_id)' : ''}`,
    );
    counts[table] = rowCount ?? 0;
  }
  return counts;
}

interface Application extends Omit<Removed, 'notices'> {
  readonly byTable: Readonly<Record<string, number>>;
  readonly importId: string | undefined;
}

async function recordApplication(tx: Transaction, done: Application, { actor, table, clock }: RemovalTools): Promise<string> {
  const { rows } = await tx.query<{ no: string }>(
    `insert into objections.application (import_id, actor, decision_table, applied_at, persons, events, sightings, derived)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning application_no::text as no`,
    [done.importId ?? null, actor, table.version, clock.now(), done.persons, done.events, done.sightings, JSON.stringify(done.byTable)],
  );
  return rows[0]?.no as string;
}
