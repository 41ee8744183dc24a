import { emptyRoot, nodeHash } from './merkle.ts';

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
/** Proofs come from outside: a hash of another length could shift the bytes that are hashed. */
const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === 32);

/**
 * Is this leaf at this index of the tree with this root? (RFC 9162 §2.1.3.2.) Wrong input is `false`, never an error.
 * Numbers beyond 32 bits are halved by division, because JavaScript's shifts are 32 bits wide.
 */
export function verifyInclusion(
  hash: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  expectedRoot: Uint8Array,
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes([hash, expectedRoot, ...proof])) return false;
  let node = index;
  let last = size - 1;
  let folded: Buffer = Buffer.from(hash);
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      folded = nodeHash(sibling, folded);
      while (node % 2 === 0 && node !== 0) [node, last] = halve(node, last);
    } else {
      folded = nodeHash(folded, sibling);
    }
    [node, last] = halve(node, last);
  }
  return last === 0 && equal(folded, expectedRoot);
}

/** Is the older tree a beginning of the newer one? (RFC 9162 §2.1.4.2.) Wrong input is `false`. */
export function verifyConsistency(
  olderSize: number,
  newerSize: number,
  olderRoot: Uint8Array,
  newerRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(olderSize) || !isSize(newerSize) || olderSize > newerSize || !areHashes([olderRoot, newerRoot, ...proof])) return false;
  if (olderSize === newerSize) return proof.length === 0 && equal(olderRoot, newerRoot);
  // Every tree begins with the empty one, whose root is known.
  if (olderSize === 0) return proof.length === 0 && equal(olderRoot, emptyRoot());
  const path = isPowerOfTwo(olderSize) ? [olderRoot, ...proof] : [...proof];
  const [first, ...rest] = path;
  if (first === undefined || proof.length === 0) return false;
  let node = olderSize - 1;
  let last = newerSize - 1;
  while (node % 2 === 1) [node, last] = halve(node, last);
  let older: Buffer = Buffer.from(first);
  let newer: Buffer = Buffer.from(first);
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while (node % 2 === 0 && node !== 0) [node, last] = halve(node, last);
    } else {
      newer = nodeHash(newer, sibling);
    }
    [node, last] = halve(node, last);
  }
  return last === 0 && equal(older, olderRoot) && equal(newer, newerRoot);
}

const halve = (a: number, b: number): [number, number] => [Math.floor(a / 2), Math.floor(b / 2)];

function isPowerOfTwo(size: number): boolean {
  let rest = size;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}
