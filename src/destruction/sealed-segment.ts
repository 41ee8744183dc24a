import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Plain bytes of a chunk; only the last of a segment is shorter. */
export const chunkSize = 65_536;
const tagSize = 16;
const saltSize = 32;

/**
 * What a segment is, bound into every chunk: one that is put in another place, left out, repeated or cut off does not
 * open. STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015): the nonce is the number of the chunk and whether it is
 * the last. The key of a segment is derived with a salt of its own, so no nonce is ever used twice under one key.
 */
export interface SegmentName {
  readonly backupId: string;
  readonly table: string;
  readonly flowId: string;
  readonly period: string;
}

const segmentKey = (secret: Buffer, salt: Buffer): Buffer => Buffer.from(hkdfSync('sha256', secret, salt, 'haven backup segment 1', 32));

function nonceOf(chunk: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(chunk, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

const associated = ({ backupId, table, flowId, period }: SegmentName, chunk: number): Buffer =>
  Buffer.from(`${backupId}|${table}|${flowId}|${period}|${chunk}`, 'utf8');

/** Seals one segment as its bytes come; holds one chunk. */
export class SegmentSealer {
  readonly #key: Buffer;
  readonly #name: SegmentName;
  readonly #held = Buffer.alloc(chunkSize);
  #length = 0;
  #chunk = 0;
  #salt: Buffer | undefined;

  constructor(secret: Buffer, name: SegmentName) {
    this.#salt = randomBytes(saltSize);
    this.#key = segmentKey(secret, this.#salt);
    this.#name = name;
  }

  /** Sealed bytes that became ready. */
  update(plain: Buffer): Buffer[] {
    const ready: Buffer[] = [];
    for (let at = 0; at < plain.length; ) {
      // A full chunk waits for the next byte: it may be the last.
      if (this.#length === chunkSize) ready.push(...this.#seal(false));
      const taken = plain.copy(this.#held, this.#length, at, at + chunkSize - this.#length);
      this.#length += taken;
      at += taken;
    }
    return ready;
  }

  final(): Buffer[] {
    return this.#seal(true);
  }

  #seal(last: boolean): Buffer[] {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#chunk, last));
    cipher.setAAD(associated(this.#name, this.#chunk));
    const sealed: Buffer[] = [cipher.update(this.#held.subarray(0, this.#length)), cipher.final(), cipher.getAuthTag()];
    this.#length = 0;
    this.#chunk += 1;
    if (this.#salt) sealed.unshift(this.#salt);
    this.#salt = undefined;
    return sealed;
  }
}

/** Reads `length` bytes at `at`; a short answer is the end. */
export type ReadAt = (at: number, length: number) => Promise<Buffer>;

/**
 * Opens a segment of `length` sealed bytes, chunk by chunk.
 * @throws Error when the key is another or a byte was changed; nothing of that chunk is given out.
 */
export async function* openSegment(secret: Buffer, name: SegmentName, length: number, read: ReadAt): AsyncGenerator<Buffer> {
  const key = segmentKey(secret, await read(0, saltSize));
  let at = saltSize;
  for (let chunk = 0; at < length; chunk += 1) {
    const sealed = await read(at, Math.min(chunkSize + tagSize, length - at));
    at += sealed.length;
    if (sealed.length < tagSize) throw new Error('the segment is cut off');
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(chunk, at >= length));
    decipher.setAAD(associated(name, chunk));
    decipher.setAuthTag(sealed.subarray(sealed.length - tagSize));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - tagSize)), decipher.final()]);
    yield plain;
  }
}
