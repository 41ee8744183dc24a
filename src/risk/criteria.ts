/** The borough's five criteria, in printed order (Southend Better Care Fund plan, section d(i)). */
export const criteria = ['over-65', 'two-attendances', 'two-long-term-conditions', 'polypharmacy', 'cognitive-problems'] as const;
export type Criterion = (typeof criteria)[number];

/** The plan gives neither a way to combine the criteria nor a number of medicines: both come from configuration. */
export interface CriteriaTable {
  readonly version: string;
  readonly source: string;
  /** At least this many of the five make a person high risk. */
  readonly highRiskFrom: number;
  readonly minimumAge: number;
  readonly attendances: number;
  readonly attendanceMonths: number;
  readonly longTermConditions: number;
  readonly medicines: number;
  readonly medicineMonths: number;
  readonly cognitiveConditions: readonly string[];
}

/** What the criteria need to know of a person on the index date. */
export interface CriteriaFacts {
  /** Completed years, or undefined when no birth month is known: an unknown age never meets an age criterion. */
  readonly age: number | undefined;
  readonly attendances: number;
  readonly longTermConditions: number;
  readonly medicines: number;
  readonly cognitiveProblem: boolean;
}

/** Which criteria a person meets, in printed order: also the explanation a care team reads. */
export function meetCriteria(table: CriteriaTable, facts: CriteriaFacts): readonly Criterion[] {
  const met: Record<Criterion, boolean> = {
    'over-65': facts.age !== undefined && facts.age >= table.minimumAge,
    'two-attendances': facts.attendances >= table.attendances,
    'two-long-term-conditions': facts.longTermConditions >= table.longTermConditions,
    polypharmacy: facts.medicines >= table.medicines,
    'cognitive-problems': facts.cognitiveProblem,
  };
  return criteria.filter((criterion) => met[criterion]);
}

/** `high-risk` when enough criteria are met, else `not-high-risk`. */
export const bandCriteria = (table: CriteriaTable, met: number): 'high-risk' | 'not-high-risk' =>
  met >= table.highRiskFrom ? 'high-risk' : 'not-high-risk';
