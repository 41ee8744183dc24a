import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkSize, openSegment, type SegmentName, SegmentSealer } from '../../../src/destruction/sealed-segment.ts';

const name: SegmentName = { backupId: 'b', table: 't', flowId: 'f', period: '2026-11' };

function seal(secret: Buffer, plain: Buffer, pieces: readonly number[] = []): Buffer {
  const sealer = new SegmentSealer(secret, name);
  const sealed: Buffer[] = [];
  let at = 0;
  for (const length of pieces) {
    sealed.push(...sealer.update(plain.subarray(at, at + length)));
    at += length;
  }
  sealed.push(...sealer.update(plain.subarray(at)), ...sealer.final());
  return Buffer.concat(sealed);
}

async function unseal(secret: Buffer, sealed: Buffer, as: SegmentName = name): Promise<Buffer> {
  const plain: Buffer[] = [];
  for await (const piece of openSegment(secret, as, sealed.length, async (at, length) => sealed.subarray(at, at + length)))
    plain.push(piece);
  return Buffer.concat(plain);
}

/** Lengths around the places where one chunk ends. */
const lengths = fc.oneof(fc.nat(200), fc.constantFrom(chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 2 * chunkSize + 1));

describe('a sealed segment', () => {
  const secret = randomBytes(32);

  it('opens to the same bytes, whatever pieces they came in', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, fc.array(fc.nat(90_000), { maxLength: 4 }), async (length, pieces) => {
        const plain = randomBytes(length);
        expect((await unseal(secret, seal(secret, plain, pieces))).equals(plain)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('does not open with any byte changed, cut off, or added', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, fc.nat(), fc.integer({ min: 1, max: 255 }), async (length, at, bit) => {
        const sealed = seal(secret, randomBytes(length));
        const changed = Buffer.from(sealed);
        changed[at % sealed.length] = (changed[at % sealed.length] as number) ^ bit;
        await expect(unseal(secret, changed)).rejects.toThrow();
        await expect(unseal(secret, sealed.subarray(0, sealed.length - 1 - (at % (sealed.length - 33))))).rejects.toThrow();
        await expect(unseal(secret, Buffer.concat([sealed, Buffer.alloc(1 + (bit % 40))]))).rejects.toThrow();
      }),
      { numRuns: 40 },
    );
  });

  it('does not open cut off where a chunk ends, nor with two chunks swapped', async () => {
    const sealed = seal(secret, randomBytes(3 * chunkSize));
    const chunk = chunkSize + 16;
    const [salt, first, second, third] = [0, 32, 32 + chunk, 32 + 2 * chunk].map((at, index) =>
      sealed.subarray(at, index === 0 ? 32 : at + chunk),
    );
    const join = (...parts: (Buffer | undefined)[]) => Buffer.concat(parts as Buffer[]);
    await expect(unseal(secret, join(salt, first, second))).rejects.toThrow();
    await expect(unseal(secret, join(salt, second, first, third))).rejects.toThrow();
    await expect(unseal(secret, join(salt, first, first, third))).rejects.toThrow();
  });

  it.each([
    ['key', randomBytes(32), name],
    ['table', secret, { ...name, table: 'u' }],
    ['data set', secret, { ...name, flowId: 'g' }],
    ['month', secret, { ...name, period: '2026-10' }],
    ['backup', secret, { ...name, backupId: 'c' }],
  ])('does not open as what it is not: another %s', async (_, key, as) => {
    await expect(unseal(key, seal(secret, Buffer.from('row\n')), as)).rejects.toThrow();
  });
});
