import type { Queryable } from '../database/query.ts';
import type { Issue } from '../feeds/record.ts';
import type { Refusal } from '../register/terms.ts';
import type { Setting } from '../shared/settings.ts';
import type { DeliveryState, Receipt } from './receipt.ts';
import { type DeliveryRecord, toReceipt } from './record-delivery.ts';

interface DeliveryRow {
  delivery_no: number;
  delivery_id: string;
  flow_id: string;
  setting: Setting | null;
  batch_id: string | null;
  sha256: Buffer | null;
  bytes: number;
  times_landed: number;
  state: DeliveryState;
  duplicate_of: string | null;
  register_version: number;
  judged_by: Buffer | null;
  actor: string;
  received: number;
  landed: number;
  updated: number;
  unchanged: number;
  withheld: Record<string, number>;
  quarantined: Record<string, number>;
  removed: number;
  out_of_scope: Record<string, number>;
  dropped: Record<string, number>;
  warnings: Record<string, number>;
  refusals: Refusal[];
  persons_existing: number;
  persons_new: number;
  number_expected: number;
  number_usable: number;
  number_verified: number;
  problem_rows: number;
  started: Date;
  finished: Date;
}

const toRecord = (row: DeliveryRow): DeliveryRecord => ({
  deliveryNo: row.delivery_no,
  deliveryId: row.delivery_id,
  flowId: row.flow_id,
  setting: row.setting ?? undefined,
  batchId: row.batch_id ?? undefined,
  sha256: row.sha256 ?? undefined,
  bytes: row.bytes,
  timesLanded: row.times_landed,
  state: row.state,
  ...(row.duplicate_of === null ? {} : { duplicateOf: row.duplicate_of }),
  registerVersion: row.register_version,
  judgedBy: row.judged_by ?? undefined,
  actor: row.actor,
  received: row.received,
  landed: row.landed,
  updated: row.updated,
  unchanged: row.unchanged,
  withheld: row.withheld,
  quarantined: row.quarantined,
  removed: row.removed,
  outOfScope: row.out_of_scope,
  dropped: row.dropped,
  warnings: row.warnings,
  refusals: row.refusals,
  personsExisting: row.persons_existing,
  personsNew: row.persons_new,
  numberExpected: row.number_expected,
  numberUsable: row.number_usable,
  numberVerified: row.number_verified,
  problemRows: row.problem_rows,
  started: row.started,
  finished: row.finished,
});

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The receipt of a delivery, or undefined; an id that is no id is simply not found. */
export async function findReceipt(db: Queryable, deliveryId: string): Promise<Receipt | undefined> {
  if (!uuid.test(deliveryId)) return undefined;
  const { rows } = await db.query<DeliveryRow>('select * from landing.delivery where delivery_id = $1', [deliveryId]);
  return rows[0] && toReceipt(toRecord(rows[0]));
}

/** Newest first. */
export async function listReceipts(db: Queryable, limit = 100): Promise<Receipt[]> {
  const { rows } = await db.query<DeliveryRow>('select * from landing.delivery order by delivery_no desc limit $1', [limit]);
  return rows.map((row) => toReceipt(toRecord(row)));
}

/** The newest landed delivery of these bytes, or of this batch id, on this flow; what it brought may have been destroyed, then there is none. */
export async function findLanded(
  db: Queryable,
  flowId: string,
  by: { readonly sha256: Buffer } | { readonly batchId: string },
): Promise<DeliveryRecord | undefined> {
  const { rows } =
    'sha256' in by
      ? await db.query<DeliveryRow>(
          `select * from landing.delivery where flow_id = $1 and sha256 = $2 and state = 'landed' and destruction_id is null
            order by times_landed desc limit 1`,
          [flowId, by.sha256],
        )
      : await db.query<DeliveryRow>(
          `select * from landing.delivery where flow_id = $1 and batch_id = $2 and state = 'landed' and destruction_id is null
            order by times_landed desc limit 1`,
          [flowId, by.batchId],
        );
  return rows[0] && toRecord(rows[0]);
}

const pageSize = 5_000;

/** The row report in row order, page by page: row, field, rule, severity, guidance, and never a value. */
export async function* readProblems(db: Queryable, deliveryId: string): AsyncGenerator<Issue> {
  if (!uuid.test(deliveryId)) return;
  let after = { row: -1, at: '(0,0)' };
  for (;;) {
    const { rows } = await db.query<{
      row_no: number;
      field: string;
      rule: string;
      severity: 'error' | 'warning';
      guidance: string;
      at: string;
    }>(
      `select p.row_no, p.field, p.rule, p.severity, p.guidance, p.ctid::text as at
         from landing.problem p join landing.delivery d using (delivery_no)
        where d.delivery_id = $1 and (p.row_no, p.ctid) > ($2, $3::tid)
        order by p.row_no, p.ctid limit $4`,
      [deliveryId, after.row, after.at, pageSize],
    );
    for (const { row_no: row, field, rule, severity, guidance } of rows) yield { row, field, rule, severity, guidance };
    const last = rows.at(-1);
    if (!last || rows.length < pageSize) return;
    after = { row: last.row_no, at: last.at };
  }
}
