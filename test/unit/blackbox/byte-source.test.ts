import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteLimits, defaultByteLimits, openBytes } from '../../../src/blackbox/byte-source.ts';

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function read(bytes: Buffer, size = 65_536, limits?: ByteLimits): Promise<{ text: Buffer; sha256: string; bytes: number }> {
  const source = openBytes(cut(bytes, size), limits);
  const parts: Buffer[] = [];
  for await (const part of source.bytes) parts.push(Buffer.from(part));
  const sent = source.sent();
  return { text: Buffer.concat(parts), sha256: sent.sha256.toString('hex'), bytes: sent.bytes };
}

describe('the bytes of a delivery', () => {
  it('come through as they are, plain or packed, hashed as they were sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3_000 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 500 }),
        async (content, packed, size) => {
          const text = Buffer.from(content);
          if (!packed && text[0] === 0x1f && text[1] === 0x8b) return;
          const sent = packed ? gzipSync(text) : text;
          expect(await read(sent, size)).toEqual({ text, sha256: hash(sent), bytes: sent.length });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('may be packed in several parts, one behind the other', async () => {
    expect((await read(Buffer.concat([gzipSync('a,b\n'), gzipSync('1,2\n')]), 7)).text.toString()).toBe('a,b\n1,2\n');
  });

  it.each([1, 10, 500, 9_000])('cut %i bytes before their end are refused as broken', async (missing) => {
    const packed = gzipSync(randomBytes(20_000));
    await expect(read(packed.subarray(0, packed.length - missing), 1_000)).rejects.toMatchObject({ code: 'GZIP_BROKEN' });
  });

  it('with one bit changed are refused as broken', async () => {
    const packed = gzipSync(randomBytes(20_000));
    packed[10_000] = (packed[10_000] ?? 0) ^ 1;
    await expect(read(packed)).rejects.toMatchObject({ code: 'GZIP_BROKEN' });
  });

  it('that only begin like a packed file are refused as broken', async () => {
    await expect(read(Buffer.from([0x1f, 0x8b]))).rejects.toMatchObject({ code: 'GZIP_BROKEN' });
    await expect(read(Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from('a,b\n1,2\n')]), 1)).rejects.toMatchObject({
      code: 'GZIP_BROKEN',
    });
  });

  it('that unpack beyond all proportion are refused while they unpack', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1_048_576));
    let most = 0;
    const source = openBytes(cut(bomb, 4_096));
    const reading = (async () => {
      for await (const part of source.bytes) most += part.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'GZIP_BOMB' });
    expect(most).toBeLessThan(70 * 1_048_576);
  });

  it('beyond the limits are refused, packed or unpacked', async () => {
    const limits = { ...defaultByteLimits, sentBytes: 1_000, unpackedBytes: 5_000 };
    await expect(read(randomBytes(1_001), 100, limits)).rejects.toMatchObject({ code: 'FILE_TOO_LARGE', status: 413 });
    await expect(read(gzipSync(Buffer.alloc(5_001)), 10, limits)).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
    expect((await read(gzipSync(Buffer.alloc(5_000)), 10, limits)).text).toHaveLength(5_000);
  });

  it('that break off at the sender end as that failure, packed or not', async () => {
    for (const start of [Buffer.from('a,b\n'), gzipSync(randomBytes(1_000)).subarray(0, 500)]) {
      async function* broken(): AsyncGenerator<Buffer> {
        yield start;
        throw new Error('the line was cut');
      }
      const reading = (async () => {
        for await (const part of openBytes(broken()).bytes) void part;
      })();
      await expect(reading).rejects.toThrow('the line was cut');
    }
  });

  it('that stop arriving are given up, packed or not, and not waited for again', async () => {
    for (const start of [Buffer.from('a,b\n'), gzipSync(randomBytes(1_000)).subarray(0, 500)]) {
      async function* silent(): AsyncGenerator<Buffer> {
        yield start;
        await new Promise(() => {});
      }
      const source = openBytes(silent(), { ...defaultByteLimits, silentMilliseconds: 20 });
      const reading = (async () => {
        for await (const part of source.bytes) void part;
      })();
      await expect(reading).rejects.toMatchObject({ code: 'SENDER_STALLED', status: 408 });
      expect(await source.finish()).toEqual({ sha256: undefined, bytes: start.length });
    }
  });

  it('that trickle in are given up once the grace is over, but not because we are slow ourselves', async () => {
    const limits = { ...defaultByteLimits, bytesPerSecond: 1_000, graceMilliseconds: 30 };
    async function* trickle(pause: number): AsyncGenerator<Buffer> {
      for (let n = 0; n < 20; n++) {
        yield Buffer.from('a,b\n');
        await setTimeout(pause);
      }
    }
    const slow = openBytes(trickle(10), limits);
    const reading = (async () => {
      for await (const part of slow.bytes) void part;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'SENDER_TOO_SLOW', status: 408 });
    expect((await slow.finish()).sha256).toBeUndefined();
    // As many bytes at once, read by somebody who takes their time.
    const ours: Buffer[] = [];
    for await (const part of openBytes(cut(Buffer.alloc(80), 4), limits).bytes) {
      await setTimeout(5);
      ours.push(part);
    }
    expect(ours).toHaveLength(20);
  });

  it('are hashed to their end when only a part was looked at', async () => {
    const content = randomBytes(50_000);
    const source = openBytes(cut(content, 1_000));
    for await (const part of source.bytes) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(await source.finish()).toEqual({ sha256: Buffer.from(hash(content), 'hex'), bytes: 50_000 });
  });
});
