import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compactRange,
  consistencyProof,
  emptyRoot,
  foldSubtrees,
  inclusionProof,
  leafHash,
  nodeHash,
  root,
} from '../../../src/audit/merkle.ts';
import { verifyConsistency, verifyInclusion } from '../../../src/audit/merkle-verify.ts';
import { completeSubtrees, consistencyRanges, inclusionRanges } from '../../../src/audit/tree-ranges.ts';

/** Golden values of the Certificate Transparency project (transparency-dev/merkle testonly/constants.go, rfc6962/). */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
  leafHash(Buffer.from(hex, 'hex')),
);
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('hashing as RFC 6962', () => {
  it('gives the golden hashes of a leaf, an empty leaf, a node and the empty tree', () => {
    expect(leafHash(Buffer.from('L123456')).toString('hex')).toBe('395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56');
    expect(leafHash(Buffer.alloc(0)).toString('hex')).toBe(roots[0]);
    expect(nodeHash(Buffer.from('N123'), Buffer.from('N456')).toString('hex')).toBe(
      'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
    );
    expect(emptyRoot().toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(root([])).toEqual(emptyRoot());
  });

  it.each(roots.map((expected, index) => [index + 1, expected] as const))('gives the golden root of %i leaves', (size, expected) => {
    expect(root(leaves.slice(0, size)).toString('hex')).toBe(expected);
  });
});

/** The largest power of two smaller than n, n > 1 (RFC 6962 §2.1). */
function k(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

/** MTH, PATH, PROOF and SUBPROOF, written straight from the definitions of RFC 6962 §2.1: the oracle of the fast ones. */
function recursiveRoot(d: readonly Buffer[]): Buffer {
  if (d.length < 2) return d[0] ?? emptyRoot();
  return nodeHash(recursiveRoot(d.slice(0, k(d.length))), recursiveRoot(d.slice(k(d.length))));
}

function recursivePath(m: number, d: readonly Buffer[]): readonly Buffer[] {
  if (d.length === 1) return [];
  const [left, right] = [d.slice(0, k(d.length)), d.slice(k(d.length))];
  return m < left.length
    ? [...recursivePath(m, left), recursiveRoot(right)]
    : [...recursivePath(m - left.length, right), recursiveRoot(left)];
}

function recursiveSubproof(m: number, d: readonly Buffer[], known: boolean): readonly Buffer[] {
  if (m === d.length) return known ? [] : [recursiveRoot(d)];
  const [left, right] = [d.slice(0, k(d.length)), d.slice(k(d.length))];
  return m <= left.length
    ? [...recursiveSubproof(m, left, known), recursiveRoot(right)]
    : [...recursiveSubproof(m - left.length, right, false), recursiveRoot(left)];
}

/** For comparing: a text is faster than its bytes. */
const inHex = (hashes: readonly Buffer[]): readonly string[] => hashes.map((hash) => hash.toString('hex'));

const someLeaves = (max: number) =>
  fc.integer({ min: 1, max }).map((size) => Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`leaf ${i}`))));

describe('the tree that grows', () => {
  it('has the root that the definition gives, and names every complete subtree once', () => {
    fc.assert(
      fc.property(someLeaves(70), (hashes) => {
        const range = compactRange();
        const nodes = hashes.flatMap((hash) => range.add(hash));
        expect(range.root()).toEqual(recursiveRoot(hashes));
        for (const { level, index, hash } of nodes) {
          expect(hash.equals(recursiveRoot(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)))).toBe(true);
        }
        let expected = 0;
        for (let level = 1; 2 ** level <= hashes.length; level += 1) expected += Math.floor(hashes.length / 2 ** level);
        expect(nodes).toHaveLength(expected);
      }),
    );
  });
});

describe('the subtrees a proof is made of', () => {
  const hashes = Array.from({ length: 65 }, (_, i) => leafHash(Buffer.from([i])));

  it('give the proofs of the definitions, for every leaf and every earlier tree', () => {
    for (let size = 1; size <= 34; size += 1) {
      const d = hashes.slice(0, size);
      for (let m = 0; m < size; m += 1) expect(inHex(inclusionProof(d, m))).toEqual(inHex(recursivePath(m, d)));
      for (let m = 1; m <= size; m += 1) expect(inHex(consistencyProof(d, m))).toEqual(inHex(recursiveSubproof(m, d, true)));
      expect(consistencyProof(d, 0)).toEqual([]);
    }
  });

  it('are complete subtrees side by side, each as large as its place allows', () => {
    expect(completeSubtrees({ from: 0, to: 0 })).toEqual([]);
    expect(completeSubtrees({ from: 0, to: 7 })).toEqual([
      { level: 2, index: 0 },
      { level: 1, index: 2 },
      { level: 0, index: 6 },
    ]);
    expect(completeSubtrees({ from: 4, to: 6 })).toEqual([{ level: 1, index: 2 }]);
    expect(completeSubtrees({ from: 2, to: 6 })).toEqual([
      { level: 1, index: 1 },
      { level: 1, index: 2 },
    ]);
    expect(completeSubtrees({ from: 2 ** 40, to: 2 ** 40 + 1 })).toEqual([{ level: 0, index: 2 ** 40 }]);
    for (let size = 0; size <= 65; size += 1) {
      const places = completeSubtrees({ from: 0, to: size });
      const roots = places.map(({ level, index }) => recursiveRoot(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)));
      expect(foldSubtrees(roots)).toEqual(recursiveRoot(hashes.slice(0, size)));
      const range = compactRange({ size, hashes: roots });
      for (const hash of hashes.slice(size)) range.add(hash);
      expect([range.size, range.root()]).toEqual([65, recursiveRoot(hashes)]);
    }
  });

  it('exist for no leaf and no tree that is not there', () => {
    for (const index of [-1, 3, 4, 0.5, Number.NaN])
      expect(() => inclusionRanges(index, 3)).toThrow(new RangeError('no such leaf in this tree'));
    for (const older of [-1, 4, 0.5, Number.NaN]) expect(() => consistencyRanges(older, 3)).toThrow(new RangeError('no such earlier tree'));
  });
});

describe('inclusion proofs', () => {
  it('prove every leaf of every tree, and nothing else', () => {
    fc.assert(
      fc.property(someLeaves(40), fc.nat(), fc.nat(), (hashes, a, b) => {
        const index = a % hashes.length;
        const other = b % hashes.length;
        const hash = hashes[index] as Buffer;
        const proof = inclusionProof(hashes, index);
        expect(verifyInclusion(hash, index, hashes.length, proof, root(hashes))).toBe(true);
        if (other !== index) {
          expect(verifyInclusion(hash, other, hashes.length, proof, root(hashes))).toBe(false);
          expect(verifyInclusion(hashes[other] as Buffer, index, hashes.length, proof, root(hashes))).toBe(false);
        }
        expect(verifyInclusion(hash, index, hashes.length, [...proof, hash], root(hashes))).toBe(false);
        if (proof.length > 0) expect(verifyInclusion(hash, index, hashes.length, proof.slice(1), root(hashes))).toBe(false);
        expect(verifyInclusion(hash, index, hashes.length, proof, emptyRoot())).toBe(false);
      }),
    );
  });

  it('refuse an index outside the tree, a size that is no size and a hash of another length', () => {
    const hash = leaves[0] as Buffer;
    expect(verifyInclusion(hash, 0, 1, [], hash)).toBe(true);
    expect(verifyInclusion(hash, 1, 1, [], hash)).toBe(false);
    expect(verifyInclusion(hash, -1, 1, [], hash)).toBe(false);
    expect(verifyInclusion(hash, 0, Number.NaN, [], hash)).toBe(false);
    expect(verifyInclusion(hash, 0, 0.5, [], hash)).toBe(false);
    expect(verifyInclusion(Buffer.alloc(0), 0, 1, [], Buffer.alloc(0))).toBe(false);
    expect(() => inclusionProof(leaves, 8)).toThrow(RangeError);
  });
});

describe('consistency proofs', () => {
  it('prove that every earlier tree is a beginning of every later one', () => {
    for (let newer = 0; newer <= 33; newer += 1) {
      const hashes = Array.from({ length: newer }, (_, i) => leafHash(Buffer.from([i])));
      for (let older = 0; older <= newer; older += 1) {
        expect(verifyConsistency(older, newer, root(hashes.slice(0, older)), root(hashes), consistencyProof(hashes, older))).toBe(true);
      }
    }
  });

  it('fail when one leaf of the earlier tree was altered, removed, repeated or moved', () => {
    fc.assert(
      fc.property(someLeaves(40), fc.nat(), fc.nat(), fc.constantFrom('alter', 'remove', 'repeat', 'swap'), (hashes, a, b, attack) => {
        const older = 1 + (a % hashes.length);
        const at = b % older;
        const forged = [...hashes];
        const victim = forged[at] as Buffer;
        if (attack === 'alter') forged[at] = leafHash(Buffer.from('forged'));
        if (attack === 'remove') forged.splice(at, 1);
        if (attack === 'repeat') forged.splice(at, 0, victim);
        if (attack === 'swap') forged.splice(at, 2, ...forged.slice(at, at + 2).reverse());
        const olderRoot = root(hashes.slice(0, older));
        if (forged.length < older || root(forged.slice(0, older)).equals(olderRoot)) return;
        expect(verifyConsistency(older, forged.length, olderRoot, root(forged), consistencyProof(forged, older))).toBe(false);
      }),
    );
  });

  it('fail for a smaller newer tree, a proof that is too long, and a proof where none is needed', () => {
    const proof = consistencyProof(leaves, 3);
    const older = root(leaves.slice(0, 3));
    expect(verifyConsistency(8, 3, root(leaves), older, proof)).toBe(false);
    expect(verifyConsistency(3, 8, older, root(leaves), [...proof, older])).toBe(false);
    expect(verifyConsistency(3, 8, older, root(leaves), [])).toBe(false);
    expect(verifyConsistency(3, 3, older, older, proof)).toBe(false);
    expect(verifyConsistency(0, 3, emptyRoot(), older, proof)).toBe(false);
    expect(verifyConsistency(0, 3, older, older, [])).toBe(false);
  });
});

/** Proofs that fold to the very root they are checked against, and must be refused all the same. */
describe('a proof that was made to fold', () => {
  const [a, b, c, d] = leaves as [Buffer, Buffer, Buffer, Buffer];
  const pair = nodeHash(a, b);
  const joined = Buffer.concat([a, b]);

  it('is no inclusion when it goes on above the root', () => {
    expect(verifyInclusion(a, 0, 2, [b], pair)).toBe(true);
    expect(verifyInclusion(a, 0, 2, [b, c], nodeHash(c, pair))).toBe(false);
    expect(verifyInclusion(a, 0, 1, [c], nodeHash(c, a))).toBe(false);
  });

  it('is no inclusion when it cuts the bytes of two hashes elsewhere', () => {
    expect(verifyInclusion(joined.subarray(31), 1, 2, [joined.subarray(0, 31)], pair)).toBe(false);
    expect(verifyInclusion(b, 1, 2, [Buffer.concat([a, Buffer.alloc(1)])], nodeHash(Buffer.concat([a, Buffer.alloc(1)]), b))).toBe(false);
  });

  it('is no consistency when it cuts the bytes of two hashes elsewhere', () => {
    expect(verifyConsistency(1, 2, a, pair, [b])).toBe(true);
    expect(verifyConsistency(1, 2, joined.subarray(0, 33), pair, [joined.subarray(33)])).toBe(false);
  });

  it('is no consistency when it goes on above the roots, or ends below them', () => {
    const three = nodeHash(pair, c);
    const four = nodeHash(pair, nodeHash(c, d));
    const proof = [c, d, pair];
    expect(verifyConsistency(3, 4, three, four, proof)).toBe(true);
    expect(verifyConsistency(3, 4, nodeHash(a, three), nodeHash(a, four), [...proof, a])).toBe(false);
    expect(verifyConsistency(3, 8, three, four, proof)).toBe(false);
  });

  it.each([
    ['an older tree of half a leaf', 0.5, 1, a, a, [a]],
    ['an older tree of less than no leaf', -1, 1, a, a, [a]],
    ['a newer tree of one leaf and a half', 1, 1.5, a, pair, [b]],
    ['an older tree that is larger than the newer', 3, 1, a, a, [a]],
    ['one that is of no size', Number.NaN, Number.NaN, a, a, [a]],
  ])('is no consistency for %s', (_what, older, newer, olderRoot, newerRoot, proof) => {
    expect(verifyConsistency(older, newer, olderRoot, newerRoot, proof)).toBe(false);
  });
});
