import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GatewayError } from '../shared/errors.ts';

export interface ByteLimits {
  /** Bytes as sent, and after unpacking. */
  readonly sentBytes: number;
  readonly unpackedBytes: number;
  /** DEFLATE can reach 1032 : 1; honest text stays far below 100 : 1. */
  readonly unpackRatio: number;
  /** How long nothing may arrive while we wait for it: an open delivery holds a connection and a lock that others need. */
  readonly silentMilliseconds: number;
  /** Bytes a second that must have come on average, counting only the time spent waiting for them, once that is `graceMilliseconds`. */
  readonly bytesPerSecond: number;
  readonly graceMilliseconds: number;
}

const gibibyte = 1024 ** 3;
export const defaultByteLimits: ByteLimits = {
  sentBytes: 64 * gibibyte,
  unpackedBytes: 256 * gibibyte,
  unpackRatio: 100,
  silentMilliseconds: 120_000,
  // A line of 128 kbit/s, which every NHS site has had since N3: whoever sends a byte a minute only holds up the others.
  bytesPerSecond: 16_384,
  graceMilliseconds: 60_000,
};

/** Below this much output a ratio says nothing: ten kilobytes of one letter are no bomb. */
const ratioMattersFrom = 64 * 1024 * 1024;

export interface ByteSource {
  /** The text as it was before packing. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Of the bytes as sent; only complete once `bytes` has ended. */
  readonly sent: () => { readonly sha256: Buffer; readonly bytes: number };
  /**
   * Reads what is left without looking at it, so that the receipt of a refused file names the whole file; the hash is
   * undefined where even that is too much. The input itself is never closed from here: its owner still has to answer.
   */
  readonly finish: () => Promise<{ readonly sha256: Buffer | undefined; readonly bytes: number }>;
  /** Whoever reads, or reads next, hears this instead of bytes: nobody need wait for a sender whose delivery is lost already. */
  readonly interrupt: (error: Error) => void;
}

/**
 * Hashes what was sent and unpacks gzip (found by its first two bytes, whatever the file is called).
 *
 * @throws GatewayError FILE_TOO_LARGE, GZIP_BOMB, GZIP_BROKEN, SENDER_STALLED, SENDER_TOO_SLOW while `bytes` is read
 */
export function openBytes(input: AsyncIterable<Buffer>, limits: ByteLimits = defaultByteLimits): ByteSource {
  const hash = createHash('sha256');
  let sent = 0;
  let digest: Buffer | undefined;
  const reader = input[Symbol.asyncIterator]();
  let stalled = false;
  let waited = 0;
  let interrupted: Error | undefined;
  let stopWaiting: (error: Error) => void = () => {};
  const readNext = async (): Promise<Buffer | undefined> => {
    if (interrupted) throw interrupted;
    const since = performance.now();
    let watch: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      stopWaiting = reject;
      watch = setTimeout(() => {
        stalled = true;
        reject(senderStalled());
      }, limits.silentMilliseconds);
    });
    const { done, value } = await Promise.race([reader.next(), silence]).finally(() => clearTimeout(watch));
    if (done) return undefined;
    sent += value.length;
    hash.update(value);
    // Only waiting for the sender counts: while we are busy with what came, the slowness is ours.
    waited += performance.now() - since;
    if (waited > limits.graceMilliseconds && (sent / waited) * 1_000 < limits.bytesPerSecond) {
      stalled = true;
      throw senderTooSlow(limits.bytesPerSecond);
    }
    return value;
  };
  async function* counted(): AsyncGenerator<Buffer> {
    for (let chunk = await readNext(); chunk; chunk = await readNext()) {
      if (sent > limits.sentBytes) throw tooLarge(limits.sentBytes);
      yield chunk;
    }
  }
  async function* text(): AsyncGenerator<Buffer> {
    const source = counted();
    const head: Buffer[] = [];
    let length = 0;
    while (length < 2) {
      const next = await source.next();
      if (next.done) break;
      head.push(next.value);
      length += next.value.length;
    }
    const first = Buffer.concat(head);
    const whole = chain(first, source);
    if (first[0] !== 0x1f || first[1] !== 0x8b) yield* whole;
    else yield* unpack(whole, limits, () => sent);
  }
  return {
    bytes: text(),
    sent: () => {
      digest ??= hash.digest();
      return { sha256: digest, bytes: sent };
    },
    finish: async () => {
      if (digest) return { sha256: digest, bytes: sent };
      // Who has fallen silent once is not waited for again: what was read is all there is to say.
      while (!stalled && sent <= limits.sentBytes) {
        if (!(await readNext())) return { sha256: hash.digest(), bytes: sent };
      }
      return { sha256: undefined, bytes: sent };
    },
    interrupt: (error) => {
      interrupted ??= error;
      stopWaiting(error);
    },
  };
}

async function* chain(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* rest;
}

async function* unpack(packed: AsyncIterable<Buffer>, limits: ByteLimits, sent: () => number): AsyncGenerator<Buffer> {
  let unpacked = 0;
  const gunzip = createGunzip();
  const out = pipeline(packed, gunzip, () => {});
  try {
    for await (const chunk of out as AsyncIterable<Buffer>) {
      unpacked += chunk.length;
      if (unpacked > limits.unpackedBytes) throw tooLarge(limits.unpackedBytes);
      if (unpacked > ratioMattersFrom && unpacked > sent() * limits.unpackRatio) {
        throw new GatewayError(
          'GZIP_BOMB',
          `The file unpacks to more than ${limits.unpackRatio} times its size. Send it unpacked if it really is that uniform.`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('Z_') && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    throw new GatewayError(
      'GZIP_BROKEN',
      'The packed file cannot be unpacked to its end: it is damaged or cut off. Nothing was taken from it; send it again.',
      { cause: error },
    );
  } finally {
    gunzip.destroy();
  }
}

const tooLarge = (bytes: number): GatewayError =>
  new GatewayError('FILE_TOO_LARGE', `A delivery may hold up to ${bytes} bytes. Split it and send the parts.`, { status: 413 });

const senderStalled = (): GatewayError =>
  new GatewayError('SENDER_STALLED', 'The delivery stopped arriving before its end. Nothing of it was kept; send it again.', {
    status: 408,
  });

const senderTooSlow = (bytesPerSecond: number): GatewayError =>
  new GatewayError(
    'SENDER_TOO_SLOW',
    `The delivery arrived more slowly than ${bytesPerSecond} bytes a second. Nothing of it was kept; gather it first and send it at once.`,
    { status: 408 },
  );
