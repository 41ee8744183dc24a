import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CopyBytes, copyHeader, copyTrailer } from '../../../src/blackbox/copy-bytes.ts';
import type { Person } from '../../../src/blackbox/persons.ts';
import { type Place, RowBuffer } from '../../../src/blackbox/row-buffer.ts';

const personOf = (personId: number): Person => ({
  personId,
  withheld: '',
  knownBirth: '',
  sighted: 0,
  unspoken: false,
});

/** One row: whose id is known when it is written or only later, or who turns out to be withheld. */
const row = fc.record({
  key: fc.stringMatching(/^[0-9a-f]{32}$/),
  value: fc.string({ unit: 'grapheme', maxLength: 40 }),
  id: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  knownBefore: fc.boolean(),
  deleted: fc.boolean(),
  withheld: fc.boolean(),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

function writeValues(to: CopyBytes, { key, value }: Pick<Row, 'key' | 'value'>): void {
  to.uuid(key);
  to.text(value);
}

const written = (write: (to: CopyBytes) => void): Buffer => {
  const bytes = new CopyBytes();
  write(bytes);
  return bytes.subarray();
};

/** The columns of an event that belongs to this person. */
const eventOf = (id: number, values: Pick<Row, 'key' | 'value'>): Buffer =>
  written((to) => {
    to.columns(15);
    to.bigint(id);
    writeValues(to, values);
  });

function write(buffer: RowBuffer, rows: readonly Row[]): readonly Place[] {
  const people = rows.map(({ id, knownBefore }) => personOf(knownBefore ? id : 0));
  const places = rows.map((each, at) => {
    writeValues(buffer.add(at + 1, people[at] as Person, each.deleted), each);
    return buffer.last;
  });
  for (const [at, each] of rows.entries()) {
    (people[at] as { personId: number }).personId = each.id;
    if (each.withheld) buffer.withhold(places[at] as Place);
    else buffer.identify(places[at] as Place);
  }
  return places;
}

const idOf = (each: Row): number => (each.withheld ? 0 : each.id);

it('gives every row back as it was written, about whom it is, and about nobody once it is withheld', () => {
  const buffer = new RowBuffer();
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      buffer.clear();
      const places = write(buffer, rows);
      expect([...buffer.places()]).toEqual(places);
      for (const [at, each] of rows.entries()) {
        const place = places[at] as Place;
        expect(buffer.row(place)).toEqual(eventOf(idOf(each), each));
        expect([buffer.number(place), buffer.key(place)]).toEqual([at + 1, each.key]);
        expect([buffer.deleted(place), buffer.withheld(place)]).toEqual([each.deleted || each.withheld, each.withheld]);
      }
    }),
  );
});

it('lets no row land that is about nobody, though one may take its record away', () => {
  const buffer = new RowBuffer();
  const values = { key: '0123456789abcdef'.repeat(2), value: 'a' };
  for (const nobody of [0, undefined, Number.NaN]) {
    writeValues(buffer.add(1, personOf(0), false), values);
    Object.assign(buffer.person(buffer.last), { personId: nobody });
    expect(() => buffer.identify(buffer.last), String(nobody)).toThrow(RangeError);
  }
  writeValues(buffer.add(2, personOf(0), true), values);
  buffer.identify(buffer.last);
  expect(buffer.row(buffer.last)).toEqual(eventOf(0, values));
});

it('sends any choice of its rows in their order, as events or for the stage', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.boolean()), { maxLength: 30 }), (choice) => {
      const buffer = new RowBuffer();
      const places = write(
        buffer,
        choice.map(([each]) => each),
      );
      const chosen = places.filter((_, at) => choice[at]?.[1] === true);
      expect(Buffer.concat([...buffer.asEvents(chosen)])).toEqual(
        Buffer.concat([copyHeader, ...chosen.map((place) => buffer.row(place)), copyTrailer]),
      );
      const staged = chosen.map((place) =>
        written((to) => {
          to.columns(18);
          to.bigint(buffer.number(place));
          to.boolean(buffer.deleted(place));
          to.boolean(buffer.withheld(place));
          to.written(buffer.row(place).subarray(2));
        }),
      );
      expect(Buffer.concat([...buffer.asStaged(chosen)])).toEqual(Buffer.concat([copyHeader, ...staged, copyTrailer]));
    }),
  );
});

it('grows with rows that are many or long, and loses none of them', () => {
  const buffer = new RowBuffer();
  const long = 'é'.repeat(700_000);
  const key = '0123456789abcdef'.repeat(2);
  const textOf = (number: number): string => (number === 5_000 ? long : String(number));
  for (let number = 1; number <= 9_000; number++) writeValues(buffer.add(number, personOf(7), false), { key, value: textOf(number) });
  expect(buffer.length).toBe(9_000);
  expect(buffer.row(4_999).equals(eventOf(7, { key, value: long }))).toBe(true);
  expect(buffer.row(8_999)).toEqual(eventOf(7, { key, value: '9000' }));
  expect([buffer.number(8_999), buffer.person(8_999).personId]).toEqual([9_000, 7]);
});
