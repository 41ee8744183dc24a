import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Person } from '../../../src/blackbox/persons.ts';
import type { LandingPseudonym } from '../../../src/blackbox/pseudonymise.ts';
import { type Place, RowBuffer } from '../../../src/blackbox/row-buffer.ts';

const personOf = (personId: string): Person => ({
  pseudonym: '' as LandingPseudonym,
  personId,
  withheld: '',
  knownBirth: '',
  sighted: undefined,
  unspoken: false,
});

/** One row: whose id is known when it is written or only later, or who turns out to be withheld. */
const row = fc.record({
  key: fc.stringMatching(/^[0-9a-f]{32}$/),
  value: fc.string({ unit: 'grapheme', maxLength: 40 }),
  id: fc.bigInt({ min: 1n, max: 9_223_372_036_854_775_807n }).map(String),
  knownBefore: fc.boolean(),
  deleted: fc.boolean(),
  withheld: fc.boolean(),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

const valuesOf = ({ key, value }: Row): string => `\t${key}\t${value.replace(/[\t\n]/g, ' ')}\n`;

function write(buffer: RowBuffer, rows: readonly Row[]): readonly Place[] {
  const people = rows.map(({ id, knownBefore }) => personOf(knownBefore ? id : ''));
  const places = rows.map((each, at) => buffer.add(at + 1, people[at] as Person, each.deleted, valuesOf(each)));
  for (const [at, each] of rows.entries()) {
    (people[at] as { personId: string }).personId = each.id;
    if (each.withheld) buffer.withhold(places[at] as Place);
    else buffer.identify(places[at] as Place);
  }
  return places;
}

/** The id as PostgreSQL reads it, and what stands behind it. */
function read(text: string): readonly [bigint, string] {
  const tab = text.indexOf('\t');
  return [BigInt(text.slice(0, tab)), text.slice(tab)];
}

it('gives every row back as it was written, about whom it is, and about nobody once it is withheld', () => {
  const buffer = new RowBuffer();
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      buffer.clear();
      const places = write(buffer, rows);
      expect([...buffer.places()]).toEqual(places);
      for (const [at, each] of rows.entries()) {
        const place = places[at] as Place;
        expect(read(buffer.text(place))).toEqual([each.withheld ? 0n : BigInt(each.id), valuesOf(each)]);
        expect([buffer.number(place), buffer.key(place)]).toEqual([at + 1, each.key]);
        expect([buffer.deleted(place), buffer.withheld(place)]).toEqual([each.deleted || each.withheld, each.withheld]);
      }
    }),
  );
});

it('sends any choice of its rows in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.boolean()), { maxLength: 30 }), (choice) => {
      const buffer = new RowBuffer();
      const places = write(
        buffer,
        choice.map(([each]) => each),
      );
      const chosen = places.filter((_, at) => choice[at]?.[1] === true);
      expect(Buffer.concat([...buffer.slices(chosen)]).toString()).toBe(chosen.map((place) => buffer.text(place)).join(''));
    }),
  );
});

it('grows with rows that are many or long, and loses none of them', () => {
  const buffer = new RowBuffer();
  const long = 'é'.repeat(700_000);
  const key = '0123456789abcdef'.repeat(2);
  for (let number = 1; number <= 9_000; number++)
    buffer.add(number, personOf('7'), false, `\t${key}\t${number === 5_000 ? long : number}\n`);
  expect(buffer.length).toBe(9_000);
  expect(buffer.text(4_999)).toBe(`7\t${key}\t${long}\n`);
  expect([buffer.number(8_999), buffer.text(8_999), buffer.person(8_999).personId]).toEqual([9_000, `7\t${key}\t9000\n`, '7']);
});
