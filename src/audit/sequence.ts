import type { Queryable } from '../database/query.ts';

export interface TreeHead {
  readonly size: number;
  /** Root hash, lower-case hexadecimal. */
  readonly root: string;
}

/** Entries integrated by one call: bounds the time the tree's row lock is held. */
const batchSize = 50_000;

/**
 * Gives every committed entry its place in the Merkle tree (audit.integrate does it, under the lock of the tree's row).
 * `haven serve` calls it every second; a command that ends calls it once. Safe to call from any number of processes.
 */
export async function sequenceAudit(pool: Queryable): Promise<TreeHead> {
  for (;;) {
    const { rows } = await pool.query<{ size: string; root: Buffer; added: string }>('select size, root, added from audit.integrate($1)', [
      batchSize,
    ]);
    const head = rows[0];
    if (!head) throw new Error('audit.integrate returned no tree head');
    if (Number(head.added) < batchSize) return { size: Number(head.size), root: head.root.toString('hex') };
  }
}
