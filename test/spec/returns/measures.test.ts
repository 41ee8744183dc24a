import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionsFor, loadMeasures, type Measures, populationOf } from '../../../src/returns/measures/load-measures.ts';
import { isWholeMonths, monthsOf } from '../../../src/returns/measures/month-counts.ts';
import { countsOf, keptRule, ruleName, rulesOf } from '../../../src/returns/measures/rule.ts';
import { plain } from '../../../src/returns/measures/rule-sql.ts';
import { measureSchemas } from '../../../src/returns/measures/schema.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const config = join(packageRoot(), 'config');
const period = (from: string, to: string) => ({ from, to });

let measures: Measures;
let folder: string;
beforeAll(async () => {
  measures = await loadMeasures(config);
  folder = await mkdtemp(join(tmpdir(), 'haven-measures-'));
});
afterAll(async () => rm(folder, { recursive: true }));

/** [measure, quarter, version, what it divides by, is it counted from data] */
describe('the version of a measure', () => {
  it.each([
    ['nea', period('2016-07-01', '2016-09-30'), '2016-17', 'all-ages', true],
    ['dtoc', period('2016-07-01', '2016-09-30'), '2016-17', 'aged-18-and-over', true],
    // The national collection of delayed transfers ended with February 2020, and ready dates came in April 2023.
    ['dtoc', period('2020-01-01', '2020-03-31'), undefined, undefined, false],
    ['dtoc', period('2022-01-01', '2022-03-31'), undefined, undefined, false],
    ['dtoc', period('2023-04-01', '2023-06-30'), '2023-24', 'aged-18-and-over', true],
    ['residential', period('2016-07-01', '2016-09-30'), '2016-17', 'aged-65-and-over', true],
    ['residential', period('2026-10-01', '2026-12-31'), '2023-24', 'aged-65-and-over', true],
    ['reablement', period('2016-10-01', '2016-12-31'), '2016-17', undefined, true],
    ['ltc-supported', period('2016-07-01', '2016-09-30'), '2016-17', undefined, false],
    ['fft', period('2016-07-01', '2016-09-30'), '2016-17', undefined, false],
    ['phb-in-place', period('2016-07-01', '2016-09-30'), '2016-17', 'all-ages', true],
    ['a1-nel-65', period('2016-07-01', '2016-09-30'), '2016-17', 'aged-65-and-over', true],
    ['a5-delayed-days-social-care-65', period('2016-07-01', '2016-09-30'), '2016-17', 'aged-65-and-over', false],
    ['emergency-admissions-65', period('2016-07-01', '2016-09-30'), undefined, undefined, false],
    ['emergency-admissions-65', period('2025-07-01', '2025-09-30'), '2025-26', 'aged-65-and-over', true],
  ] as const)('%s over %o: %s', (id, over, version, population, counted) => {
    const found = definitionsFor(measures, over).find((one) => one.id === id);
    expect(found?.version).toBe(version);
    expect(found?.denominator.kind === 'population' ? found.denominator.population : undefined).toBe(population);
    expect(found === undefined ? false : countsOf(found).length > 0).toBe(counted);
  });

  it('says its numerator, denominator, basis and source, and shares a way of counting with others that count alike', () => {
    for (const one of measures.definitions) {
      for (const text of [one.title, one.numerator.text, one.denominator.text, one.populationBasis, one.source]) expect(text).not.toBe('');
    }
    const rule = (id: string) =>
      measures.definitions
        .filter((one) => one.id === id)
        .flatMap(countsOf)
        .map((count) => ruleName(keptRule(count)));
    expect(new Set(rule('residential')).size).toBe(1);
    expect(rule('a1-nel-65')).toEqual(rule('emergency-admissions-65'));
    // Who enters, leaves, is there and for how long comes from the same rows.
    expect(new Set([...rule('phb-in-place'), ...rule('phb-new'), ...rule('phb-stopped')]).size).toBe(1);
    expect(rulesOf(measures.definitions).size).toBeLessThan(measures.definitions.length);
  });

  it('divides by the population of its own year alone', () => {
    expect(populationOf(measures, 'southend-on-sea', 'all-ages', period('2016-07-01', '2016-09-30'))?.value).toBe(180_589);
    expect(populationOf(measures, 'southend-on-sea', 'all-ages', period('2017-01-01', '2017-03-31'))?.value).toBe(182_046);
    expect(populationOf(measures, 'southend-on-sea', 'all-ages', period('2026-10-01', '2026-12-31'))).toBeUndefined();
    expect(populationOf(measures, 'southend-on-sea', 'aged-65-and-over', period('2016-07-01', '2016-09-30'))).toBeUndefined();
    expect(populationOf(measures, 'dorset', 'all-ages', period('2016-07-01', '2016-09-30'))).toBeUndefined();
  });
});

describe('months', () => {
  it.each([
    ['2026-07-01', '2026-09-30', true, ['2026-07-01', '2026-08-01', '2026-09-01']],
    ['2026-12-01', '2027-02-28', true, ['2026-12-01', '2027-01-01', '2027-02-01']],
    ['2028-02-01', '2028-02-29', true, ['2028-02-01']],
    ['2028-02-01', '2028-02-28', false, ['2028-02-01']],
    ['2026-07-02', '2026-07-31', false, ['2026-07-01']],
  ])('%s to %s: whole %s', (from, to, whole, months) => {
    expect(isWholeMonths({ from, to })).toBe(whole);
    expect(monthsOf({ from, to })).toEqual(months);
  });
});

describe('values of client level data (RULE-CLD-1)', () => {
  it.each(['Long Term Support: Residential Care', 'Long-Term Support – Residential Care', ' long term support residential care'])(
    '%s',
    (value) => {
      expect(plain(value)).toBe('longtermsupportresidentialcare');
    },
  );
});

describe('definitions in a configuration', () => {
  async function broken(change: (definition: Record<string, unknown>) => [file: string, text: string]): Promise<string> {
    const copy = await mkdtemp(join(folder, 'config-'));
    await cp(join(config, 'returns', 'measures'), join(copy, 'returns', 'measures'), { recursive: true });
    const definition = JSON.parse(await readFile(join(copy, 'returns', 'measures', 'nea-2016-17.json'), 'utf8'));
    const [file, text] = change(definition);
    await writeFile(join(copy, 'returns', 'measures', file), text);
    return loadMeasures(copy).then(
      () => 'loaded',
      (error: Error & { problems?: readonly string[] }) => (error.problems ?? [error.message]).join('; '),
    );
  }

  it.each([
    [
      'another name than its file',
      (d: Record<string, unknown>) => ['nea-2016-17.json', JSON.stringify({ ...d, id: 'other' })],
      'must be named other-2016-17.json',
    ],
    [
      'two versions of one day',
      (d: Record<string, unknown>) => ['nea-2017-18.json', JSON.stringify({ ...d, version: '2017-18' })],
      'must end before version',
    ],
    [
      'an unknown way of counting',
      (d: Record<string, unknown>) => ['nea-2016-17.json', JSON.stringify({ ...d, numerator: { text: 'x', count: { how: 'guess' } } })],
      'numerator',
    ],
    ['a misspelt member', (d: Record<string, unknown>) => ['nea-2016-17.json', JSON.stringify({ ...d, numeratr: 1 })], 'nrecognized'],
    ['no JSON', () => ['nea-2016-17.json', '{'], 'nea-2016-17.json: is not JSON'],
    [
      'a member twice',
      (d: Record<string, unknown>) => ['nea-2016-17.json', `{"id":"dtoc",${JSON.stringify(d).slice(1)}`],
      'nea-2016-17.json: gives a member twice in one object; remove one of them',
    ],
    ['no populations', () => ['populations.json', '[]'], 'populations.json'],
  ] as const)('are refused with %s', async (_, change, problem) => {
    expect(await broken(change as (d: Record<string, unknown>) => [string, string])).toContain(problem);
  });

  it.each(Object.keys(measureSchemas))('have a published schema: %s', async (file) => {
    expect(await readFile(join(packageRoot(), 'docs', 'generated', file), 'utf8')).toBe(measureSchemas[file]?.());
  });
});
