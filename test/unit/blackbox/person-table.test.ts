import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Demographics } from '../../../src/blackbox/candidate.ts';
import { fingerprint } from '../../../src/blackbox/fingerprint.ts';
import { PersonTable, tenDigits } from '../../../src/blackbox/person-table.ts';
import type { Person } from '../../../src/blackbox/persons.ts';

const personOf = (personId: number): Person => ({ personId, withheld: '', knownBirth: '', sighted: 0, unspoken: false });

it('finds everybody who was put in, and nobody else', () => {
  const number = fc.oneof(fc.integer({ min: 1, max: 9_999_999_999 }), fc.integer({ min: 9_990_000_000, max: 9_990_000_050 }));
  fc.assert(
    fc.property(fc.array(number, { maxLength: 200 }), fc.array(number, { maxLength: 50 }), (put, asked) => {
      const table = new PersonTable();
      const model = new Map<number, Person>();
      for (const [at, each] of put.entries()) {
        const person = personOf(at + 1);
        table.set(each, person);
        model.set(each, person);
      }
      for (const each of [...put, ...asked]) expect(table.get(each)).toBe(model.get(each));
      expect([table.get(Number.NaN), table.get(0)]).toEqual([undefined, undefined]);
    }),
  );
});

it('forgets who has not been met for long, and nobody who has', () => {
  const table = new PersonTable();
  const regular = personOf(1);
  table.set(4_000_000_004, regular);
  const first = personOf(2);
  table.set(4_000_000_012, first);
  for (let each = 0; each < 1_000_000; each++) {
    table.set(6_000_000_000 + each, regular);
    if (each % 100_000 === 0) expect(table.get(4_000_000_004)).toBe(regular);
  }
  expect(table.get(4_000_000_012)).toBeUndefined();
});

it('keeps numbers apart that a sender chose because they would stand together', () => {
  // Where numbers stood that were only multiplied: 60,000 of them next to each other, each look-up past half of the rest.
  const together: number[] = [];
  for (let number = 4_000_000_000; together.length < 60_000; number++) {
    const mixed = Math.imul(number >>> 0, 0x9e37_79b1);
    if (((mixed ^ (mixed >>> 15)) & 0x7_ffff) < 2_000) together.push(number);
  }
  const table = new PersonTable();
  for (const [at, number] of together.entries()) table.set(number, personOf(at + 1));
  expect(together.every((number, at) => table.get(number)?.personId === at + 1)).toBe(true);
});

it('reads ten digits of ASCII as a number, and nothing else', () => {
  fc.assert(fc.property(fc.stringMatching(/^\d{10}$/), (text) => tenDigits(text) === Number(text)));
  for (const other of ['', '999000001', '99900000188', '999 000 00', '999000001x', '٩٩٩٠٠٠٠٠١٨', '９９９００００018'])
    expect(tenDigits(other)).toBeNaN();
});

const said = fc.record({
  nhsNumberStatus: fc.constantFrom('', '01', '02'),
  sex: fc.constantFrom('', '1', '2', '9'),
  birthDate: fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
  ethnicCategory: fc.string({ maxLength: 2 }),
  postcode: fc.string({ maxLength: 8 }),
  practice: fc.string({ maxLength: 6 }),
  registeredFrom: fc.constantFrom('', '2020-01-01'),
  deathDate: fc.constantFrom('', '2024-01-01'),
});

it('tells what is said of a person from everything else that may be said', () => {
  fc.assert(
    fc.property(said, said, (one, other) => {
      const same = (Object.keys(one) as (keyof Demographics)[]).every((field) => one[field] === other[field]);
      expect(fingerprint(one) === fingerprint(other)).toBe(same);
      expect(fingerprint({ ...one })).toBe(fingerprint(one));
      expect(fingerprint(one)).not.toBe(0);
    }),
    { numRuns: 2_000 },
  );
});

it('has no two alike among 200,000 people who differ in a postcode, a day or one letter moved to the next field', () => {
  const seen = new Set<number>();
  const base: Demographics = {
    nhsNumberStatus: '01', sex: '1', birthDate: '', ethnicCategory: 'A', postcode: '', practice: 'F81001', registeredFrom: '', deathDate: '',
  }; // biome-ignore format: one glance
  let many = 0;
  for (let day = 0; day < 200; day++) {
    const birthDate = new Date(Date.UTC(1950, 0, 1 + day)).toISOString().slice(0, 10);
    for (let unit = 0; unit < 1_000; unit++, many++) seen.add(fingerprint({ ...base, birthDate, postcode: `SS${unit % 10} ${unit}AB` }));
  }
  expect(seen.size).toBe(many);
  expect(fingerprint({ ...base, sex: '12', birthDate: '3' })).not.toBe(fingerprint({ ...base, sex: '1', birthDate: '23' }));
});
