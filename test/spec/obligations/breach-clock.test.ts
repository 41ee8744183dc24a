import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadCalendar } from '../../../src/obligations/bank-holidays.ts';
import { type BreachRisk, breachClock } from '../../../src/obligations/breach-clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const calendar = await loadCalendar(join(packageRoot(), 'config'));

/** discovered, risk, under section 251, Confidentiality Advisory Group by, Commissioner by */
const table: readonly [string, BreachRisk, boolean, string | undefined, string | undefined][] = [
  ['2026-11-20T16:00:00Z', 'risk', true, '2026-12-04', '2026-11-23T16:00:00.000Z'],
  // Christmas Day, and the Monday after Boxing Day on a Saturday, and New Year.
  ['2026-12-18T09:00:00Z', 'high-risk', true, '2027-01-06', '2026-12-21T09:00:00.000Z'],
  // Two days of the Jubilee.
  ['2022-05-27T09:00:00Z', 'risk', true, '2022-06-14', '2022-05-30T09:00:00.000Z'],
  // A Saturday: the first working day is the Monday.
  ['2026-11-21T23:30:00Z', 'not-judged', true, '2026-12-04', '2026-11-24T23:30:00.000Z'],
  // Past midnight in England, but not in UTC: it was discovered on the Friday.
  ['2026-06-04T23:30:00Z', 'risk', true, '2026-06-19', '2026-06-07T23:30:00.000Z'],
  ['2026-11-20T16:00:00Z', 'none', true, '2026-12-04', undefined],
  ['2026-11-20T16:00:00Z', 'risk', false, undefined, '2026-11-23T16:00:00.000Z'],
];

it.each(table)(
  'a breach discovered at %s (risk %s, section 251 %s) goes to the group by %s and to the Commissioner by %s',
  (at, risk, underSection251, cag, ico) => {
    const clock = breachClock({ discoveredAt: new Date(at), risk, underSection251 }, calendar);
    expect([clock.cagDue, clock.icoDue?.toISOString()]).toEqual([cag, ico]);
  },
);
