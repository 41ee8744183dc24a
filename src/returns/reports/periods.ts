import type { LocalDate } from '../../shared/clock.ts';
import type { PeriodFacts } from '../observation.ts';
import { quarterOf } from '../period.ts';
import type { ReportPeriod } from './template.ts';

type Days = PeriodFacts['period'];

const daysOf = (from: string, to: string): Days => ({ from: from as LocalDate, to: to as LocalDate });
const quarter = (date: LocalDate): Days => {
  const { from, to } = quarterOf(date);
  return daysOf(from, to);
};

const dayBefore = (date: LocalDate): LocalDate =>
  new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10) as LocalDate;
const dayAfter = (date: LocalDate): LocalDate =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10) as LocalDate;

/** The period of a report that is made on a day and was given none. */
export function periodOf(kind: ReportPeriod, at: LocalDate): Days {
  const year = Number(at.slice(0, 4));
  switch (kind.kind) {
    case 'quarter':
      return quarter(at);
    case 'quarter-before':
      return quarter(dayBefore(quarter(at).from));
    case 'quarters': {
      let { from, to } = quarter(at);
      for (let n = 1; n < kind.count; n += 1) from = quarter(dayBefore(from)).from;
      return { from, to };
    }
    case 'calendar-year':
      return daysOf(`${year}-01-01`, `${year}-12-31`);
    case 'financial-year': {
      const first = at.slice(5) < '04-01' ? year - 1 : year;
      return daysOf(`${first}-04-01`, `${first + 1}-03-31`);
    }
  }
}

/** The quarters a period touches, cut to it. */
export function quartersOf({ from, to }: Days): Days[] {
  const quarters: Days[] = [];
  for (let start = from; start <= to; ) {
    const end = quarter(start).to < to ? quarter(start).to : to;
    quarters.push({ from: start, to: end });
    start = dayAfter(end);
  }
  return quarters;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Oct to Dec 2026`, or the days where it is no whole quarter. */
export function quarterLabel({ from, to }: Days): string {
  const whole = quarter(from).from === from && quarter(from).to === to;
  const month = (date: LocalDate): string => months[Number(date.slice(5, 7)) - 1] ?? '';
  return whole ? `${month(from)} to ${month(to)} ${to.slice(0, 4)}` : `${from} to ${to}`;
}
