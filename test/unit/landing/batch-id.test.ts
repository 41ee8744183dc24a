import { describe, expect, it } from 'vitest';
import { checkBatchId } from '../../../src/landing/batch-id.ts';

describe('the batch id of a sender', () => {
  it.each(['b', '2026-10', 'SUS:APC_2026.10-1', '20261001T080000', '12345678901', '1-2-3-4', 'x'.repeat(200)])('may be %s', (id) => {
    expect(checkBatchId(id)).toBe(id);
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(201)],
    ['two lines', 'a\nb'],
    ['spaced', 'a b'],
    ['a path', '../a'],
    ['of other letters', 'Bätch'],
    ['a number', '9990000018'],
    ['a number in parts', '999-000-0018'],
    ['a number with points', '999.000.0018'],
    ['a number among other things', 'batch_999_000_0018_a'],
  ])('that is %s is refused, and not repeated', (_, id) => {
    expect(() => checkBatchId(id)).toThrow(
      expect.objectContaining({ code: 'BATCH_ID_INVALID', message: expect.not.stringContaining('0018') }),
    );
  });

  it('may be left out', () => {
    expect(checkBatchId(undefined)).toBeUndefined();
  });
});
