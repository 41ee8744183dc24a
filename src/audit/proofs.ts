import type { Queryable } from '../database/query.ts';
import { GatewayError } from '../shared/errors.ts';
import { originOf } from './checkpoint.ts';
import { foldSubtrees } from './merkle.ts';
import { completeSubtrees, consistencyRanges, inclusionRanges, type LeafRange, type NodePlace } from './tree-ranges.ts';

/** What the log says its head is. */
export interface LogHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

export async function readHead(db: Queryable): Promise<LogHead> {
  const { rows } = await db.query<{ log_id: string; size: string; root: Buffer }>('select log_id, size, root from audit.tree');
  const row = rows[0];
  if (row === undefined) throw new GatewayError('AUDIT_LOG_BROKEN', 'The audit log has no head. Restore it from backup.', { status: 500 });
  return { origin: originOf(row.log_id), size: Number(row.size), root: row.root };
}

/** Stored hashes of leaves (level 0) and complete subtrees, in the order asked for, in one round trip. */
export async function readHashes(db: Queryable, places: readonly NodePlace[]): Promise<readonly (Buffer | undefined)[]> {
  const { rows } = await db.query<{ hash: Buffer | null }>('select hash from audit.hashes($1, $2)', [
    places.map(({ level }) => level),
    places.map(({ index }) => index),
  ]);
  return rows.map(({ hash }) => hash ?? undefined);
}

/** Roots of these ranges of leaves, from O(log n) stored hashes. */
async function readRoots(db: Queryable, ranges: readonly LeafRange[]): Promise<readonly Buffer[]> {
  const parts = ranges.map(completeSubtrees);
  const hashes = await readHashes(db, parts.flat());
  if (hashes.includes(undefined)) {
    throw new GatewayError('AUDIT_LOG_BROKEN', 'Hashes of the log are missing. Run `haven audit verify` and keep its findings.', {
      status: 500,
    });
  }
  let taken = 0;
  return parts.map((places) => {
    const root = foldSubtrees(hashes.slice(taken, taken + places.length) as Buffer[]);
    taken += places.length;
    return root;
  });
}

export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Buffer;
  readonly proof: readonly Buffer[];
}

export interface ConsistencyProof {
  readonly from: number;
  readonly to: number;
  readonly proof: readonly Buffer[];
}

const outside = (): GatewayError =>
  new GatewayError('PROOF_OUTSIDE_THE_LOG', 'The log has no such leaf or no such size. Its newest checkpoint says how large it is.', {
    status: 404,
  });

async function checkSize(db: Queryable, size: number): Promise<void> {
  if (!Number.isSafeInteger(size) || size < 0 || size > (await readHead(db)).size) throw outside();
}

/** Proof that leaf `index` is in the tree of the first `size` leaves. @throws GatewayError PROOF_OUTSIDE_THE_LOG */
export async function proveInclusion(db: Queryable, index: number, size: number): Promise<InclusionProof> {
  await checkSize(db, size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw outside();
  const [leafHash, ...proof] = await readRoots(db, [{ from: index, to: index + 1 }, ...inclusionRanges(index, size)]);
  return { index, size, leafHash: leafHash as Buffer, proof };
}

/** The same for many leaves of one tree, in one round trip and in the order asked for. @throws GatewayError PROOF_OUTSIDE_THE_LOG */
export async function proveInclusions(db: Queryable, indexes: readonly number[], size: number): Promise<readonly InclusionProof[]> {
  await checkSize(db, size);
  if (indexes.some((index) => !Number.isSafeInteger(index) || index < 0 || index >= size)) throw outside();
  const asked = indexes.map((index) => [{ from: index, to: index + 1 }, ...inclusionRanges(index, size)]);
  const roots = await readRoots(db, asked.flat());
  let taken = 0;
  return asked.map((ranges, at) => {
    const [leafHash, ...proof] = roots.slice(taken, taken + ranges.length);
    taken += ranges.length;
    return { index: indexes[at] as number, size, leafHash: leafHash as Buffer, proof };
  });
}

/** Proof that the first `from` leaves of the tree of `to` leaves were not changed. @throws GatewayError PROOF_OUTSIDE_THE_LOG */
export async function proveConsistency(db: Queryable, from: number, to: number): Promise<ConsistencyProof> {
  await checkSize(db, to);
  if (!Number.isSafeInteger(from) || from < 0 || from > to) throw outside();
  return { from, to, proof: await readRoots(db, consistencyRanges(from, to)) };
}

/** Roots of the complete subtrees of the first `size` leaves, the largest first: enough to go on from there. */
export async function readSubtrees(db: Queryable, size: number): Promise<readonly Buffer[]> {
  return readRoots(
    db,
    completeSubtrees({ from: 0, to: size }).map(({ level, index }) => ({ from: index * 2 ** level, to: (index + 1) * 2 ** level })),
  );
}
