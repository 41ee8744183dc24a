import type { Person } from './persons.ts';
import type { SourceKey } from './pseudonymise.ts';

/** Digits of a bigint; the place of a person's id is kept free until the database has said who they are. */
const idDigits = 19;
const idPlace = '0'.repeat(idDigits);
/** Hexadecimal digits of a source key. */
const keyDigits = 32;

/** Rows a buffer has room for at first; it grows when a batch has more. */
const firstRows = 4_096;

const isDeleted = 1;
const isWithheld = 2;

/** The number of a row within its buffer: 0 for the first. */
export type Place = number;

/**
 * The rows of a batch as COPY text in one block of bytes, with what must be known of each in columns beside it: its number
 * in the file, whom it is about, where it lies. A row is written the moment it has been judged and leaves no object behind:
 * whatever waits for the database as objects is copied again and again by the garbage collector, which cost more than all
 * the checking together. The person's id is filled in later, in place, with leading zeros.
 */
export class RowBuffer {
  #bytes = Buffer.allocUnsafe(1 << 20);
  #used = 0;
  #rows = 0;
  #numbers = new Float64Array(firstRows);
  #from = new Uint32Array(firstRows + 1);
  #flags = new Uint8Array(firstRows);
  /** Digits of the person's id that stand in the row; 0 where it was not known when the row was written. */
  #idLengths = new Uint8Array(firstRows);
  readonly #persons: Person[] = [];

  get length(): number {
    return this.#rows;
  }

  *places(): Generator<Place> {
    for (let place = 0; place < this.#rows; place++) yield place;
  }

  /** @param values the columns behind the person's id, each with its tab, the source key first, and the newline */
  add(number: number, person: Person, deleted: boolean, values: string): Place {
    const most = idDigits + values.length * 3;
    if (this.#used + most > this.#bytes.length) this.#makeRoom(most);
    const place = this.#rows;
    if (place === this.#numbers.length) this.#makeColumns(place * 2);
    const id = person.personId;
    this.#used += this.#bytes.write((id === '' ? idPlace : id) + values, this.#used, 'utf8');
    this.#numbers[place] = number;
    this.#flags[place] = deleted ? isDeleted : 0;
    this.#idLengths[place] = id.length;
    this.#persons[place] = person;
    this.#rows += 1;
    this.#from[this.#rows] = this.#used;
    return place;
  }

  /** The row's number in the file, as the sender counts. */
  number(place: Place): number {
    return this.#numbers[place] as number;
  }

  person(place: Place): Person {
    return this.#persons[place] as Person;
  }

  key(place: Place): SourceKey {
    const from = (this.#from[place] as number) + (this.#idLengths[place] || idDigits) + 1;
    return this.#bytes.toString('latin1', from, from + keyDigits) as SourceKey;
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
    const from = this.#from[place] as number;
    this.#bytes.fill(0x30, from, from + (this.#idLengths[place] as number));
  }

  /** Fills in who the row is about, where that was not known when it was written. */
  identify(place: Place): void {
    if (this.#idLengths[place] !== 0) return;
    const id = (this.#persons[place] as Person).personId;
    this.#bytes.write(id, (this.#from[place] as number) + idDigits - id.length, 'latin1');
  }

  /** The bytes of these rows, without a copy where they lie behind each other. */
  *slices(places: Iterable<Place>): Generator<Buffer> {
    let from = 0;
    let to = 0;
    for (const place of places) {
      const start = this.#from[place] as number;
      if (start !== to) {
        if (to > from) yield this.#bytes.subarray(from, to);
        from = start;
      }
      to = this.#from[place + 1] as number;
    }
    if (to > from) yield this.#bytes.subarray(from, to);
  }

  text(place: Place): string {
    return this.#bytes.toString('utf8', this.#from[place], this.#from[place + 1]);
  }

  /** Empty again, and as large as it has become: the rows of a delivery are as long as each other, batch after batch. */
  clear(): void {
    this.#used = 0;
    this.#rows = 0;
  }

  #makeRoom(most: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + most));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }

  #makeColumns(rows: number): void {
    const grown = <T extends Float64Array | Uint32Array | Uint8Array>(column: T, larger: T): T => {
      larger.set(column);
      return larger;
    };
    this.#numbers = grown(this.#numbers, new Float64Array(rows));
    this.#from = grown(this.#from, new Uint32Array(rows + 1));
    this.#flags = grown(this.#flags, new Uint8Array(rows));
    this.#idLengths = grown(this.#idLengths, new Uint8Array(rows));
  }
}
