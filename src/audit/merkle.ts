import { createHash } from 'node:crypto';

/**
 * Merkle trees as RFC 6962 §2.1 hashes them (RFC 9162 says the same). A leaf and a node are hashed with different
 * prefixes, so that a node can never be passed off as a leaf (second preimage).
 */
const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

export const emptyRoot = (): Buffer => createHash('sha256').digest();

export const leafHash = (leaf: Uint8Array): Buffer => createHash('sha256').update(leafPrefix).update(leaf).digest();

export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash('sha256').update(nodePrefix).update(left).update(right).digest();

/** The largest power of two smaller than `size` (size > 1): where RFC 6962 splits a tree. */
function split(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

/** Root of the tree over these leaf hashes. */
export function root(leaves: readonly Uint8Array[]): Buffer {
  const range = compactRange();
  for (const leaf of leaves) range.add(leaf);
  return range.root();
}

/** A complete subtree that the last leaf finished: level 1 has two leaves, level 2 four … */
export interface CompleteNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Buffer;
}

export interface CompactRange {
  readonly size: number;
  /** Adds one leaf hash; gives the complete subtrees it finished, from the lowest. */
  add(hash: Uint8Array): readonly CompleteNode[];
  root(): Buffer;
}

/** A tree that grows, holding only the roots of its complete subtrees: 40 hashes for a million million leaves. */
export function compactRange(): CompactRange {
  const peaks: { level: number; hash: Buffer }[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(hash) {
      const finished: CompleteNode[] = [];
      let peak: { level: number; hash: Buffer } = { level: 0, hash: Buffer.from(hash) };
      size += 1;
      for (let left = peaks.at(-1); left !== undefined && left.level === peak.level; left = peaks.at(-1)) {
        peaks.pop();
        peak = { level: peak.level + 1, hash: nodeHash(left.hash, peak.hash) };
        finished.push({ ...peak, index: size / 2 ** peak.level - 1 });
      }
      peaks.push(peak);
      return finished;
    },
    root: () => (peaks.length === 0 ? emptyRoot() : peaks.map(({ hash }) => hash).reduceRight((right, left) => nodeHash(left, right))),
  };
}

/** Proof that leaf `index` is in the tree of these leaves (RFC 6962 §2.1.1), from the leaf upwards. */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Buffer[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) throw new RangeError('no such leaf in this tree');
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return index < k
    ? [...inclusionProof(leaves.slice(0, k), index), root(leaves.slice(k))]
    : [...inclusionProof(leaves.slice(k), index - k), root(leaves.slice(0, k))];
}

/** Proof that the tree of the first `size` leaves is a beginning of this one (RFC 6962 §2.1.2). */
export function consistencyProof(leaves: readonly Uint8Array[], size: number): Buffer[] {
  if (!Number.isSafeInteger(size) || size < 0 || size > leaves.length) throw new RangeError('no such earlier tree');
  return size === 0 || size === leaves.length ? [] : subProof(leaves, size, true);
}

function subProof(leaves: readonly Uint8Array[], size: number, whole: boolean): Buffer[] {
  if (size === leaves.length) return whole ? [] : [root(leaves)];
  const k = split(leaves.length);
  return size <= k
    ? [...subProof(leaves.slice(0, k), size, whole), root(leaves.slice(k))]
    : [...subProof(leaves.slice(k), size - k, false), root(leaves.slice(0, k))];
}
