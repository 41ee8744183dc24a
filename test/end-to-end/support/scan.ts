import { inflateRawSync } from 'node:zlib';

export interface Pattern {
  readonly bytes: Buffer;
  /** What was sent, for the report of a failing test: everything here is invented. */
  readonly label: string;
  /** Counts only where no letter or digit touches it: eight digits of a date also stand in longer numbers. */
  readonly bounded: boolean;
}

export interface Finding {
  readonly source: string;
  readonly label: string;
  readonly context: string;
}

const buckets = 1 << 20;
const hash = (key: number): number => Math.imul(key, 0x9e3779b1) >>> 12;

const isWord = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122));

/**
 * Looks for many byte strings at once, at every offset of whatever it is given: text, logs, data files of a database. The
 * first four bytes choose the candidates, which are then compared whole; nothing is cut into words first, so that an
 * identifier inside a longer value is found as well.
 */
export class Scanner {
  readonly #present = new Uint8Array(buckets);
  readonly #candidates = new Map<number, Pattern[]>();
  scanned = 0;

  constructor(patterns: Iterable<Pattern>) {
    for (const pattern of patterns) {
      if (pattern.bytes.length < 5) throw new RangeError('a pattern this short is found in anything');
      const key = pattern.bytes.readInt32LE(0);
      this.#present[hash(key)] = 1;
      const others = this.#candidates.get(key);
      if (others) others.push(pattern);
      else this.#candidates.set(key, [pattern]);
    }
  }

  /** Everything found, at most `limit` findings; archives (xlsx) are opened. */
  find(source: string, content: Buffer | string, limit = 20): Finding[] {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.scanned += bytes.length;
    const found: Finding[] = [];
    let key = 0;
    for (let end = 0; end < bytes.length; end++) {
      key = (key >>> 8) | ((bytes[end] as number) << 24);
      if (this.#present[hash(key)] === 0 || end < 3) continue;
      for (const pattern of this.#candidates.get(key | 0) ?? []) {
        if (!this.#stands(bytes, end - 3, pattern)) continue;
        found.push({ source, label: pattern.label, context: excerpt(bytes, end - 3, pattern.bytes.length) });
        if (found.length >= limit) return found;
      }
    }
    if (bytes.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004') {
      for (const { name, content: inner } of unzip(bytes)) found.push(...this.find(`${source}!${name}`, inner, limit));
    }
    return found;
  }

  #stands(bytes: Buffer, at: number, { bytes: wanted, bounded }: Pattern): boolean {
    const end = at + wanted.length;
    if (end > bytes.length || wanted.compare(bytes, at, end) !== 0) return false;
    return !bounded || !(isWord(bytes[at - 1]) || isWord(bytes[end]));
  }
}

const excerpt = (bytes: Buffer, at: number, length: number): string =>
  bytes
    .subarray(Math.max(0, at - 60), at + length + 60)
    .toString('latin1')
    .replace(/[^\x20-\x7e]+/g, '·');

/** Entries of a ZIP archive by its central directory (APPNOTE.TXT §4.3.12); stored and deflated ones, which is all xlsx uses. */
export function unzip(archive: Buffer): { readonly name: string; readonly content: Buffer }[] {
  const end = archive.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end < 0) throw new Error('the archive has no central directory');
  const entries = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size, nameLength] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20), archive.readUInt16LE(at + 28)];
    const local = archive.readUInt32LE(at + 42);
    const name = archive.subarray(at + 46, at + 46 + nameLength).toString('utf8');
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + size);
    entries.push({ name, content: method === 0 ? packed : inflateRawSync(packed) });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}
