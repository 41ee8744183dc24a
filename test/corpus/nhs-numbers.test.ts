import { expect, it } from 'vitest';
import { canonicalNhsNumber, classifyNhsNumber, type NhsNumberClass } from '../../src/blackbox/nhs-number.ts';
import { describeSets, readRows, readSet } from './support/shared-data.ts';

const set = 'nhs-number-vectors';

interface Vectors {
  readonly standardise: readonly { readonly input: string; readonly output: string }[];
  readonly is_valid: readonly { readonly input: string; readonly valid: boolean; readonly note?: string }[];
  readonly is_valid_for_region: readonly { readonly input: string; readonly region: string; readonly valid: boolean }[];
  readonly region_of: readonly { readonly number: string; readonly region: string }[];
  readonly calculate_checksum: readonly { readonly identifier: string; readonly checksum: number | null }[];
}

describeSets([set], 'published NHS number vectors', () => {
  const vectors = (): Vectors => JSON.parse(readSet(set, 'nhs_number_cases.json').toString('utf8')) as Vectors;
  const classOf = (value: string, environment: 'test' | 'production'): NhsNumberClass =>
    classifyNhsNumber(canonicalNhsNumber(value.trim()), environment);
  const passesModulus = (value: string): boolean => ['usable', 'test-range', 'placeholder'].includes(classOf(value, 'test'));

  it('reads every layout the vectors standardise, and calls everything else malformed or absent', () => {
    for (const { input, output } of vectors().standardise) {
      const canonical = canonicalNhsNumber(input.trim());
      if (output !== '') expect(canonical).toBe(output);
      else expect(['malformed', 'absent']).toContain(classifyNhsNumber(canonical, 'test'));
    }
  });

  it('agrees on every check digit; a check digit of ten fits no number', () => {
    for (const { identifier, checksum } of vectors().calculate_checksum) {
      for (let digit = 0; digit < 10; digit++) {
        const expected = checksum !== null && checksum === digit;
        expect(passesModulus(`${identifier}${digit}`)).toBe(expected);
      }
    }
  });

  it('agrees on validity, but for what needs the calendar of Scotland, whose numbers are never usable here anyway', () => {
    for (const { input, valid, note } of vectors().is_valid) {
      if (note?.includes('impossible date')) expect(classOf(input, 'production')).toBe('test-range');
      else expect(passesModulus(input)).toBe(valid);
    }
  });

  it('takes in production only what England, Wales and the Isle of Man issue, and in tests only the synthetic range', () => {
    const { region_of: regions, is_valid_for_region: cases } = vectors();
    for (const { number, region } of regions) {
      expect(classOf(number, 'production')).toBe(region === 'ENGLAND_WALES_IOM' ? 'usable' : 'test-range');
      expect(classOf(number, 'test')).toBe(region === 'SYNTHETIC' ? 'usable' : 'test-range');
    }
    for (const { input, region, valid } of cases)
      if (region === 'ENGLAND_WALES_IOM') expect(classOf(input, 'production') === 'usable').toBe(valid);
  });

  it('agrees with 392 values collected from public sets, and refuses the repeated digits among them', () => {
    const rows = readRows(set, 'harvested_from_shared_sets.csv');
    const counts: Record<string, number> = {};
    for (const { value_as_found: value = '', mod11_valid: valid, range } of rows) {
      const found = classOf(value, 'test');
      counts[found] = (counts[found] ?? 0) + 1;
      expect(passesModulus(value)).toBe(valid === 'True');
      if (/^(\d)\1{9}$/.test(value)) expect(found).toBe('placeholder');
      else if (valid === 'True') expect(found).toBe(range?.startsWith('9') ? 'usable' : 'test-range');
      if (valid === 'True' && range === 'EWIM-allocatable') expect(classOf(value, 'production')).toBe('usable');
    }
    console.log(`${set}: ${rows.length} values`, counts);
    expect(rows.length).toBeGreaterThanOrEqual(392);
  });
});
