import { describe, expect, it } from 'vitest';
import { bind } from '../../../src/environment/bind.ts';
import { checkScoreModel, findRunModel } from '../../../src/risk/models.ts';
import { protectCount } from '../../../src/risk/tier-counts.ts';

describe('counts that are shown', () => {
  it.each([
    [0, 0],
    [1, '*'],
    [7, '*'],
    [8, 10],
    [12, 10],
    [13, 15],
    [7_193, 7_195],
  ])('show %i people as %s', (people, shown) => {
    expect(protectCount(people)).toBe(shown);
  });
});

describe('models', () => {
  it('refuse an unknown one as a mistake of usage and list those there are', () => {
    expect(() => findRunModel('parr30')).toThrow(expect.objectContaining({ code: 'RISK_MODEL_UNKNOWN', exit: 2 }));
    expect(() => findRunModel('parr30')).toThrow(/hfrs, southend-criteria/);
    expect(() => checkScoreModel('lace')).toThrow(expect.objectContaining({ exit: 2 }));
  });
});

describe('names in a statement', () => {
  it('become numbers in the order of use, casts stay', () => {
    expect(bind("select :b::date, :a, :b, 'bnf:%'", { a: 1, b: 2, unused: 3 })).toEqual({
      text: "select $1::date, $2, $1, 'bnf:%'",
      values: [2, 1],
    });
    expect(() => bind('select :missing', {})).toThrow();
  });
});
