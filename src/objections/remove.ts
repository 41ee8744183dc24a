import { recordAudit } from '../audit/record.ts';
import type { Transaction } from '../database/query.ts';
import { rebuildPersons } from '../linkage/rebuild-persons.ts';
import type { Clock } from '../shared/clock.ts';
import type { Setting } from '../shared/settings.ts';
import { type CoveredTerms, withheldReasons, withheldUnderSomeTerms } from './decide.ts';
import type { DecisionTable } from './decision-table.ts';
import type { ObjectionKind } from './kinds.ts';

/** Every flow the register has ever known, admitted today or not: data of a stopped flow are still data. */
export type CoveredFlow = CoveredTerms & { readonly flowNo: number };

export interface RemovalTools {
  readonly table: DecisionTable;
  readonly flows: readonly CoveredFlow[];
  readonly actor: string;
  readonly clock: Clock;
}

/** Objections in force, as columns of equal length: person by person, one line for each kind. */
export interface Covering {
  readonly personIds: readonly string[];
  readonly kinds: readonly ObjectionKind[];
  /** The one setting a local-sharing objection is about; null = all. */
  readonly about: readonly (Setting | null)[];
}

export interface Removed {
  /** Persons of whom anything was removed. */
  readonly persons: number;
  readonly events: number;
  readonly sightings: number;
  /** Scores, summaries and memberships made from those rows. */
  readonly derived: number;
}

/**
 * What is made from a person's rows goes when any of the rows go: a score that a removed row helped to make still says
 * something about it (RULE-OPT-3). A stage that derives a table adds its line here and grants delete to haven_blackbox.
 */
const derived = [
  { table: 'environment.person_summary', onlyWhenNothingIsLeft: false },
  { table: 'risk.score', onlyWhenNothingIsLeft: false },
  { table: 'environment.recipient_pseudonym', onlyWhenNothingIsLeft: true },
] as const;

/**
 * Deletes what these objections cover in the environment now: the events and sightings of each flow the decision table
 * withholds for them, and all that was derived. One statement for each table, however many persons. The audit leaf has
 * counts only. The caller holds the lock of lock.ts, so that no delivery lands behind it.
 */
export async function removeCovered(tx: Transaction, covering: Covering, tools: RemovalTools): Promise<Removed> {
  if (covering.personIds.length === 0) return { persons: 0, events: 0, sightings: 0, derived: 0 };
  await stagePersons(tx, covering);
  await stageFlows(tx, tools);
  const events = await removeFrom(tx, 'environment.event');
  const sightings = await removeFrom(tx, 'linkage.sighting');
  const { rows } = await tx.query<{ id: string }>('select person_id::text as id from removed_person');
  const personIds = rows.map(({ id }) => id);
  if (personIds.length > 0) await rebuildPersons(tx, personIds);
  const derivedRows = await removeDerived(tx);
  const removed = { persons: personIds.length, events, sightings, derived: derivedRows };
  await recordAudit(
    tx,
    { type: 'objection.applied', actor: tools.actor, detail: { ...removed, decisionTable: tools.table.version } },
    tools.clock,
  );
  return removed;
}

async function stagePersons(tx: Transaction, { personIds, kinds, about }: Covering): Promise<void> {
  await tx.query('drop table if exists pg_temp.covering_person, pg_temp.covering_flow, pg_temp.removed_person');
  await tx.query(
    `create temporary table covering_person (person_id bigint not null, kind text not null, about environment.setting) on commit drop`,
  );
  await tx.query('create temporary table removed_person (person_id bigint primary key) on commit drop');
  await tx.query(`insert into covering_person select distinct * from unnest($1::bigint[], $2::text[], $3::environment.setting[])`, [
    personIds,
    kinds,
    about,
  ]);
  // Without it the planner takes 175,000 persons for a handful and looks each of them up.
  await tx.query('analyze covering_person');
}

async function stageFlows(tx: Transaction, { table, flows }: RemovalTools): Promise<void> {
  const known = flows.map(({ flowNo }) => flowNo);
  // Data whose flow the register does not know any more: whatever some terms would withhold is withheld (fail closed).
  const { rows: unknown } = await tx.query<{ flowNo: number; setting: Setting }>(
    `select distinct s.flow_no as "flowNo", s.setting
     from linkage.sighting s join covering_person p on p.person_id = s.person_id
     where s.flow_no <> all ($1::integer[])`,
    [known],
  );
  const lines = [
    ...flows.flatMap((flow) =>
      [...withheldReasons(table, flow)].filter(([, reason]) => reason !== undefined).map(([kind]) => ({ kind, ...flow })),
    ),
    ...unknown.flatMap((flow) => withheldUnderSomeTerms(table, flow.setting).map((kind) => ({ kind, ...flow }))),
  ];
  await tx.query(
    'create temporary table covering_flow (kind text not null, flow_no integer not null, setting environment.setting not null) on commit drop',
  );
  await tx.query('insert into covering_flow select * from unnest($1::text[], $2::integer[], $3::environment.setting[])', [
    lines.map(({ kind }) => kind),
    lines.map(({ flowNo }) => flowNo),
    lines.map(({ setting }) => setting),
  ]);
  await tx.query('analyze covering_flow');
}

async function removeFrom(tx: Transaction, from: 'environment.event' | 'linkage.sighting'): Promise<number> {
  const { rows } = await tx.query<{ n: string }>(
    `with gone as (
       delete from ${from} t
       using (
         select distinct p.person_id, f.flow_no, f.setting
         from covering_person p join covering_flow f on f.kind = p.kind and (p.about is null or p.about = f.setting)
       ) c
       where t.person_id = c.person_id and t.flow_no = c.flow_no and t.setting = c.setting
       returning t.person_id
     ), noted as (
       insert into removed_person select distinct person_id from gone on conflict do nothing
     )
     select count(*) as n from gone`,
  );
  return Number(rows[0]?.n);
}

async function removeDerived(tx: Transaction): Promise<number> {
  let count = 0;
  for (const { table, onlyWhenNothingIsLeft } of derived) {
    const { rows } = await tx.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
    if (rows[0]?.there !== true) continue;
    const { rowCount } = await tx.query(
      `delete from ${table} d using removed_person p where d.person_id = p.person_id
       ${onlyWhenNothingIsLeft ? 'and not exists (select 1 from linkage.sighting s where s.person_id = p.person_id)' : ''}`,
    );
    count += rowCount ?? 0;
  }
  return count;
}
