import { type AuditEntry, recordAudit } from '../audit/record.ts';
import type { Queryable } from '../database/query.ts';
import { addJob } from '../jobs/add-job.ts';
import type { Setting } from '../shared/settings.ts';
import type { DeliveryState, Receipt } from './receipt.ts';

/** What a receipt counts, under the same names wherever it is. */
type Counted =
  | 'received'
  | 'landed'
  | 'updated'
  | 'unchanged'
  | 'withheld'
  | 'quarantined'
  | 'removed'
  | 'outOfScope'
  | 'dropped'
  | 'warnings'
  | 'refusals';

/** A receipt as it is stored, with what only the store and the returns need. */
export interface DeliveryRecord extends Pick<Receipt, Counted> {
  readonly deliveryNo: number;
  readonly deliveryId: string;
  readonly flowId: string;
  readonly setting: Setting | undefined;
  readonly batchId: string | undefined;
  readonly sha256: Buffer | undefined;
  readonly bytes: number;
  /** 1 for bytes that land for the first time on their flow (land-again.ts). */
  readonly timesLanded: number;
  readonly state: DeliveryState;
  readonly duplicateOf?: string;
  readonly registerVersion: number;
  /** SHA-256 of everything its records were judged by (RULE-AGAIN-1); undefined where nothing was read, or before that was kept. */
  readonly judgedBy: Buffer | undefined;
  readonly actor: string;
  readonly personsExisting: number;
  readonly personsNew: number;
  readonly numberExpected: number;
  readonly numberUsable: number;
  readonly numberVerified: number;
  readonly problemRows: number;
  readonly started: Date;
  readonly finished: Date;
}

export const nothingCounted = {
  judgedBy: undefined,
  timesLanded: 1,
  received: 0,
  landed: 0,
  updated: 0,
  unchanged: 0,
  withheld: {},
  quarantined: {},
  removed: 0,
  outOfScope: {},
  dropped: {},
  warnings: {},
  refusals: [],
  personsExisting: 0,
  personsNew: 0,
  numberExpected: 0,
  numberUsable: 0,
  numberVerified: 0,
  problemRows: 0,
} as const;

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** Takes the number of a delivery before its rows, so that rows and problems can carry it. */
export async function takeDeliveryNo(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ no: number }>(`select nextval('landing.delivery_delivery_no_seq') as no`);
  return (rows[0] as { no: number }).no;
}

/** Writes the receipt and its audit leaf, in the transaction of the delivery's effect. */
export async function recordDelivery(tx: Queryable, record: DeliveryRecord): Promise<void> {
  await tx.query(
    `insert into landing.delivery (
       delivery_no, delivery_id, flow_id, setting, batch_id, sha256, bytes, state, duplicate_of, register_version, actor,
       received, landed, updated, unchanged, withheld_total, quarantined_total, removed, withheld, quarantined, out_of_scope, dropped, warnings,
       refusals, persons_existing, persons_new, number_expected, number_usable, number_verified, problem_rows, started, finished,
       times_landed, judged_by)
     overriding system value
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
             $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)`,
    [
      record.deliveryNo,
      record.deliveryId,
      record.flowId,
      record.setting ?? null,
      record.batchId ?? null,
      record.sha256 ?? null,
      record.bytes,
      record.state,
      record.duplicateOf ?? null,
      record.registerVersion,
      record.actor,
      record.received,
      record.landed,
      record.updated,
      record.unchanged,
      sum(record.withheld),
      sum(record.quarantined),
      record.removed,
      JSON.stringify(record.withheld),
      JSON.stringify(record.quarantined),
      JSON.stringify(record.outOfScope),
      JSON.stringify(record.dropped),
      JSON.stringify(record.warnings),
      JSON.stringify(record.refusals),
      record.personsExisting,
      record.personsNew,
      record.numberExpected,
      record.numberUsable,
      record.numberVerified,
      record.problemRows,
      record.started,
      record.finished,
      record.timesLanded,
      record.judgedBy ?? null,
    ],
  );
  const leaf: AuditEntry = {
    type: `delivery.${record.state}`,
    actor: record.actor,
    subject: record.deliveryId,
    detail: {
      flow: record.flowId,
      registerVersion: record.registerVersion,
      ...(record.sha256 ? { sha256: record.sha256.toString('hex') } : {}),
      ...(record.duplicateOf ? { duplicateOf: record.duplicateOf } : {}),
      received: record.received,
      landed: record.landed,
      updated: record.updated,
      unchanged: record.unchanged,
      withheld: record.withheld,
      quarantined: record.quarantined,
      removed: record.removed,
      refusals: record.refusals.map(({ code }) => code),
    },
  };
  // The leaf says the time the receipt says, by the clock the gate judged by.
  await recordAudit(tx, leaf, { now: () => record.finished });
  await planRefresh(tx, record);
}

/** Deliveries come in bunches; the summaries are made once for a bunch, this long after its first. */
const refreshAfter = 30_000;
/** A return is made again once for everything that arrives within this time. */
const returnsAfter = 600_000;

/** Whatever changed a record changes what is known of its person: summaries and measures follow, in jobs of the same transaction. */
async function planRefresh(tx: Queryable, { state, landed, updated, removed, finished }: DeliveryRecord): Promise<void> {
  if (state !== 'landed' || landed + updated + removed === 0) return;
  const runAt = new Date(finished.getTime() + refreshAfter);
  for (const name of ['refresh-summaries', 'count-measures'] as const) await addJob(tx, name, {}, { key: name, runAt, keepRunAt: true });
  const lookAt = new Date(finished.getTime() + returnsAfter);
  await addJob(tx, 'populate-returns', {}, { key: 'populate-returns', runAt: lookAt, keepRunAt: true });
}

/** The receipt as the sender sees it. */
export function toReceipt(record: DeliveryRecord): Receipt {
  return {
    delivery: record.deliveryId,
    flow: record.flowId,
    ...(record.batchId === undefined ? {} : { batch: record.batchId }),
    sha256: record.sha256?.toString('hex') ?? '',
    state: record.state,
    received: record.received,
    landed: record.landed,
    updated: record.updated,
    unchanged: record.unchanged,
    withheld: record.withheld,
    quarantined: record.quarantined,
    removed: record.removed,
    outOfScope: record.outOfScope,
    dropped: record.dropped,
    warnings: record.warnings,
    linkage: { existing: record.personsExisting, new: record.personsNew },
    refusals: record.refusals,
    problems: `/api/deliveries/${record.deliveryId}/problems`,
    ...(record.duplicateOf === undefined ? {} : { duplicateOf: record.duplicateOf }),
    started: record.started.toISOString(),
    finished: record.finished.toISOString(),
  };
}
