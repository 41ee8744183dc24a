import type { Queryable } from '../database/query.ts';

export interface StepProgress {
  readonly step: string;
  readonly before: number;
  readonly destroyed: number;
  readonly remaining: number | undefined;
  readonly cursor: string | undefined;
  readonly done: boolean;
}

interface Row {
  step: string;
  before: number;
  destroyed: number;
  remaining: number | null;
  cursor: string | null;
  done: boolean;
}

/** How far each table is. */
export async function readProgress(db: Queryable, destructionId: string): Promise<ReadonlyMap<string, StepProgress>> {
  const { rows } = await db.query<Row>(
    'select step, before, destroyed, remaining, cursor, done from destruction.progress where destruction_id = $1 order by step',
    [destructionId],
  );
  return new Map(rows.map((row) => [row.step, { ...row, remaining: row.remaining ?? undefined, cursor: row.cursor ?? undefined }]));
}

/** Begins a table with the rows there are. Begun already, it keeps what it first counted. */
export const beginStep = (tx: Queryable, destructionId: string, step: string, before: number): Promise<unknown> =>
  tx.query('insert into destruction.progress (destruction_id, step, before) values ($1, $2, $3) on conflict do nothing', [
    destructionId,
    step,
    before,
  ]);

/** Counts one batch, in the transaction that deleted it. */
export const countBatch = (
  tx: Queryable,
  destructionId: string,
  step: string,
  batch: { readonly destroyed: number; readonly found?: number; readonly cursor?: string },
): Promise<unknown> =>
  tx.query(
    `insert into destruction.progress as p (destruction_id, step, before, destroyed, cursor) values ($1, $2, $3, $4, $5)
     on conflict (destruction_id, step) do update
        set before = p.before + excluded.before, destroyed = p.destroyed + excluded.destroyed, cursor = coalesce(excluded.cursor, p.cursor)`,
    [destructionId, step, batch.found ?? 0, batch.destroyed, batch.cursor ?? null],
  );

/** Ends a table with the rows that are left. The cursor goes: it is the key of a record that is gone. */
export const endStep = (tx: Queryable, destructionId: string, step: string, remaining: number): Promise<unknown> =>
  tx.query('update destruction.progress set done = true, remaining = $3, cursor = null where destruction_id = $1 and step = $2', [
    destructionId,
    step,
    remaining,
  ]);
