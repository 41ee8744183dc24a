import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import { loadRegister } from '../../../src/register/load.ts';
import { addMeasureCommands } from '../../../src/returns/measures/command.ts';
import { countBehind, countMeasures } from '../../../src/returns/measures/count-measures.ts';
import { loadMeasures, type Measures } from '../../../src/returns/measures/load-measures.ts';
import type { MeasureValue } from '../../../src/returns/measures/measure.ts';
import { measureValues } from '../../../src/returns/measures/measure-values.ts';
import { rulesOf } from '../../../src/returns/measures/rule.ts';
import { ruleSql } from '../../../src/returns/measures/rule-sql.ts';
import { showMeasures } from '../../../src/returns/measures/show-measures.ts';
import { makeReport } from '../../../src/returns/reports/make.ts';
import { cellsOf } from '../../../src/returns/reports/report.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { createOutput } from '../../../src/shared/output.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { csv, emptyBox, nhsNumber, openTestBox, type Row, type TestBox } from '../../support/box.ts';
import { careEvent, episode } from '../../support/rows.ts';

const config = join(packageRoot(), 'config');
const clock = { now: () => new Date('2026-11-21T12:00:00Z') };
const quarter = { from: '2026-07-01', to: '2026-09-30' };

let test: TestBox;
let measures: Measures;
beforeAll(async () => {
  [test, measures] = await Promise.all([openTestBox(), loadMeasures(config)]);
});
afterAll(() => test.close());
beforeEach(async () => {
  await emptyBox(test);
  await test.admin.query('truncate environment.person_measure, environment.measure_waiting, returns.month_measure, returns.released_count');
});

const gateway = () => test.databases.pool('haven_gateway');
/** Whether many have changed or few decides how they are counted, and must not decide what comes out: 0 never takes all. */
const count = (everybodyFrom = 0) => countMeasures(gateway(), measures.definitions, clock, { everybodyFrom });
const acute = (...rows: Row[]) => test.deliver('sus-apc-southend', csv(rows));
const care = (...rows: Row[]) => test.deliver('asc-cld-southend', csv(rows));
const values = async (period = quarter): Promise<ReadonlyMap<string, MeasureValue>> =>
  measureValues(gateway(), {
    place: 'southend-on-sea',
    period,
    register: await loadRegister(gateway()),
    config,
    at: '2027-06-30' as LocalDate,
  });

/** A spell from one day to another, by the method of its admission. */
const spell = (person: number, id: string, from: string, to: string, more: Row = {}): Row =>
  episode(person, id, { StartDateHospitalProviderSpell: from, DischargeDateFromHospitalProviderSpell: to, ...more });
const service = (person: number, id: string, type: string, from: string, to = '', more: Row = {}): Row =>
  careEvent(person, id, { Service_Type: type, Event_Start_Date: from, Event_End_Date: to, ...more });
const home = 'Long Term Support: Residential Care';

/** The sums as they are kept, and as they come out when everything is counted again from the events. */
async function kept(): Promise<string[]> {
  const { rows } = await test.admin.query<{ line: string }>(
    `select concat_ws(' ', rule, place_id, month, sum(n), sum(gone), sum(days)) as line from returns.month_measure
     group by rule, place_id, month having sum(n) <> 0 or sum(gone) <> 0 or sum(days) <> 0 order by 1`,
  );
  return rows.map(({ line }) => line);
}

async function recount(): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, rule] of rulesOf(measures.definitions)) {
    const { text, values } = ruleSql(rule, 'all');
    const { rows } = await test.admin.query<{ line: string }>(
      `select concat_ws(' ', $${values.length + 1}::text, place_id, month, sum(n), sum(gone), sum(days)) as line from (${text}) c
       group by place_id, month having sum(n) <> 0 or sum(gone) <> 0 or sum(days) <> 0`,
      [...values, name],
    );
    lines.push(...rows.map(({ line }) => line));
  }
  return lines.sort();
}

/** Twelve people do the same, because fewer than eight would be withheld; counts are then to the nearest five. */
const people = Array.from({ length: 12 }, (_, at) => at + 1);
const everyMonth = people.flatMap((person) => [
  // Planned stays, so that every month has data and none of it is an emergency.
  ...['07', '08', '09'].map((month) =>
    spell(person + 50, `P${person}-${month}`, `2026-${month}-01`, `2026-${month}-01`, { AdmissionMethodHospitalProviderSpell: '11' }),
  ),
]);

describe('a measure from data', () => {
  it('is null where nothing landed, where a month is missing, and where no feed carries it', async () => {
    await acute(...people.map((person) => spell(person, `S${person}`, '2026-07-03', '2026-07-04')));
    await count();
    const found = await values();
    expect(found.get('nea')).toMatchObject({ numerator: null, seen: false, reason: expect.stringContaining('at least one month') });
    expect(found.get('residential')).toMatchObject({ numerator: null, seen: false });
    expect(found.get('fft')).toMatchObject({ numerator: null, reason: expect.stringContaining('declare') });
    expect((await values({ from: '2026-07-01', to: '2026-07-31' })).get('nea')).toMatchObject({ numerator: 10, seen: true, rate: null });
    expect((await values({ from: '2026-07-01', to: '2026-07-30' })).get('nea')).toMatchObject({ numerator: null });
  });

  it('is null while what landed is not counted, and says so', async () => {
    await acute(...everyMonth);
    await count();
    await acute(spell(1, 'S1', '2026-07-03', '2026-07-04'));
    expect(await countBehind(gateway(), measures.definitions)).toBe(1);
    expect((await values()).get('nea')).toMatchObject({ numerator: null, reason: expect.stringContaining('not counted yet') });
    await count();
    expect(await countBehind(gateway(), measures.definitions)).toBe(0);
    expect((await values()).get('nea')).toMatchObject({ numerator: null, suppressed: true });
  });

  it('counts spells and not episodes, stays over transfers, readmissions, and delays in the month they lie in', async () => {
    const ready = 'HospitalProviderSpellDischargeReadyDate';
    await acute(
      ...everyMonth,
      ...people.flatMap((person) => [
        spell(person, `A${person}`, '2026-07-01', '2026-07-20', { EpisodeNumber: '1' }),
        spell(person, `A${person}`, '2026-07-01', '2026-07-20', { EpisodeNumber: '2' }),
        // Moved to another hospital the next day: one stay of 36 nights that ends in August, and no readmission.
        spell(person, `B${person}`, '2026-07-21', '2026-08-06', {
          OrganisationCodeCodeOfProvider: 'RQ8',
          AdmissionMethodHospitalProviderSpell: '2B',
          [ready]: '2026-07-30',
        }),
        // Day 29 after the end is a readmission, and this person's next is not.
        spell(person, `C${person}`, '2026-09-04', '2026-09-05'),
      ]),
    );
    await count();
    const found = await values();
    expect(found.get('nea')).toMatchObject({ numerator: 25 });
    expect(found.get('a1-nel-65')).toMatchObject({ numerator: 25, per: 1000 });
    expect(found.get('a2-long-stays-65')).toMatchObject({ numerator: 10 });
    expect(found.get('a3-readmissions-65')).toMatchObject({ numerator: 10, denominator: 25, rate: 400 });
    // Seven nights each, two of them in July: 84 in three months.
    expect(found.get('dtoc')).toMatchObject({ numerator: 28.3, version: '2023-24' });
    expect((await values({ from: '2026-07-01', to: '2026-07-31' })).get('a5-delayed-days-65')).toMatchObject({ numerator: 25 });
    expect((await values({ from: '2026-08-01', to: '2026-08-31' })).get('a5-delayed-days-65')).toMatchObject({ numerator: 60 });
  });

  it('is shown on the command line, after what waits was counted', async () => {
    await acute(...everyMonth, ...people.map((one) => spell(one, `S${one}`, '2026-07-03', '2026-07-09')));
    const printed: string[] = [];
    const app = {
      gateway: gateway(),
      clock,
      config: { configDirectory: config },
      register: () => loadRegister(gateway()),
    } as unknown as App;
    const program = new Command('haven').exitOverride();
    const out = createOutput(() => false, { result: { write: (text) => printed.push(text) }, progress: { write: () => true } });
    addMeasureCommands(program, async () => app, out);
    await program.parseAsync(['measures', '--place', 'southend-on-sea', '--period', '2026-07-01..2026-09-30'], { from: 'user' });
    expect(printed.join('')).toMatch(/^nea \(2016-17\) +10$/m);
    expect(printed.join('')).toMatch(/^a3-readmissions-65 \(2016-17\) +0 of 10, 0 per 1,000$/m);
    expect(printed.join('')).toMatch(/^fft \(2016-17\) +No feed the gateway takes carries this: declare it\.$/m);
    await program.parseAsync(['count'], { from: 'user' });
    expect(printed.join('')).toContain('Counted 0 new rules, and 0 people again.');
  });

  it('is held against every other measure that counts alike, denominators and averages too, whatever the period', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'haven-held-'));
    await cp(config, copy, { recursive: true });
    // Made on the last day, because the register of the test is younger.
    const told = async (measure: string, { from, to }: { from: LocalDate; to: LocalDate }) => {
      const about = { id: measure, title: measure, about: measure, source: 'Nobody', period: { kind: 'quarter' } };
      const table = { caption: 'One', source: 'measures', rows: [measure], none: 'None' };
      await writeFile(
        join(copy, 'returns', 'reports', `${measure}.json`),
        JSON.stringify({ ...about, sections: [{ heading: 'One', tables: [table] }] }),
      );
      const { report } = await makeReport(
        { gateway: gateway(), servers: test.databases.servers, clock, config: { configDirectory: copy } },
        { report: measure, place: 'southend-on-sea', at: to, period: { from, to } },
        'test',
      );
      const cells = [...cellsOf(report)].map(({ cell }) => [cell.id.split('.').at(-1), cell.answer] as const);
      return Object.fromEntries(cells.filter(([column]) => ['rate', 'numerator', 'denominator'].includes(column ?? '')));
    };
    const delayed = (month: string) => ({ HospitalProviderSpellDischargeReadyDate: `2026-${month}-03` });
    await acute(
      ...everyMonth,
      ...people.map((one) => spell(one, `J${one}`, '2026-07-02', '2026-07-04', delayed('07'))),
      ...people.slice(0, 6).map((one) => spell(one, `A${one}`, '2026-08-31', '2026-08-31')),
      ...people
        .slice(0, 6)
        .map((one) =>
          spell(one + 50, `D${one}`, '2026-08-02', '2026-08-04', { ...delayed('08'), AdmissionMethodHospitalProviderSpell: '11' }),
        ),
    );
    await count();
    const days = (from: string, to: string) => ({ from: from as LocalDate, to: to as LocalDate });
    const [july, august, both] = [days('2026-07-01', '2026-07-31'), days('2026-08-01', '2026-08-31'), days('2026-07-01', '2026-08-31')];
    expect(await told('a1-nel-65', july)).toMatchObject({ numerator: 10 });
    expect(await told('a1-nel-65', august)).toMatchObject({ numerator: '*' });
    // 12 and 6 are 18, shown as 20: less the 12 at most of July it leaves 6 or 7.
    expect(await told('a3-readmissions-65', both)).toMatchObject({ denominator: '*' });
    expect(await told('dtoc', july)).toMatchObject({ numerator: 10 });
    expect(await told('dtoc', august)).toMatchObject({ numerator: '*' });
    expect(await told('dtoc', both)).toMatchObject({ numerator: '*' });
    // By themselves, too.
    const alone = await showMeasures(gateway(), await values(both), { place: 'southend-on-sea', period: both }, clock);
    expect(alone.get('a1-nel-65')).toMatchObject({ numerator: null, suppressed: true, reason: expect.stringContaining('kept back') });
    await rm(copy, { recursive: true });
  });

  it('counts who enters a care home, and the days there, however many records say it', async () => {
    await care(
      ...people.flatMap((person) => [
        // Moved to another home without a day between, and still there.
        service(person, `E${person}a`, home, '2026-07-11', '2026-08-31'),
        service(person, `E${person}b`, 'Long-Term Support – nursing care', '2026-09-01'),
      ]),
      ...people.map((person) => service(person + 20, `E${person}c`, home, '2026-01-01', '2026-07-31')),
      ...people.map((person) => service(person + 40, `E${person}d`, 'Long Term Support: Community', '2026-07-01')),
    );
    await count();
    const found = await values();
    expect(found.get('residential')).toMatchObject({ numerator: 10, version: '2023-24' });
    // 12 × (21 + 31 + 30) and 12 × 31.
    expect(found.get('a4-care-home-days-65')).toMatchObject({ numerator: 1355 });
  });

  it('follows people 91 days after discharge into reablement', async () => {
    const support = 'Short Term Support: ST-Max';
    await acute(
      ...everyMonth,
      ...people.map((person) => spell(person, `S${person}`, '2026-07-01', '2026-07-10')),
      ...people.map((person) => spell(person + 20, `S${person}x`, '2026-07-01', '2026-07-10')),
      ...people.map((person) => spell(person + 20, `S${person}y`, '2026-10-01', '2026-10-30')),
    );
    await care(
      ...people.map((person) => service(person, `R${person}`, support, '2026-07-12', '2026-08-20')),
      ...people.map((person) => service(person + 20, `R${person}x`, support, '2026-07-12', '2026-08-20')),
      ...people.flatMap((person) =>
        ['08', '09'].map((month) => service(person + 60, `R${person}-${month}`, support, `2026-${month}-12`, `2026-${month}-20`)),
      ),
    );
    await count();
    expect((await values()).get('reablement')).toMatchObject({ numerator: 10, denominator: 25, rate: 40 });
    const early = await measureValues(gateway(), {
      ...{ place: 'southend-on-sea', period: quarter, register: await loadRegister(gateway()), config, at: '2026-12-30' as LocalDate },
    });
    expect(early.get('reablement')).toMatchObject({ numerator: null, reason: expect.stringContaining('too early') });
  });
});

/** What may happen to the data, in any order, and how the counts follow: at once for these people, for everybody, or later. */
type Happening = { readonly then: 'count' | 'count everybody' | 'wait' } & (
  | {
      readonly what: 'acute';
      readonly rows: readonly (readonly [person: number, spell: number, month: number, nights: number, born: number])[];
    }
  | { readonly what: 'care'; readonly rows: readonly (readonly [person: number, service: number, month: number, days: number])[] }
  | { readonly what: 'objection'; readonly person: number }
);

const number = (min: number, max: number) => fc.integer({ min, max });
// Few people, spells and services, so that most rows correct, move or remove what is counted already.
const person = number(1, 4);
const then = fc.constantFrom(...(['count', 'count', 'count', 'count', 'count', 'wait', 'count everybody'] as const));
const acuteRow = fc.tuple(person, number(1, 4), number(5, 8), number(0, 60), fc.constantFrom(1950, 1970));
const careRow = fc.tuple(person, number(1, 4), number(5, 8), number(-1, 90));
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ then, what: fc.constant('acute' as const), rows: fc.array(acuteRow, { minLength: 1, maxLength: 4 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ then, what: fc.constant('care' as const), rows: fc.array(careRow, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ then, what: fc.constant('objection' as const), person }) },
);

const dayOf = (month: number, days = 0): string => new Date(Date.UTC(2026, month - 1, 3 + days)).toISOString().slice(0, 10);

async function happen(one: Happening, at: number): Promise<void> {
  const written = `2026-10-${String(10 + at)}T00:00:00`;
  if (one.what === 'objection') await test.object('programme', `nhs_number\n${nhsNumber(one.person)}\n`);
  else if (one.what === 'acute')
    // The same spell again, of another length, another month, another person or another birth: updated, moved, corrected.
    await acute(
      ...one.rows.map(([who, id, month, nights, born]) =>
        spell(who, `S${id}`, dayOf(month), dayOf(month, nights), {
          DateofBirth: `${born}-03-01`,
          HospitalProviderSpellDischargeReadyDate: dayOf(month, Math.floor(nights / 2)),
          LastUpdated: written,
        }),
      ),
    );
  // Each submission replaces the one before it for the period: what it leaves out goes.
  else
    await care(
      ...one.rows.map(([who, id, month, days]) =>
        service(who, `E${id}`, id % 2 === 0 ? home : 'Short Term Support: ST-Max', dayOf(month), days < 0 ? '' : dayOf(month, days)),
      ),
    );
}

describe('the counts that are kept', () => {
  it('are those of a count from nothing, after any landings, corrections, removals and objections', async () => {
    let [deleted, compared] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 4, maxLength: 6 }), async (story) => {
        await emptyBox(test);
        await test.admin.query(
          'truncate environment.person_measure, environment.measure_waiting, returns.month_measure, returns.released_count',
        );
        await acute(...[1, 2, 3, 4].map((one) => spell(one, `S${one}`, dayOf(6), dayOf(6, 5), { LastUpdated: '2026-10-01T00:00:00' })));
        await care(...[1, 2, 3, 4].map((one) => service(one, `E${one}`, home, dayOf(5))));
        await count();
        for (const [at, one] of story.entries()) {
          if (one.what === 'objection') await count();
          await happen(one, at);
          // An objection takes back what the person added at once, and not with the next count.
          if (one.what === 'objection') {
            const left = await test.count(
              `select count(*) from environment.person_measure m where not exists (select from environment.event e where e.person_id = m.person_id)`,
            );
            expect(left).toBe(0);
          }
          if (one.then === 'wait') continue;
          await count(one.then === 'count' ? 0 : 1_000);
          const found = await kept();
          expect(found).toEqual(await recount());
          compared += found.length;
        }
        deleted += story.filter(({ what }) => what === 'objection').length;
      }),
      { numRuns: 5, seed: 4, unbiased: true },
    );
    expect(compared).toBeGreaterThan(30);
    expect(deleted).toBeGreaterThan(0);
  });

  it('lose what moves to somebody else or is left out of a submission, also where the person stays', async () => {
    const stay = (who: number, id: string, more: Row = {}) => spell(who, id, '2026-07-01', '2026-07-09', more);
    await acute(stay(1, 'S1'), spell(1, 'S2', '2026-08-01', '2026-08-09'), stay(3, 'S3'));
    await care(service(2, 'E2', home, '2026-07-02'), service(3, 'E3', home, '2026-07-02'));
    await count();
    await acute(stay(2, 'S1', { LastUpdated: '2026-10-20T00:00:00' }));
    expect(await count()).toMatchObject({ people: 2 });
    expect(await kept()).toEqual(await recount());
    await care(service(2, 'E2', home, '2026-07-02'));
    expect(await count()).toMatchObject({ people: 1 });
    expect(await kept()).toEqual(await recount());
  });

  it('follow a birth that is corrected, whoever corrects it', async () => {
    await acute(...everyMonth, ...people.map((one) => spell(one, `S${one}`, '2026-07-03', '2026-07-09')));
    await count();
    expect((await values()).get('a1-nel-65')).toMatchObject({ numerator: 10 });
    await test.databases.pool('haven_blackbox').query(`update environment.person set birth_month = '1990-01-01'`);
    await count();
    expect((await values()).get('a1-nel-65')).toMatchObject({ numerator: 0 });
    expect((await values()).get('nea')).toMatchObject({ numerator: 10 });
  });

  it('make nobody wait: two deliveries, and an objection, at the same time', async () => {
    await acute(...people.map((one) => spell(one, `S${one}`, '2026-07-03', '2026-07-09')));
    await count();
    await Promise.all([
      acute(...people.map((one) => spell(one, `S${one}`, '2026-07-03', '2026-07-10', { LastUpdated: '2026-10-07T08:00:00' }))),
      care(...people.map((one) => service(one, `E${one}`, home, '2026-07-11'))),
      count(),
      count(),
    ]);
    await count();
    expect(await kept()).toEqual(await recount());
  });

  it('are made once at first, not for everybody and then for everybody who waited', async () => {
    await countMeasures(gateway(), [], clock);
    await acute(...people.map((one) => spell(one, `S${one}`, '2026-07-03', '2026-07-09')));
    expect(await count()).toEqual({ rules: rulesOf(measures.definitions).size, people: 0 });
    expect(await kept()).toEqual(await recount());
    await acute(spell(people[0] as number, 'later', '2026-07-20', '2026-07-21'));
    expect(await count()).toEqual({ rules: 0, people: 1 });
    expect(await kept()).toEqual(await recount());
  });

  it('follow a definition that changes: a rule nobody uses goes, a new one is counted for everybody', async () => {
    await acute(...people.map((one) => spell(one, `S${one}`, '2026-07-03', '2026-07-09')));
    await count();
    const nea = measures.definitions.filter(({ id }) => id === 'nea');
    expect(await countMeasures(gateway(), nea, clock)).toEqual({ rules: 0, people: 0 });
    expect(await test.count('select count(*) from returns.measure_rule')).toBe(rulesOf(nea).size);
    expect(await test.count('select count(distinct rule) from environment.person_measure')).toBe(2);
    expect((await count()).rules).toBe(rulesOf(measures.definitions).size - rulesOf(nea).size);
    expect(await kept()).toEqual(await recount());
  });
});
