import { Buffer } from 'node:buffer';

/** Longer texts are cheaper to hand to the platform; shorter ones are cheaper letter by letter. */
const shortText = 32;
/** Object identifier of the type `text`, which the elements of an array name (pg_type.dat). */
const textType = 25;
const unixDayOfEpoch = 10_957;
const microsecondsOfDay = 86_400_000_000;
/** Beyond these days microseconds since 2000 are no exact number any more: 1715 to 2284. */
const exactDays = 104_000;
const word = 4_294_967_296;

/** What comes before the rows of a binary COPY, and what ends them (PostgreSQL 18 documentation, COPY, Binary Format). */
export const copyHeader = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
export const copyTrailer = Buffer.from([0xff, 0xff]);

/**
 * Values in PostgreSQL's binary COPY format, one behind the other in one block of bytes that grows: each its length and
 * then itself, as the receive function of its type reads it. Where the sender's text is '' the value is null, because no
 * field of ours tells empty from absent. The server need not parse what has been parsed here already.
 */
export class CopyBytes {
  #bytes: Buffer;
  #used = 0;

  constructor(room = 0) {
    this.#bytes = Buffer.allocUnsafe(room);
  }

  get used(): number {
    return this.#used;
  }

  subarray(from = 0, to = this.#used): Buffer {
    return this.#bytes.subarray(from, to);
  }

  hex(from: number, to: number): string {
    return this.#bytes.toString('hex', from, to);
  }

  /** Empty again, and as large as it has become. */
  clear(): void {
    this.#used = 0;
  }

  /** What every row begins with. */
  columns(count: number): void {
    this.#room(2);
    this.#bytes[this.#used++] = count >> 8;
    this.#bytes[this.#used++] = count;
  }

  /** Values that are written already, with their lengths. */
  written(values: Uint8Array): void {
    this.#room(values.length);
    this.#bytes.set(values, this.#used);
    this.#used += values.length;
  }

  null(): void {
    this.#room(4);
    this.#int32(-1);
  }

  boolean(value: boolean): void {
    this.#room(5);
    this.#int32(1);
    this.#bytes[this.#used++] = value ? 1 : 0;
  }

  integer(value: number): void {
    this.#room(8);
    this.#int32(4);
    this.#int32(value);
  }

  /** @param value a whole number, or its digits */
  bigint(value: string | number): void {
    if (value === '') {
      this.null();
      return;
    }
    this.#room(12);
    this.#int32(8);
    this.putBigint(this.#used, value);
    this.#used += 8;
  }

  /** Puts a number where another value of the same eight bytes stands. */
  putBigint(at: number, value: string | number): void {
    if (typeof value === 'string' && value.length > 15) this.#bytes.writeBigInt64BE(BigInt(value), at);
    else this.#int64(at, Number(value));
  }

  /** @param value 32 hexadecimal digits */
  uuid(value: string): void {
    this.#room(20);
    this.#int32(16);
    this.#used += this.#bytes.write(value, this.#used, 'hex');
  }

  /** @param value `YYYY-MM-DD` */
  date(value: string): void {
    if (value === '') {
      this.null();
      return;
    }
    if (value.length !== 10) throw new RangeError('a day has ten characters');
    this.#room(8);
    this.#int32(4);
    this.#int32(dayOf(value));
  }

  /** @param value `YYYY-MM-DD`, perhaps with a time behind a `T` or a space: `HH:mm`, `HH:mm:ss` or finer, perhaps with a `Z`, which says nothing here */
  timestamp(value: string): void {
    if (value === '') {
      this.null();
      return;
    }
    const days = dayOf(value);
    const time = timeOf(value);
    this.#room(12);
    this.#int32(8);
    if (Math.abs(days) < exactDays) this.#int64(this.#used, days * microsecondsOfDay + time);
    else this.#bytes.writeBigInt64BE(BigInt(days) * BigInt(microsecondsOfDay) + BigInt(time), this.#used);
    this.#used += 8;
  }

  text(value: string): void {
    if (value === '') {
      this.null();
      return;
    }
    this.#room(4 + value.length * 3);
    this.#utf8(value);
  }

  /** @param value JSON text */
  jsonb(value: string): void {
    if (value === '') {
      this.null();
      return;
    }
    this.#room(5 + value.length * 3);
    const length = this.#bytes.write(value, this.#used + 5, 'utf8');
    this.#int32(length + 1);
    this.#bytes[this.#used] = 1;
    this.#used += length + 1;
  }

  /** @param value an array literal of plain codes, `{icd10:I219,opcs4:W371}`: nothing in it is quoted */
  codes(value: string): void {
    if (value === '') {
      this.null();
      return;
    }
    let count = 1;
    for (let at = value.indexOf(','); at > 0; at = value.indexOf(',', at + 1)) count += 1;
    const length = 20 + count * 4 + (value.length - 1 - count);
    this.#room(4 + length);
    this.#int32(length);
    this.#int32(1);
    this.#int32(0);
    this.#int32(textType);
    this.#int32(count);
    this.#int32(1);
    let from = 1;
    for (let element = 0; element < count; element++) {
      const comma = value.indexOf(',', from);
      const to = comma < 0 ? value.length - 1 : comma;
      this.#int32(to - from);
      for (; from < to; from++) this.#bytes[this.#used++] = asciiOf(value, from);
      from += 1;
    }
  }

  #utf8(value: string): void {
    const bytes = this.#bytes;
    const from = this.#used + 4;
    let written = 0;
    if (value.length <= shortText) {
      for (; written < value.length; written++) {
        const character = value.charCodeAt(written);
        if (character > 0x7f) break;
        bytes[from + written] = character;
      }
    }
    if (written < value.length) written = bytes.write(value, from, 'utf8');
    this.#int32(written);
    this.#used += written;
  }

  #int32(value: number): void {
    const bytes = this.#bytes;
    const at = this.#used;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.#used = at + 4;
  }

  #int64(at: number, value: number): void {
    this.#bytes.writeInt32BE(Math.floor(value / word), at);
    this.#bytes.writeUInt32BE(value >>> 0, at + 4);
  }

  #room(most: number): void {
    if (this.#used + most <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + most, 1_024));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}

function asciiOf(text: string, at: number): number {
  const character = text.charCodeAt(at);
  if (character > 0x7f) throw new RangeError('a code has letters of ASCII only');
  return character;
}

/** The number that stands in these places. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) throw new RangeError('a moment is written in digits');
    value = value * 10 + digit;
  }
  return value;
}

/** Days since 2000-01-01 of the proleptic Gregorian calendar, counted from March so that leap days come last. */
function dayOf(text: string): number {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) throw new RangeError('a day is written YYYY-MM-DD');
  const month = digits(text, 5, 7);
  const year = digits(text, 0, 4) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const ofEra = year - era * 400;
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + digits(text, 8, 10) - 1;
  const days = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear;
  return era * 146_097 + days - 719_468 - unixDayOfEpoch;
}

/** Microseconds since midnight; a leap second is the first of the next minute, as PostgreSQL reads it. */
function timeOf(text: string): number {
  if (text.length === 10) return 0;
  if (text.length < 16 || text.charCodeAt(13) !== 58) throw new RangeError('a time is written HH:mm:ss');
  let seconds = digits(text, 11, 13) * 3_600 + digits(text, 14, 16) * 60;
  let at = 16;
  if (text.charCodeAt(at) === 58) {
    seconds += digits(text, 17, 19);
    at = 19;
  }
  let end = text.length;
  if (text.charCodeAt(end - 1) === 90) end -= 1;
  if (at === end) return seconds * 1_000_000;
  if (text.charCodeAt(at) !== 46) throw new RangeError('a time is written HH:mm:ss');
  digits(text, at + 1, end);
  return seconds * 1_000_000 + roundHalfEven(Number(`0${text.slice(at, end)}`) * 1_000_000);
}

/** As the C library rounds, and PostgreSQL with it. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
