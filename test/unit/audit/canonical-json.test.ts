import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/audit/canonical-json.ts';
import { leafBytes } from '../../../src/audit/record.ts';

describe('canonical JSON (RFC 8785)', () => {
  it('writes the example of the standard', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toHaveLength(7);
    expect([...canonicalJson(value).matchAll(/:(\d)/g)].map(([, n]) => n)).toEqual(['2', '4', '6', '7', '1', '5', '3']);
  });

  it('gives one text for one value, whatever the order of its keys, and is stable when read again', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
        expect(canonicalJson(Object.fromEntries(Object.entries(value).reverse()))).toBe(text);
      }),
    );
  });

  it.each<[what: string, value: unknown]>([
    ['a number that is not finite', Number.NaN],
    ['a number that is not finite', Number.POSITIVE_INFINITY],
    ['a bigint', 1n],
    ['an object that is not a plain record', new Date()],
    ['an object that is not a plain record', new Map()],
    ['a function', () => 0],
    ['text that is not valid Unicode', '\ud800'],
    ['a undefined', [undefined]],
  ])('refuses what JSON would drop or change: %s', (what, value) => {
    let refused: unknown;
    try {
      canonicalJson({ value });
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({
      code: 'AUDIT_ENTRY_NOT_JSON',
      status: 500,
      message: `An audit entry can hold only JSON values; it held ${what}. Correct the code that writes it.`,
    });
  });

  it('writes a record that has no prototype like any other', () => {
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });
});

describe('a leaf', () => {
  it('says when, what, who and to whom, and leaves out a subject there is none of', () => {
    const at = new Date('2026-11-21T09:00:00Z');
    expect(leafBytes({ type: 'delivery.landed', actor: 'supplier', detail: { received: 2 } }, at).toString()).toBe(
      '{"actor":"supplier","at":"2026-11-21T09:00:00.000Z","detail":{"received":2},"type":"delivery.landed","v":1}',
    );
    expect(leafBytes({ type: 'a', actor: 'b', subject: 'c', detail: {} }, at).toString()).toContain('"subject":"c"');
  });
});
