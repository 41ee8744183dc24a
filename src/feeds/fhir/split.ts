import { isObject, type Json, type JsonObject } from './json.ts';
import { type CompleteLimits, type FhirRule, refuse } from './refusal.ts';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openArray = 0x5b;
const backslash = 0x5c;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;
const newline = 0x0a;

const slice = 1 << 18;

/** 1 for the bytes that a string must not just be read past: its end, an escape, a line end, and anything that is not ASCII. */
const stops = new Uint8Array(256).fill(1, 0x80);
for (const byte of [quote, backslash, newline]) stops[byte] = 1;

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;

/** Where the bytes of one resource lie, and what was learnt while finding their end. The window is only valid during the call. */
export interface UnitSink {
  /**
   * @param members of the object and of all objects in it: what JSON.parse then holds must match, or one was given twice.
   * @param ascii lets the cheaper decoding be used. @param entry the unit is a Bundle entry.
   */
  unit(window: Buffer, start: number, end: number, members: number, ascii: boolean, entry: boolean): void;
  /** A unit that was not even parsed. */
  broken(rule: FhirRule): void;
  /** The only thing in the file, over several lines: broken means the whole file is. */
  document(window: Buffer, start: number, end: number, members: number, ascii: boolean): void;
  /** A Bundle whose entries follow: its members up to them. */
  opened(bundle: JsonObject): void;
  /** A Bundle without its entries, once they were all passed on. */
  bundle(skeleton: string, members: number): void;
}

/**
 * `first`: inside the first object, which may be a line, a document or a Bundle. `entries`, `array`: between or inside the
 * elements. `lines`: NDJSON. `tail`: after the first object. `done`: after an array.
 */
type Shape = 'unknown' | 'first' | 'entries' | 'array' | 'lines' | 'tail' | 'done';

/**
 * Finds the resources in a stream of JSON bytes of whatever layout, in one pass and without parsing: a Bundle of any size
 * needs the memory of its largest entry. Depth and size are bounded here, before JSON.parse sees anything
 * (RFC 8259 §9 leaves both limits to the reader).
 */
export class Splitter {
  readonly #limits: CompleteLimits;
  readonly #sink: UnitSink;
  #window = Buffer.allocUnsafe(4 * slice);
  #end = 0;
  #at = 0;
  #start = 0;
  #shape: Shape = 'unknown';
  #inside = false;
  /** Between elements: a value may come, or a separator must. */
  #expectValue = true;
  #elements = 0;
  #depth = 0;
  #members = 0;
  #string = false;
  #escaped = false;
  #ascii = true;
  /** The rest of this unit is passed over: it was already reported. */
  #skip = false;
  #tooDeep = false;
  #newlines = 0;
  #head: string | undefined;
  #headMembers = 0;

  constructor(limits: CompleteLimits, sink: UnitSink) {
    this.#limits = limits;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    // In slices, so that the window stays small when the sender hands over the whole file as one buffer.
    for (let from = 0; from < chunk.length; from += slice) {
      this.#append(chunk.subarray(from, from + slice));
      if (this.#shape !== 'unknown' || this.#detect(false)) this.#run();
    }
  }

  finish(): void {
    if (this.#shape === 'unknown') this.#detect(true);
    this.#run();
    if (this.#shape === 'lines') {
      if (this.#inside) this.#endUnit(this.#end);
    } else if (this.#shape !== 'tail' && this.#shape !== 'done') {
      // What is nested without end never ends: its depth was wrong before its length was, and to send it again would not help.
      throw refuse(this.#inside && this.#tooDeep ? 'FHIR_TOO_DEEP' : 'FHIR_TRUNCATED');
    }
  }

  /** Keeps only the unit in hand; grows by doubling, so that a sender of tiny chunks costs no more than one of large ones. */
  #append(chunk: Buffer): void {
    const from = this.#inside && !this.#skip ? this.#start : this.#at;
    const kept = this.#end - from;
    if (this.#end + chunk.length > this.#window.length) {
      const needed = kept + chunk.length;
      const target = needed > this.#window.length / 2 ? Buffer.allocUnsafe(Math.max(this.#window.length, needed) * 2) : this.#window;
      this.#window.copy(target, 0, from, this.#end);
      this.#window = target;
      this.#start -= from;
      this.#at -= from;
      this.#end = kept;
    }
    chunk.copy(this.#window, this.#end);
    this.#end += chunk.length;
  }

  /** True once the first byte that means something is seen. */
  #detect(last: boolean): boolean {
    const w = this.#window;
    if (this.#at === 0) {
      if (this.#end < 3 && !last) return false;
      if (this.#end >= 3 && w[0] === 0xef && w[1] === 0xbb && w[2] === 0xbf) this.#at = 3;
    }
    while (this.#at < this.#end && isSpace(w[this.#at])) this.#at += 1;
    if (this.#at === this.#end) {
      if (last) throw refuse('FHIR_EMPTY');
      return false;
    }
    const first = w[this.#at];
    if (first === 0x3c) throw refuse('FHIR_XML_NOT_SUPPORTED');
    if (first === openObject) {
      this.#shape = 'first';
      this.#begin(this.#at);
    } else if (first === openArray) {
      this.#shape = 'array';
      this.#at += 1;
    } else throw refuse('FHIR_UNREADABLE');
    return true;
  }

  #begin(start: number): void {
    this.#inside = true;
    this.#start = start;
    this.#at = start;
    this.#depth = 0;
    this.#members = 0;
    this.#string = false;
    this.#escaped = false;
    this.#ascii = true;
    this.#skip = false;
    this.#tooDeep = false;
  }

  #run(): void {
    while (this.#at < this.#end) {
      if (this.#inside) this.#scan();
      else this.#between();
    }
  }

  #between(): void {
    const w = this.#window;
    const byte = w[this.#at] as number;
    if (isSpace(byte)) {
      if (byte === newline && this.#shape === 'entries') this.#newlines += 1;
      this.#at += 1;
      return;
    }
    switch (this.#shape) {
      case 'tail':
        // A second object after a pretty-printed one is neither a document nor NDJSON.
        if (this.#newlines > 0) throw refuse('FHIR_UNREADABLE');
        this.#shape = 'lines';
        this.#begin(this.#at);
        return;
      case 'lines':
        this.#begin(this.#at);
        return;
      case 'entries':
      case 'array':
        this.#separate(byte);
        return;
      default:
        throw refuse('FHIR_UNREADABLE');
    }
  }

  #separate(byte: number): void {
    if (byte === closeArray && !(this.#expectValue && this.#elements > 0)) {
      if (this.#shape === 'array') {
        this.#shape = 'done';
        this.#at += 1;
      } else this.#resumeBundle();
    } else if (this.#expectValue && (byte === openObject || byte === openArray)) {
      this.#begin(this.#at);
    } else if (!this.#expectValue && byte === comma) {
      this.#expectValue = true;
      this.#at += 1;
    } else throw refuse('FHIR_UNREADABLE');
  }

  /** One tight loop over the bytes of a unit: nine in ten of them only pass the inner string loop. */
  #scan(): void {
    const w = this.#window;
    const end = this.#end;
    const lines = this.#shape === 'lines';
    const maxDepth = this.#limits.maxDepth;
    let depth = this.#depth;
    let string = this.#string;
    let at = this.#at;
    let seen = 0;
    if (this.#escaped) {
      this.#escaped = false;
      if (w[at] !== newline) {
        seen |= w[at] as number;
        at += 1;
      }
    }
    while (at < end) {
      let byte = w[at] as number;
      if (string) {
        while (stops[byte] === 0 && ++at < end) byte = w[at] as number;
        if (at === end) break;
        if (byte === quote) {
          string = false;
          at += 1;
          continue;
        }
        if (byte === backslash) {
          at += 1;
          if (at === end) {
            this.#escaped = true;
            break;
          }
          // An escaped line end is no JSON either, and must still end an NDJSON line.
          if (w[at] !== newline) {
            seen |= w[at] as number;
            at += 1;
          }
          continue;
        }
        if (byte !== newline) {
          seen |= byte;
          at += 1;
          continue;
        }
        if (lines) {
          this.#note(depth, false, seen);
          this.#endUnit(at);
          return;
        }
        if (this.#shape === 'first' && this.#newlines === 0 && this.#head === undefined) {
          this.#becomeLines(at);
          return;
        }
        at += 1;
        continue;
      }
      at += 1;
      if (byte === quote) string = true;
      else if (byte === colon) this.#members += 1;
      else if (byte === openObject || byte === openArray) {
        if (this.#shape === 'first') {
          if (byte === openObject && this.#startsLine(at - 1)) {
            this.#becomeLines(at - 1);
            return;
          }
          if (byte === openArray && depth === 1 && this.#entersBundle(at)) return;
        }
        depth += 1;
        if (depth > maxDepth && !this.#skip) {
          this.#skip = true;
          this.#tooDeep = true;
          this.#sink.broken('FHIR_TOO_DEEP');
        }
      } else if (byte === closeObject || byte === closeArray) {
        depth -= 1;
        if (depth === 0 && !lines) {
          this.#note(depth, false, seen);
          this.#endUnit(at);
          return;
        }
      } else if (byte === newline) {
        if (lines) {
          this.#note(depth, false, seen);
          this.#endUnit(at - 1);
          return;
        }
        this.#newlines += 1;
      } else seen |= byte;
    }
    this.#note(depth, string, seen);
    this.#at = at;
    this.#bound(at);
  }

  #note(depth: number, string: boolean, seen: number): void {
    this.#depth = depth;
    this.#string = string;
    if (seen > 0x7f) this.#ascii = false;
  }

  /** A unit that outgrew its limit is reported once and then only counted through. */
  #bound(at: number): void {
    if (this.#skip || at - this.#start <= this.#limits.maxResourceBytes) return;
    const whole = this.#shape !== 'entries' && at - this.#start <= this.#limits.maxBundleBytes;
    if (whole) return;
    if (this.#shape === 'first') throw refuse('FHIR_TOO_LARGE');
    this.#skip = true;
    this.#sink.broken('FHIR_RESOURCE_TOO_LARGE');
  }

  #endUnit(end: number): void {
    const unit = this.#shape;
    const start = this.#start;
    this.#bound(end);
    this.#inside = false;
    this.#at = end;
    this.#elements += 1;
    this.#expectValue = false;
    if (unit === 'first') this.#shape = 'tail';
    if (this.#head !== undefined && unit === 'first') {
      const skeleton = this.#head + this.#window.toString('utf8', start, end);
      this.#sink.bundle(skeleton, this.#headMembers + this.#members);
      return;
    }
    if (this.#skip) return;
    if (end - start > this.#limits.maxResourceBytes && !this.#mayBeBundle(start, end)) this.#sink.broken('FHIR_RESOURCE_TOO_LARGE');
    else if (unit === 'first' && this.#newlines > 0) this.#sink.document(this.#window, start, end, this.#members, this.#ascii);
    else this.#sink.unit(this.#window, start, end, this.#members, this.#ascii, unit === 'entries');
  }

  #mayBeBundle(start: number, end: number): boolean {
    const found = this.#window.indexOf('"Bundle"', start, 'latin1');
    return found >= 0 && found < end;
  }

  /** A line end where JSON allows none: the first line of NDJSON is broken, and the rest may still be good. */
  #becomeLines(at: number): void {
    this.#shape = 'lines';
    this.#inside = false;
    this.#at = at;
    this.#elements += 1;
    if (!this.#skip) this.#sink.broken('FHIR_JSON_INVALID');
    this.#newlines = 0;
  }

  /** An object at the very start of the second line, where the first did not end in anything an object may follow. */
  #startsLine(at: number): boolean {
    if (this.#newlines !== 1 || this.#head !== undefined || this.#skip || this.#window[at - 1] !== newline) return false;
    let before = at - 1;
    while (before > this.#start && isSpace(this.#window[before])) before -= 1;
    const last = this.#window[before];
    return last !== openArray && last !== comma && last !== colon;
  }

  /** Called at a `[` that is the value of a member of the first object. `at` is the byte after it. */
  #entersBundle(at: number): boolean {
    if (this.#head !== undefined || this.#skip) return false;
    const w = this.#window;
    let before = at - 2;
    while (before > this.#start && isSpace(w[before])) before -= 1;
    if (w[before] !== colon) return false;
    before -= 1;
    while (before > this.#start && isSpace(w[before])) before -= 1;
    if (before - this.#start < 8 || w.toString('latin1', before - 6, before + 1) !== '"entry"' || w[before - 7] === backslash) return false;
    const head = w.toString('utf8', this.#start, at);
    const bundle = openedBundle(head);
    if (bundle === undefined) return false;
    this.#sink.opened(bundle);
    this.#head = head;
    this.#headMembers = this.#members;
    this.#shape = 'entries';
    this.#inside = false;
    this.#expectValue = true;
    this.#elements = 0;
    this.#at = at;
    return true;
  }

  /** Back in the Bundle after its entries: at the `]`, one level down. */
  #resumeBundle(): void {
    this.#shape = 'first';
    this.#begin(this.#at);
    this.#depth = 2;
  }
}

/** The members before `entry`, when they already say that this is a Bundle; a List has entries too. */
function openedBundle(head: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(`${head}]}`);
    return isObject(value) && value.resourceType === 'Bundle' ? value : undefined;
  } catch {
    return undefined;
  }
}
