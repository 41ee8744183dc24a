import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type DateLayout, type Day, formatDay } from './calendar.ts';

/** How one supplier writes its files. */
export interface Dialect {
  readonly delimiter: ',' | '|' | '\t';
  readonly lineEnd: '\n' | '\r\n';
  readonly byteOrderMark: boolean;
  readonly gzip: boolean;
  readonly dates: DateLayout;
}

/** What the gateway is expected to make of a file; objections come on top, from objections.csv. */
export interface FlowTruth {
  rows: number;
  /** People with at least one row. */
  people: number;
  /** Rows that must be quarantined, by rule. */
  quarantined: Record<string, number>;
  /** Rows that must be withheld whatever the objections say. */
  withheld: Record<string, number>;
  /** Values that must be warned about while the row lands. */
  warnings: Record<string, number>;
  /** Rows that repeat the row before them, byte for byte. */
  duplicates: number;
  /** Rows that delete a record. */
  tombstones: number;
  /** Rows without NHS number that only the sender's own patient id can link. */
  referred: number;
}

const blockBytes = 1 << 16;

/** One file of one flow, written as a stream; memory stays bounded as long as `drained` is awaited now and then. */
export class DeliveryFile {
  readonly flow: string;
  readonly path: string;
  readonly dialect: Dialect;
  readonly truth: FlowTruth = {
    rows: 0,
    people: 0,
    quarantined: {},
    withheld: {},
    warnings: {},
    duplicates: 0,
    tombstones: 0,
    referred: 0,
  };
  readonly #file: Writable;
  readonly #sink: Writable;
  readonly #special = /["\r\n]/;
  /** Lines are encoded one by one into a block: long-lived ropes of small strings are what makes collectors slow. */
  #block = Buffer.allocUnsafe(blockBytes);
  #used = 0;
  #lastPerson = -1;

  constructor(flow: string, path: string, dialect: Dialect) {
    this.flow = flow;
    this.path = path;
    this.dialect = dialect;
    this.#file = createWriteStream(path);
    this.#sink = dialect.gzip ? createGzip({ level: 1 }) : this.#file;
    if (this.#sink !== this.#file) this.#sink.pipe(this.#file);
    if (dialect.byteOrderMark) this.raw('\uFEFF');
  }

  header(names: readonly string[]): void {
    this.#line(names);
  }

  /** @param person index of the person, in ascending order over the file */
  row(cells: readonly string[], person: number): void {
    this.#line(cells);
    this.count(person);
  }

  /** Counts a record whose text was written with `raw`. */
  count(person: number): void {
    this.truth.rows += 1;
    if (person === this.#lastPerson) return;
    this.#lastPerson = person;
    this.truth.people += 1;
  }

  raw(text: string): void {
    const most = text.length * 3;
    if (this.#used + most > blockBytes) this.#flush();
    if (most > blockBytes) this.#sink.write(text);
    else this.#used += this.#block.write(text, this.#used);
  }

  date(day: Day | undefined): string {
    return day === undefined ? '' : formatDay(day, this.dialect.dates);
  }

  /** Resolves when the disk has caught up. */
  async drained(): Promise<void> {
    if (this.#sink.writableNeedDrain) await once(this.#sink, 'drain');
  }

  async close(): Promise<void> {
    this.#flush();
    this.#sink.end();
    await finished(this.#file);
  }

  #line(cells: readonly string[]): void {
    const { delimiter, lineEnd } = this.dialect;
    let line = cells.join(delimiter);
    // Most lines need no quotation marks: their delimiters are exactly those between the cells.
    if (this.#special.test(line) || occurrences(line, delimiter) >= cells.length) {
      line = cells
        .map((cell) => (cell.includes(delimiter) || this.#special.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
        .join(delimiter);
    }
    this.raw(line + lineEnd);
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#sink.write(this.#block.subarray(0, this.#used));
    this.#block = Buffer.allocUnsafe(blockBytes);
    this.#used = 0;
  }
}

function occurrences(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found += 1;
  return found;
}

export const add = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};
