import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Receipt } from '../../../src/landing/receipt.ts';
import { senderRules } from '../../../src/landing/rule-tables.ts';
import { receiptForSender } from '../../../src/landing/sender-receipt.ts';

const receipt = (over: Partial<Receipt>): Receipt => ({
  delivery: 'd',
  flow: 'f',
  sha256: '',
  state: 'landed',
  received: 0,
  landed: 0,
  updated: 0,
  unchanged: 0,
  withheld: {},
  quarantined: {},
  removed: 0,
  outOfScope: {},
  dropped: {},
  warnings: {},
  linkage: { existing: 0, new: 0 },
  refusals: [],
  problems: '',
  started: '',
  finished: '',
  ...over,
});
const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

// RULE-RECEIPT-2: what a machine of the sender may learn about single people.
describe('the receipt a sender reads', () => {
  it.each(senderRules)('tells of $what as much as is no answer about a person', ({ withheld, told }) => {
    expect(receiptForSender(receipt({ withheld }), 7).withheld).toEqual(told);
  });

  it.each([
    [1, 0, { existing: 0, new: 0 }],
    [0, 1, { existing: 0, new: 0 }],
    [7, 5_000, { existing: 0, new: 0 }],
    [5_000, 0, { existing: 0, new: 0 }],
    [13, 5_002, { existing: 15, new: 5_000 }],
  ])('says of %i known and %i new people %o', (existing, fresh, told) => {
    expect(receiptForSender(receipt({ linkage: { existing, new: fresh } }), 7).linkage).toEqual(told);
  });

  it.each([
    [{ MERGE_HELD: 1, CODE_UNKNOWN: 1 }, { CODE_UNKNOWN: 1 }],
    [{ MERGE_HELD: 8 }, { MERGE_HELD: 8 }],
  ])('shows of warnings %o only %o', (warnings, told) => {
    expect(receiptForSender(receipt({ warnings }), 7).warnings).toEqual(told);
  });

  it('keeps its sum whatever is protected, and all of it where nothing is', () => {
    const reasons = fc.dictionary(
      fc.constantFrom('OBJECTION_NDOP', 'OBJECTION_TYPE1', 'SENSITIVE_CODE', 'OUT_OF_SCOPE', 'UNDER_AGE'),
      fc.nat(20),
    );
    fc.assert(
      fc.property(reasons, fc.nat(10), (withheld, smallNumbers) => {
        expect(sum(receiptForSender(receipt({ withheld }), smallNumbers).withheld)).toBe(sum(withheld));
        expect(receiptForSender(receipt({ withheld }), 0).withheld).toEqual(withheld);
      }),
    );
  });
});
