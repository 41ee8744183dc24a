import type { Queryable } from '../database/query.ts';
import type { Setting } from '../shared/settings.ts';
import { rememberTombstones } from './tombstones.ts';

export interface MergeScope {
  readonly setting: Setting;
  readonly flowNo: number;
  readonly deliveryNo: number;
}

export interface MergeCounts {
  landed: number;
  updated: number;
  unchanged: number;
  /** Rows older than what is stored: last writer by source timestamp wins, and the row says so. */
  stale: number;
  /** Of `updated`: records taken away by a tombstone. */
  deleted: number;
  /** Records taken away because what the sender says of them now may not land. */
  withdrawn: number;
  /** Rows whose record stands in the file more than once, with the same content and with another. */
  repeatedIdentical: number;
  repeatedReplaced: number;
}

/** What the staged rows may hold; each costs a statement, so it is only asked when it can be the case. */
export interface MergeHints {
  readonly repeats: boolean;
  readonly tombstones: boolean;
  readonly remember: boolean;
  /** Lines the row report still has room for. */
  readonly reportable: number;
}

const content = 'person_id, started_at, ended_at, ready_on, cost_pence, kind, provider, period, codes, attributes';
const prefixed = (alias: string): string =>
  content
    .split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');

/**
 * The record of a key, by a probe of its index: `offset 0` keeps the planner from turning the question round. A vacuum in
 * the middle of a large delivery believes the table empty, and a join planned on that would compare every row with every row.
 */
export const recordOf = (key: string, setting: string): string =>
  `select k.* from environment.event k where k.setting = ${setting}::environment.setting and k.source_key = ${key} offset 0`;

const repeatRule = `case when identical then 'REPEATED_IDENTICAL' else 'REPEATED_REPLACED' end`;
const repeatGuidance = `case when identical then 'The same record stands in the file more than once; it counts once.'
                else 'Another row of the file has the same source id; the later one was kept.' end`;

/**
 * Rows of one key within the stage: the last by source timestamp, then by order, stays; the others are counted and
 * reported, identical ones as unchanged, different ones as updated by the one that stays.
 */
const foldRepeats = `
  with ranked as (
    select ctid as at, first_value(ctid) over same as keeper, row_number() over same as place
      from stage
    window same as (partition by source_key order by source_at desc nulls last, row_no desc)
  ), dropped as (
    delete from stage s using ranked r where s.ctid = r.at and r.place > 1
    returning s.row_no, s.person_id, s.withheld, r.keeper, (${prefixed('s')}, s.deleted) as content
  ), noted as (
    insert into bereft select distinct person_id from dropped
  ), compared as (
    select d.row_no, d.content is not distinct from (${prefixed('k')}, k.deleted) as identical
      from dropped d join stage k on k.ctid = d.keeper
     where not d.withheld
  ), reported as (
    insert into landing.problem (delivery_no, row_no, field, rule, severity, guidance)
    select $1, row_no, '', ${repeatRule}, 'warning', ${repeatGuidance}
      from compared order by row_no limit $2
  )
  select count(*) filter (where identical)::int as identical, count(*) filter (where not identical)::int as replaced from compared`;

/**
 * Moves the staged rows into the environment, set by set: fold repeats, apply tombstones, update what changed, insert what
 * is new in key order. A record is found by its source key alone, so one whose date or person changed is moved, not doubled.
 * The stage is empty afterwards. One delivery of a flow runs at a time (its lock), so no row can slip between the steps.
 */
export async function mergeStage(tx: Queryable, scope: MergeScope, hints: MergeHints): Promise<MergeCounts> {
  const counts: MergeCounts = {
    landed: 0,
    updated: 0,
    unchanged: 0,
    stale: 0,
    deleted: 0,
    withdrawn: 0,
    repeatedIdentical: 0,
    repeatedReplaced: 0,
  };
  if (hints.remember)
    await tx.query('insert into seen (source_key, period) select case when not withheld then source_key end, period from stage');
  if (hints.repeats) {
    const { rows } = await tx.query<{ identical: number; replaced: number }>(foldRepeats, [scope.deliveryNo, hints.reportable]);
    counts.repeatedIdentical = rows[0]?.identical ?? 0;
    counts.repeatedReplaced = rows[0]?.replaced ?? 0;
    counts.unchanged += counts.repeatedIdentical;
    counts.updated += counts.repeatedReplaced;
  }
  // Without fresh statistics the planner would use the plan for a small table on a large one. How large is all it needs, and
  // of other columns it would keep examples, in a catalogue that outlives the rows.
  await tx.query('analyze stage (row_no)');
  if (hints.tombstones) {
    await rememberTombstones(tx);
    const { rows: removed } = await tx.query<{ deleted: number; withdrawn: number }>(
      `with gone as materialized (
         select e.person_id, e.delivery_no, s.withheld, s.source_key, s.setting, s.flow_no, s.source_at
           from stage s cross join lateral (${recordOf('s.source_key', '$1')}) e
          where s.deleted and (e.source_at is null or s.source_at is null or s.source_at >= e.source_at)
       ), taken as (
         delete from environment.event e
          where e.setting = $1::environment.setting and e.source_key = any (array(select source_key from gone))
       ), noted as (
         insert into bereft select person_id from gone
       ), remembered as (
         -- A record that may not land any more is not brought back by an older form of it either; what this very file
         -- landed a moment before was never anybody's record.
         insert into landing.tombstone as t (source_key, setting, flow_no, source_at)
         select source_key, setting, flow_no, source_at from gone
          where withheld and source_at is not null and delivery_no <> $2 order by source_key
         on conflict (flow_no, source_key) do update set source_at = greatest(t.source_at, excluded.source_at)
       )
       select count(*) filter (where not withheld)::int as deleted, count(*) filter (where withheld)::int as withdrawn from gone`,
      [scope.setting, scope.deliveryNo],
    );
    const { rows: tombstones } = await tx.query<{ counted: number }>(
      'with gone as (delete from stage where deleted returning withheld) select count(*) filter (where not withheld)::int as counted from gone',
    );
    counts.deleted = removed[0]?.deleted ?? 0;
    counts.withdrawn = removed[0]?.withdrawn ?? 0;
    counts.updated += counts.deleted;
    counts.unchanged += (tombstones[0]?.counted ?? 0) - counts.deleted;
  }
  const found = await compare(tx, scope);
  if (found.repeated > 0) {
    await reportRepeats(tx, scope, Math.max(0, hints.reportable - counts.repeatedIdentical - counts.repeatedReplaced));
    counts.repeatedIdentical += found.repeatedSame;
    counts.repeatedReplaced += found.repeated - found.repeatedSame;
  }
  if (found.moved > 0) await tx.query('insert into bereft select unnest(array[was_of, now_of]) from matched where was_of <> now_of');
  if (found.changed > 0) await update(tx, scope);
  if (found.staged > found.matched) counts.landed = await insertNew(tx, scope);
  if (found.confirmed > 0) await confirm(tx, scope);
  counts.updated += found.changed;
  counts.unchanged += found.matched - found.changed;
  counts.stale = found.stale;
  await tx.query('truncate matched');
  await tx.query('truncate stage');
  return counts;
}

interface Found {
  readonly staged: number;
  /** Rows whose record is there already, and of them: changed by the row, moved to another person, and so on. */
  readonly matched: number;
  readonly changed: number;
  readonly moved: number;
  readonly repeated: number;
  readonly repeatedSame: number;
  readonly confirmed: number;
  readonly stale: number;
}

/** Holds the staged rows against the records they are about, once, into `matched`; everything after asks only that. */
async function compare(tx: Queryable, { setting, deliveryNo }: MergeScope): Promise<Found> {
  await tx.query(
    `insert into matched
     select s.row_no, s.source_key, e.person_id, s.person_id, e.delivery_no = $2, (${prefixed('e')}) is distinct from (${prefixed('s')}),
            e.source_at is null or s.source_at is null or s.source_at >= e.source_at,
            s.source_at > e.source_at or (e.source_at is null and s.source_at is not null)
       from stage s cross join lateral (${recordOf('s.source_key', '$1')}) e`,
    [setting, deliveryNo],
  );
  const { rows } = await tx.query<Found>(
    `select (select count(*) from stage)::int as staged, count(*)::int as matched, (count(*) filter (where differs and wins))::int as changed,
            (count(*) filter (where was_of <> now_of))::int as moved, (count(*) filter (where repeated))::int as repeated,
            (count(*) filter (where repeated and not differs))::int as "repeatedSame",
            (count(*) filter (where confirms))::int as confirmed, (count(*) filter (where not wins))::int as stale
       from matched`,
  );
  return rows[0] as Found;
}

/** What this very delivery landed before is a repeat within the file, though the stage never saw the first of the two. */
const reportRepeats = (tx: Queryable, { deliveryNo }: MergeScope, reportable: number): Promise<unknown> =>
  tx.query(
    `insert into landing.problem (delivery_no, row_no, field, rule, severity, guidance)
     select $1, row_no, '', ${repeatRule}, 'warning', ${repeatGuidance} from (select row_no, not differs as identical from matched where repeated order by row_no limit $2) r`,
    [deliveryNo, reportable],
  );

/** Every one of these records is there, so all of them conflict: the way to a record by its key that no plan can miss. */
const update = (tx: Queryable, { setting, deliveryNo, flowNo }: MergeScope): Promise<unknown> =>
  tx.query(
    `insert into environment.event as e (${content}, source_key, source_at, flow_no, delivery_no, setting)
     select ${prefixed('s')}, s.source_key, s.source_at, $3, $2, $1::environment.setting
       from stage s join matched m using (source_key) where m.differs and m.wins order by s.source_key
     on conflict (source_key, setting) do update
        set (${content}, source_at, delivery_no, flow_no) = row(${prefixed('excluded')}, coalesce(excluded.source_at, e.source_at), excluded.delivery_no, excluded.flow_no)`,
    [setting, deliveryNo, flowNo],
  );

async function insertNew(tx: Queryable, { setting, deliveryNo, flowNo }: MergeScope): Promise<number> {
  const { rowCount } = await tx.query(
    `insert into environment.event (${content}, source_key, source_at, flow_no, delivery_no, setting)
     select ${prefixed('s')}, s.source_key, s.source_at, $2, $3, $1::environment.setting
       from stage s where not exists (select from matched m where m.source_key = s.source_key) order by s.source_key`,
    [setting, flowNo, deliveryNo],
  );
  return rowCount ?? 0;
}

/** A record its source confirmed later is as new as that: what was written in between has lost to it. */
const confirm = (tx: Queryable, { setting }: MergeScope): Promise<unknown> =>
  tx.query(
    `insert into environment.event as e (${content}, source_key, source_at, flow_no, delivery_no, setting)
     select ${prefixed('s')}, s.source_key, s.source_at, s.flow_no, s.delivery_no, $1::environment.setting
       from stage s join matched m using (source_key) where m.confirms and not (m.differs and m.wins) order by s.source_key
     on conflict (source_key, setting) do update set source_at = excluded.source_at`,
    [setting],
  );

/** Removes what a full snapshot, or the latest submission for a period, no longer holds. Returns the rows removed. */
export async function removeUnseen(tx: Queryable, scope: MergeScope, rule: 'full-snapshot' | 'latest-submission'): Promise<number> {
  await tx.query('create index on seen (source_key)');
  await tx.query('analyze seen');
  const periods =
    rule === 'full-snapshot'
      ? ''
      : // The periods this delivery speaks of, landed or not: never one that a record it could not use was reported in before.
        `and e.period in (select period from seen union
           select k.period from environment.event k where k.setting = $1::environment.setting and k.flow_no = $2 and k.delivery_no = $3)`;
  const { rows } = await tx.query<{ removed: number }>(
    `with gone as (
       delete from environment.event e
        where e.setting = $1::environment.setting and e.flow_no = $2 and $3::bigint is not null ${periods}
          and not exists (select from seen where seen.source_key = e.source_key)
       returning e.person_id
     ), noted as (
       insert into bereft select person_id from gone
     )
     select count(*)::int as removed from gone`,
    [scope.setting, scope.flowNo, scope.deliveryNo],
  );
  return rows[0]?.removed ?? 0;
}
