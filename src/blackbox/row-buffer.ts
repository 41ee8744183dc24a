import type { Person } from './persons.ts';
import type { SourceKey } from './pseudonymise.ts';

/** Digits of a bigint; the place of a person's id is kept free until the database has said who they are. */
const idDigits = 19;
const idPlace = '0'.repeat(idDigits);

/** One row in the buffer: where it lies, whom it is about, and what must be known about it until it is sent. */
export interface BufferedRow {
  readonly row: number;
  readonly key: SourceKey;
  readonly person: Person;
  readonly deleted: boolean;
  /** Counted as withheld already; an earlier form of the record goes all the same. */
  readonly withheld: boolean;
  /** The person was known when the row was written, and their id stands in it. */
  readonly identified: boolean;
  readonly from: number;
  readonly to: number;
}

/**
 * Rows as COPY text in one block of bytes. A row is written the moment it has been judged and leaves nothing else behind:
 * kept as strings, the rows of a batch would be copied again and again by the garbage collector, which cost more than
 * all the checking together. The person's id is filled in later, in place, with leading zeros.
 */
export class RowBuffer {
  #bytes = Buffer.allocUnsafe(1 << 20);
  #used = 0;

  /** @param values the columns behind the person's id, each with its tab, and the newline */
  add(row: number, key: SourceKey, person: Person, deleted: boolean, values: string): BufferedRow {
    const most = idDigits + values.length * 3;
    if (this.#used + most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + most));
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    const from = this.#used;
    const id = person.personId;
    this.#used += this.#bytes.write((id === '' ? idPlace : id) + values, from, 'utf8');
    return { row, key, person, deleted, withheld: false, identified: id !== '', from, to: this.#used };
  }

  /** Fills in who the row is about, where that was not known when it was written. */
  identify(row: BufferedRow): void {
    if (row.identified) return;
    const id = row.person.personId;
    this.#bytes.write(id, row.from + idDigits - id.length, 'latin1');
  }

  /** Takes the person out of a row that is withheld after all. */
  forget(row: BufferedRow): void {
    if (row.identified) this.#bytes.write('0'.repeat(row.person.personId.length), row.from, 'latin1');
  }

  /** The bytes of these rows, without a copy where they lie behind each other. */
  *slices(rows: Iterable<BufferedRow>): Generator<Buffer> {
    let from = 0;
    let to = 0;
    for (const row of rows) {
      if (row.from !== to) {
        if (to > from) yield this.#bytes.subarray(from, to);
        from = row.from;
      }
      to = row.to;
    }
    if (to > from) yield this.#bytes.subarray(from, to);
  }

  /** Empty again, and as large as it has become: the rows of a delivery are as long as each other, batch after batch. */
  clear(): void {
    this.#used = 0;
  }

  text(row: BufferedRow): string {
    return this.#bytes.toString('utf8', row.from, row.to);
  }
}
