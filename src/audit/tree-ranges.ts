/** Leaves `from` up to but not including `to`. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** A complete subtree by its place: level 0 is a leaf, level 1 two leaves, level 2 four … */
export interface NodePlace {
  readonly level: number;
  readonly index: number;
}

/** The largest power of two smaller than `size` (size > 1): where RFC 6962 splits a tree. */
function split(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

/**
 * The subtrees whose roots prove that leaf `index` is in the tree of `size` leaves (RFC 6962 §2.1.1), from the leaf upwards.
 * @throws RangeError when there is no such leaf.
 */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError('no such leaf in this tree');
  const ranges: LeafRange[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return ranges.reverse();
}

/**
 * The subtrees whose roots prove that the tree of the first `older` leaves is a beginning of the one of `newer` leaves
 * (RFC 6962 §2.1.2).
 * @throws RangeError when the older tree is no size, or larger than the newer.
 */
export function consistencyRanges(older: number, newer: number): readonly LeafRange[] {
  if (!Number.isSafeInteger(older) || older < 0 || older > newer) throw new RangeError('no such earlier tree');
  if (older === 0 || older === newer) return [];
  const ranges: LeafRange[] = [];
  let [from, to] = [0, newer];
  while (older < to) {
    const middle = from + split(to - from);
    if (older <= middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  // A whole older tree at the left edge is known to the verifier; it needs no hash (SUBPROOF's `true`).
  if (from > 0) ranges.push({ from, to });
  return ranges.reverse();
}

/** The complete subtrees that make up a range whose start its length allows, from the left and the largest first. */
export function completeSubtrees({ from, to }: LeafRange): readonly NodePlace[] {
  const places: NodePlace[] = [];
  for (let at = from; at < to; ) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level += 1;
    places.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return places;
}
