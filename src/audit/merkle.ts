import { createHash } from 'node:crypto';
import { completeSubtrees, consistencyRanges, inclusionRanges, type NodePlace } from './tree-ranges.ts';

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

/** Root of the tree over these leaf hashes. */
export function root(leaves: readonly Uint8Array[]): Buffer {
  const range = compactRange();
  for (const leaf of leaves) range.add(leaf);
  return range.root();
}

/** A complete subtree that the last leaf finished: level 1 has two leaves, level 2 four … */
export interface CompleteNode extends NodePlace {
  readonly hash: Buffer;
}

export interface CompactRange {
  readonly size: number;
  /** Adds one leaf hash; gives the complete subtrees it finished, from the lowest. */
  add(hash: Uint8Array): readonly CompleteNode[];
  root(): Buffer;
}

/**
 * A tree that grows, holding only the roots of its complete subtrees: 40 hashes for a million million leaves.
 * @param begun a tree to go on with: its size and the roots of its complete subtrees, as `completeSubtrees` lists them
 */
export function compactRange(begun: { readonly size: number; readonly hashes: readonly Buffer[] } = { size: 0, hashes: [] }): CompactRange {
  const peaks = completeSubtrees({ from: 0, to: begun.size }).map(({ level }, at) => ({ level, hash: begun.hashes[at] as Buffer }));
  let size = begun.size;
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
    root: () => foldSubtrees(peaks.map(({ hash }) => hash)),
  };
}

/** The root over the roots of complete subtrees that lie side by side, the largest first. */
export const foldSubtrees = (hashes: readonly Buffer[]): Buffer =>
  hashes.length === 0 ? emptyRoot() : hashes.reduceRight((right, left) => nodeHash(left, right));

/** Proof that leaf `index` is in the tree of these leaves (RFC 6962 §2.1.1), from the leaf upwards. */
export const inclusionProof = (leaves: readonly Uint8Array[], index: number): Buffer[] =>
  inclusionRanges(index, leaves.length).map(({ from, to }) => root(leaves.slice(from, to)));

/** Proof that the tree of the first `size` leaves is a beginning of this one (RFC 6962 §2.1.2). */
export const consistencyProof = (leaves: readonly Uint8Array[], size: number): Buffer[] =>
  consistencyRanges(size, leaves.length).map(({ from, to }) => root(leaves.slice(from, to)));
