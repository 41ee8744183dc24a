import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { recordAudit } from '../audit/record.ts';
import { type Transaction, transaction } from '../database/query.ts';
import { localDate } from '../shared/clock.ts';
import { applyObjections } from './apply.ts';
import { type ArrivingObjection, type CheckedObjection, checkObjection, type UnusableRow } from './arriving.ts';
import type { ObjectionKind } from './kinds.ts';
import type { RemovalTools, Removed } from './remove.ts';

export interface ImportOptions extends RemovalTools {
  /** The kind the whole file is about, where it has no column that says so. */
  readonly kind?: ObjectionKind;
  readonly place?: string;
}

/** `received = recorded + unchanged + quarantined`, to the row. */
export interface ImportReceipt {
  readonly importId: string;
  readonly kind?: ObjectionKind;
  readonly received: number;
  readonly recorded: number;
  readonly unchanged: number;
  readonly quarantined: Readonly<Record<string, number>>;
  readonly removed: Removed;
  readonly started: string;
  readonly finished: string;
}

type Counted = Pick<ImportReceipt, 'received' | 'recorded' | 'unchanged' | 'quarantined'>;

/** Rows that go to the database at once; bounds memory whatever the length of the list. */
const chunk = 5_000;

/**
 * Records a list of objections and removes what they cover. It runs inside the black box, which has already turned NHS
 * numbers into landing pseudonyms. Two transactions: first the objections are recorded, all or none, and seen by every
 * delivery and read from then on; then, behind the deliveries still running, what they cover is removed (lock.ts). A
 * crash between the two loses nothing: the next import, or the daily job, takes the removal up again.
 */
export async function importObjections(
  pool: Pool,
  rows: AsyncIterable<ArrivingObjection | UnusableRow>,
  options: ImportOptions,
): Promise<ImportReceipt> {
  const importId = randomUUID();
  const started = options.clock.now();
  const counted = await transaction(pool, async (tx) => {
    const counts = await record(tx, rows, options);
    await tx.query(
      `insert into objections.import (import_id, kind, place, actor, received, recorded, unchanged, quarantined_total, quarantined, started)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        importId,
        options.kind ?? null,
        options.place ?? null,
        options.actor,
        counts.received,
        counts.recorded,
        counts.unchanged,
        counts.received - counts.recorded - counts.unchanged,
        JSON.stringify(counts.quarantined),
        started,
      ],
    );
    await recordAudit(tx, { type: 'objection.imported', actor: options.actor, subject: importId, detail: { ...counts } }, options.clock);
    return counts;
  });
  const { removed, finished } = await transaction(pool, async (tx) => {
    const removed = await applyObjections(tx, options);
    const finished = options.clock.now();
    await tx.query(
      `update objections.import set state = 'applied', finished = $2, removed_events = $3, removed_sightings = $4,
         removed_derived = $5, persons = $6 where import_id = $1`,
      [importId, finished, removed.events, removed.sightings, removed.derived, removed.persons],
    );
    return { removed, finished };
  });
  const kind = options.kind === undefined ? {} : { kind: options.kind };
  return { importId, ...kind, ...counted, removed, started: started.toISOString(), finished: finished.toISOString() };
}

async function record(tx: Transaction, rows: AsyncIterable<ArrivingObjection | UnusableRow>, options: ImportOptions): Promise<Counted> {
  await tx.query(
    `create temporary table arrived (
       row_no bigint generated always as identity, landing_pseudonym text collate "C", kind text, set_on date, withdrawn_on date,
       source text, about environment.setting, evidence text, decided_by text
     ) on commit drop`,
  );
  let received = 0;
  let waiting: CheckedObjection[] = [];
  const quarantined: Record<string, number> = {};
  for await (const row of rows) {
    received += 1;
    const checked = 'quarantine' in row ? row : checkObjection(row);
    if ('quarantine' in checked) {
      quarantined[checked.quarantine] = (quarantined[checked.quarantine] ?? 0) + 1;
      continue;
    }
    waiting.push(checked);
    if (waiting.length === chunk) {
      await stage(tx, waiting);
      waiting = [];
    }
  }
  if (waiting.length > 0) await stage(tx, waiting);
  await tx.query('analyze arrived');
  const recorded = await merge(tx, options);
  const unusable = Object.values(quarantined).reduce((sum, n) => sum + n, 0);
  return { received, recorded, unchanged: received - unusable - recorded, quarantined };
}

async function stage(tx: Transaction, rows: readonly CheckedObjection[]): Promise<void> {
  await tx.query(
    `insert into arrived (landing_pseudonym, kind, set_on, withdrawn_on, source, about, evidence, decided_by)
     select * from unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::text[], $6::environment.setting[], $7::text[], $8::text[])`,
    [
      rows.map((row) => row.landingPseudonym),
      rows.map((row) => row.kind),
      rows.map((row) => row.setOn),
      rows.map((row) => row.withdrawnOn),
      rows.map((row) => row.source),
      rows.map((row) => row.about),
      rows.map((row) => row.evidence),
      rows.map((row) => row.decidedBy),
    ],
  );
}

/** Adds what is new and what changed; gives how many rows that was. Sending a list again, or an older one, changes nothing. */
async function merge(tx: Transaction, { clock, place }: ImportOptions): Promise<number> {
  const at = localDate(clock.now());
  // A list without dates says "in force": news only where it is not in force already.
  await tx.query(
    `delete from arrived a using objections.objection o
     where a.set_on is null and o.landing_pseudonym = a.landing_pseudonym and o.kind = a.kind and o.source = a.source
       and o.set_on <= $1::date and (o.withdrawn_on is null or o.withdrawn_on > $1::date)`,
    [at],
  );
  const { rowCount } = await tx.query(
    `insert into objections.objection as o
       (landing_pseudonym, kind, set_on, withdrawn_on, source, about, evidence, decided_by, place, recorded_at)
     select distinct on (a.landing_pseudonym, a.kind, coalesce(a.set_on, $1::date), a.source)
       a.landing_pseudonym, a.kind, coalesce(a.set_on, $1::date), a.withdrawn_on, a.source, a.about, a.evidence, a.decided_by, $2, $3
     from arrived a
     order by a.landing_pseudonym, a.kind, coalesce(a.set_on, $1::date), a.source, a.withdrawn_on desc nulls last, a.row_no
     on conflict on constraint objection_said_once do update
       -- Silence never takes a withdrawal back, and of two withdrawals the later holds: the order of lists does not matter.
       set withdrawn_on = greatest(o.withdrawn_on, excluded.withdrawn_on), applied_at = null
       where greatest(o.withdrawn_on, excluded.withdrawn_on) is distinct from o.withdrawn_on`,
    [at, place ?? null, clock.now()],
  );
  return rowCount ?? 0;
}
