import type { Queryable } from '../../database/query.ts';
import type { Period } from '../return.ts';
import type { inServiceCounts } from './measure.ts';

/** What the rows of one rule come to for a period. */
export interface PeriodCount {
  /** Counted in the months of the period. */
  readonly n: number;
  readonly gone: number;
  /** Entered less left, up to the last day of the period. */
  readonly atEnd: number;
  readonly days: number;
  /** Months of the period in which anything was counted, and whether anything was up to its end. */
  readonly months: number;
  readonly ever: boolean;
}

export const nothingCounted: PeriodCount = { n: 0, gone: 0, atEnd: 0, days: 0, months: 0, ever: false };

/** First days of the months of a period. Counts are kept by month, so a period is measured in whole months. */
export function monthsOf({ from, to }: Period): string[] {
  const months: string[] = [];
  let [year = 0, month = 0] = from.split('-').map(Number);
  for (;;) {
    const first = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01`;
    if (first > to) return months;
    months.push(first);
    [year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
  }
}

export const isWholeMonths = ({ from, to }: Period): boolean =>
  from.endsWith('-01') && new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000).getUTCDate() === 1;

const daysIn = (month: string): number => {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).getUTCDate();
};

/**
 * The counts of these rules for a place and a period, from the sums by month: as many rows as there are months, however
 * many events there were.
 */
export async function readPeriodCounts(
  db: Queryable,
  request: { readonly rules: readonly string[]; readonly place: string; readonly period: Period },
): Promise<Map<string, PeriodCount>> {
  const { rows } = await db.query<{ rule: string; month: string; n: number; gone: number; days: number }>(
    `select rule, month, sum(n)::bigint as n, sum(gone)::bigint as gone, sum(days)::bigint as days from returns.month_measure
     where rule = any ($1::text[]) and place_id = $2 and month <= $3::date
     group by rule, month order by rule, month`,
    [request.rules, request.place, request.period.to],
  );
  const months = monthsOf(request.period);
  return new Map(
    request.rules.map((rule) => [
      rule,
      inPeriod(
        rows.filter((row) => row.rule === rule),
        months,
      ),
    ]),
  );
}

interface MonthRow {
  readonly month: string;
  readonly n: number;
  readonly gone: number;
  readonly days: number;
}

function inPeriod(rows: readonly MonthRow[], months: readonly string[]): PeriodCount {
  const first = months[0] ?? '';
  let there = 0;
  for (const row of rows) if (row.month < first) there += row.n - row.gone;
  const counted = { n: 0, gone: 0, days: 0, months: 0 };
  for (const month of months) {
    // Everybody who was there when the month began, for all of it; `days` corrects that for who came or went in it.
    counted.days += there * daysIn(month);
    for (const row of rows) {
      if (row.month !== month) continue;
      counted.n += row.n;
      counted.gone += row.gone;
      counted.days += row.days;
      there += row.n - row.gone;
      if (row.n !== 0 || row.gone !== 0) counted.months += 1;
    }
  }
  return { ...counted, atEnd: there, ever: rows.some(({ n }) => n !== 0) };
}

export function pick(count: PeriodCount, what: (typeof inServiceCounts)[number] | undefined): number {
  switch (what) {
    case 'left':
      return count.gone;
    case 'at-end':
      return count.atEnd;
    case 'days':
      return count.days;
    default:
      return count.n;
  }
}
