import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bandCriteria, type CriteriaFacts, meetCriteria } from '../../../src/risk/criteria.ts';
import { loadRiskTables } from '../../../src/risk/tables.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const { criteria } = await loadRiskTables(join(packageRoot(), 'config', 'risk'));
const nothing: CriteriaFacts = { age: 40, attendances: 0, longTermConditions: 0, medicines: 0, cognitiveProblem: false };

describe("the borough's five criteria", () => {
  it.each<{ facts: Partial<CriteriaFacts>; met: readonly string[] }>([
    { facts: {}, met: [] },
    { facts: { age: 64 }, met: [] },
    { facts: { age: 65 }, met: ['over-65'] },
    { facts: { age: undefined }, met: [] },
    { facts: { attendances: 1 }, met: [] },
    { facts: { attendances: 2 }, met: ['two-attendances'] },
    { facts: { longTermConditions: 1 }, met: [] },
    { facts: { longTermConditions: 2 }, met: ['two-long-term-conditions'] },
    { facts: { medicines: 4 }, met: [] },
    { facts: { medicines: 5 }, met: ['polypharmacy'] },
    { facts: { cognitiveProblem: true }, met: ['cognitive-problems'] },
    {
      facts: { age: 90, attendances: 9, longTermConditions: 9, medicines: 20, cognitiveProblem: true },
      met: ['over-65', 'two-attendances', 'two-long-term-conditions', 'polypharmacy', 'cognitive-problems'],
    },
  ])('meets $met with $facts', ({ facts, met }) => {
    expect(meetCriteria(criteria, { ...nothing, ...facts })).toEqual(met);
  });

  it.each([
    [0, 'not-high-risk'],
    [2, 'not-high-risk'],
    [3, 'high-risk'],
    [5, 'high-risk'],
  ])('calls %i criteria met %s', (met, band) => {
    expect(bandCriteria(criteria, met)).toBe(band);
  });

  it('combines them as the place says', () => {
    expect(bandCriteria({ ...criteria, highRiskFrom: 1 }, 1)).toBe('high-risk');
    expect(bandCriteria({ ...criteria, highRiskFrom: 5 }, 4)).toBe('not-high-risk');
    expect(meetCriteria({ ...criteria, medicines: 10 }, { ...nothing, medicines: 9 })).toEqual([]);
  });
});
