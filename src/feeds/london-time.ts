const minute = 60_000;
const hour = 60 * minute;

/** 01:00 UTC on the last Sunday of a month (Summer Time Order 2002; the European rule since 1996). */
function changeOver(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month, 0, 1));
  return last.getTime() - last.getUTCDay() * 24 * hour;
}

/** Summer time by year: a file speaks of few of them. */
const summers = new Map<number, readonly [number, number]>();

const longAgo = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London', dateStyle: 'short', timeStyle: 'medium' });

/**
 * The clock on the wall in London at a moment that was sent with an offset: `2026-07-01T23:30:00Z` is half past midnight of
 * the second of July. Times of the data sets are local, so dropping the offset would move them, and near midnight the day.
 *
 * @param utc milliseconds since 1970 of the moment
 * @returns `YYYY-MM-DD HH:mm:ss`
 */
export function toLondonTime(utc: number): string {
  const year = new Date(utc).getUTCFullYear();
  // Before 1996 the rule was another every few years: the tables of the platform know them.
  if (year < 1996) return longAgo.format(utc);
  let summer = summers.get(year);
  if (summer === undefined) {
    summer = [changeOver(year, 3), changeOver(year, 10)];
    summers.set(year, summer);
  }
  const local = utc >= summer[0] && utc < summer[1] ? utc + hour : utc;
  return new Date(local).toISOString().slice(0, 19).replace('T', ' ');
}

/** Minutes of `Z`, `+01:00` or `-05:30`; undefined where no place on earth has it (ISO 8601: up to 14 hours). */
export function offsetMinutes(offset: string): number | undefined {
  if (offset === 'Z') return 0;
  const [hours = 0, minutes = 0] = [Number(offset.slice(1, 3)), Number(offset.slice(4, 6))];
  if (hours * 60 + minutes > 14 * 60 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
