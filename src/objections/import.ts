import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { recordAudit } from '../audit/record.ts';
import { type Transaction, transaction } from '../database/query.ts';
import { applyWaiting } from './apply.ts';
import type { ArrivingRows } from './arriving.ts';
import type { ObjectionKind } from './kinds.ts';
import { noDeliveriesNow, waitForDeliveries } from './lock.ts';
import { type Recorded, recordObjections } from './record.ts';
import type { RemovalTools, Removed } from './remove.ts';

export interface ImportOptions extends RemovalTools {
  /** The kind the whole file is about, where it has no column that says so. */
  readonly kind?: ObjectionKind;
  readonly place?: string;
}

/** `received = recorded + unchanged + quarantined`, to the row. */
export interface ImportReceipt extends Recorded {
  readonly importId: string;
  readonly kind?: ObjectionKind;
  readonly removed: Removed;
  /** Says what a withdrawal does and does not do, where the list had one. */
  readonly note?: string;
  readonly started: string;
  readonly finished: string;
}

/** On every receipt with a withdrawal: nobody shall think that what was removed is back. */
export const withdrawalNote =
  'Withdrawing an objection acts on data that arrive from now on. What was removed does not come back by itself: it lands again when its sender delivers it again.';

/**
 * Records a list of objections and removes what they cover. It runs inside the black box, which has already turned NHS
 * numbers into landing pseudonyms. Where nobody is adding rows, all of it is one transaction. Where a delivery is under
 * way there are two: first the objections are recorded, all or none, and seen by every delivery and read from then on;
 * then, behind the deliveries still running, what they cover is removed (lock.ts). A crash between the two loses nothing:
 * the next import, or the daily job, takes the removal up again.
 */
export async function importObjections(pool: Pool, rows: ArrivingRows, options: ImportOptions): Promise<ImportReceipt> {
  const importId = randomUUID();
  const started = options.clock.now();
  const finish = async (tx: Transaction): Promise<{ removed: Removed; finished: Date }> => {
    const removed = await applyWaiting(tx, options, importId);
    const finished = options.clock.now();
    await tx.query(
      `update objections.import set state = 'applied', finished = $2, removed_events = $3, removed_sightings = $4,
         removed_derived = $5, persons = $6 where import_id = $1`,
      [importId, finished, removed.events, removed.sightings, removed.derived, removed.persons],
    );
    return { removed, finished };
  };
  const { counted, applied } = await transaction(pool, async (tx) => {
    const counted = await recordObjections(tx, rows, options);
    await recordImport(tx, { importId, started, counted, actor: options.actor, kind: options.kind, place: options.place }, options);
    return { counted, applied: (await noDeliveriesNow(tx)) ? await finish(tx) : undefined };
  });
  const { removed, finished } =
    applied ??
    (await transaction(pool, async (tx) => {
      await waitForDeliveries(tx);
      return finish(tx);
    }));
  return {
    importId,
    ...(options.kind === undefined ? {} : { kind: options.kind }),
    ...counted,
    removed,
    ...(counted.withdrawn > 0 ? { note: withdrawalNote } : {}),
    started: started.toISOString(),
    finished: finished.toISOString(),
  };
}

export interface ImportRecord {
  readonly importId: string;
  readonly started: Date;
  readonly counted: Recorded;
  readonly actor: string;
  readonly kind?: ObjectionKind | undefined;
  readonly place?: string | undefined;
  /** Where the objections came in the records of a delivery. */
  readonly delivery?: { readonly flowNo: number; readonly deliveryNo: number };
}

/** Keeps what one list did, and its audit leaf: counts only. */
export async function recordImport(tx: Transaction, record: ImportRecord, { clock }: Pick<RemovalTools, 'clock'>): Promise<void> {
  const { importId, started, actor, kind, place, delivery } = record;
  const { problems: _rows, ...counted } = record.counted;
  const quarantined = Object.values(counted.quarantined).reduce((sum, n) => sum + n, 0);
  await tx.query(
    `insert into objections.import (import_id, kind, place, actor, received, recorded, withdrawn, unchanged, quarantined_total, quarantined,
       started, flow_no, delivery_no)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      ...[importId, kind ?? null, place ?? null, actor, counted.received, counted.recorded, counted.withdrawn, counted.unchanged],
      ...[quarantined, JSON.stringify(counted.quarantined), started, delivery?.flowNo ?? null, delivery?.deliveryNo ?? null],
    ],
  );
  await recordAudit(tx, { type: 'objection.imported', actor, subject: importId, detail: { ...counted, ...delivery } }, clock);
}
