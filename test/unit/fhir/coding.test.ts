import { describe, expect, it } from 'vitest';
import { addCodes, dropRepeats } from '../../../src/feeds/fhir/coding.ts';

describe('the codes of a resource', () => {
  it('are each kept once, in their order', () => {
    const codes: string[] = [];
    const coding = ['84114007', '22298006', '84114007'].map((code) => ({ system: 'http://snomed.info/sct', code }));
    expect(addCodes({ coding: [...coding, { system: 'https://example.org', code: 'x' }] }, codes)).toBe(1);
    dropRepeats(codes);
    expect(codes).toEqual(['snomed:84114007', 'snomed:22298006']);
  });

  it('may be very many: their time grows with their number, or this would not end', () => {
    const codes: string[] = [];
    const coding = Array.from({ length: 300_000 }, (_, n) => ({ system: 'http://snomed.info/sct', code: String(n % 150_000) }));
    addCodes({ coding }, codes);
    dropRepeats(codes);
    expect(codes).toHaveLength(150_000);
  });
});
