import { CopyBytes, copyHeader, copyTrailer } from './copy-bytes.ts';
import type { Person } from './persons.ts';
import type { SourceKey } from './pseudonymise.ts';

/** Columns of an event: the person's id, eleven of the record, three of the delivery (stage.ts). */
const eventColumns = 15;
/** Columns of the stage: the number of the row, whether it is deleted, whether it is withheld, and the event. */
const stageColumns = 3 + eventColumns;
/** Where the person's id, the source key and what is behind them begin: behind the number of columns, each behind its length. */
const idAt = 2 + 4;
const keyAt = idAt + 8 + 4;

/** Rows and bytes a buffer has room for at first; it grows when a batch has more. */
const firstRows = 4_096;
const firstBytes = 1 << 20;

const isDeleted = 1;
const isWithheld = 2;

/** The number of a row within its buffer: 0 for the first. */
export type Place = number;

/**
 * The rows of a batch in binary COPY format in one block of bytes, with what must be known of each in columns beside it: its
 * number in the file, whom it is about, where it lies. A row is written the moment it has been judged and leaves no object
 * behind: whatever waits for the database as objects is copied again and again by the garbage collector, which cost more
 * than all the checking together. The person's id is filled in later, in place.
 */
export class RowBuffer {
  readonly #bytes = new CopyBytes(firstBytes);
  #rows = 0;
  #numbers = new Float64Array(firstRows);
  #from = new Uint32Array(firstRows);
  #flags = new Uint8Array(firstRows);
  readonly #persons: Person[] = [];

  get length(): number {
    return this.#rows;
  }

  *places(): Generator<Place> {
    for (let place = 0; place < this.#rows; place++) yield place;
  }

  /** Begins a row. @returns where its columns behind the person's id are to be written, the source key first */
  add(number: number, person: Person, deleted: boolean): CopyBytes {
    const place = this.#rows;
    if (place === this.#numbers.length) this.#makeColumns(place * 2);
    this.#numbers[place] = number;
    this.#flags[place] = deleted ? isDeleted : 0;
    this.#from[place] = this.#bytes.used;
    this.#persons[place] = person;
    this.#rows += 1;
    this.#bytes.columns(eventColumns);
    this.#bytes.bigint(person.personId);
    return this.#bytes;
  }

  /** The row that was begun last. */
  get last(): Place {
    return this.#rows - 1;
  }

  /** The row's number in the file, as the sender counts. */
  number(place: Place): number {
    return this.#numbers[place] as number;
  }

  person(place: Place): Person {
    return this.#persons[place] as Person;
  }

  key(place: Place): SourceKey {
    const from = (this.#from[place] as number) + keyAt;
    return this.#bytes.hex(from, from + 16) as SourceKey;
  }

  deleted(place: Place): boolean {
    return ((this.#flags[place] as number) & isDeleted) !== 0;
  }

  /** Counted as withheld already; an earlier form of the record goes all the same. */
  withheld(place: Place): boolean {
    return ((this.#flags[place] as number) & isWithheld) !== 0;
  }

  /** Makes a row one that only takes away what its record was before. */
  withhold(place: Place): void {
    this.#flags[place] = isDeleted | isWithheld;
    this.#bytes.putBigint((this.#from[place] as number) + idAt, 0);
  }

  /**
   * Fills in who the row is about, where that was not known when it was written.
   *
   * @throws RangeError where that is nobody, unless the row only takes its record away: in bytes an id that is missing is an id
   */
  identify(place: Place): void {
    const { personId } = this.#persons[place] as Person;
    if (!(personId > 0) && !this.deleted(place)) throw new RangeError('a row that lands is about somebody');
    this.#bytes.putBigint((this.#from[place] as number) + idAt, personId);
  }

  /** The row as bytes. */
  row(place: Place): Buffer {
    return this.#bytes.subarray(this.#from[place], this.#end(place));
  }

  /** A binary COPY of these rows as events, without a copy where they lie behind each other. */
  *asEvents(places: Iterable<Place>): Generator<Buffer> {
    yield copyHeader;
    let from = 0;
    let to = 0;
    for (const place of places) {
      const start = this.#from[place] as number;
      if (start !== to) {
        if (to > from) yield this.#bytes.subarray(from, to);
        from = start;
      }
      to = this.#end(place);
    }
    if (to > from) yield this.#bytes.subarray(from, to);
    yield copyTrailer;
  }

  /** A binary COPY of these rows for the stage, where they are compared with what is known. */
  *asStaged(places: Iterable<Place>): Generator<Buffer> {
    yield copyHeader;
    const staged = new CopyBytes();
    for (const place of places) {
      staged.columns(stageColumns);
      staged.bigint(this.number(place));
      staged.boolean(this.deleted(place));
      staged.boolean(this.withheld(place));
      staged.written(this.#bytes.subarray((this.#from[place] as number) + 2, this.#end(place)));
    }
    yield staged.subarray();
    yield copyTrailer;
  }

  /** Empty again, and as large as it has become: the rows of a delivery are as long as each other, batch after batch. */
  clear(): void {
    this.#bytes.clear();
    this.#rows = 0;
  }

  #end(place: Place): number {
    return place + 1 === this.#rows ? this.#bytes.used : (this.#from[place + 1] as number);
  }

  #makeColumns(rows: number): void {
    const grown = <T extends Float64Array | Uint32Array | Uint8Array>(column: T, larger: T): T => {
      larger.set(column);
      return larger;
    };
    this.#numbers = grown(this.#numbers, new Float64Array(rows));
    this.#from = grown(this.#from, new Uint32Array(rows));
    this.#flags = grown(this.#flags, new Uint8Array(rows));
  }
}
