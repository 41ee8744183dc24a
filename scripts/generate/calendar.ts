/** Days since 1 January 1970: dates are whole days, and adding to one must not meet a time zone. */
export type Day = number;

const known: string[] = [];
/** Everybody was born after this day. */
const first = -60_000;

/** `YYYY-MM-DD` */
export function isoDay(day: Day): string {
  let text = known[day - first];
  if (text === undefined) {
    text = new Date(day * 86_400_000).toISOString().slice(0, 10);
    known[day - first] = text;
  }
  return text;
}

export const dayOf = (iso: string): Day => Math.floor(Date.parse(`${iso}T00:00:00Z`) / 86_400_000);

export type DateLayout = 'iso' | 'british' | 'compact';

export function formatDay(day: Day, layout: DateLayout): string {
  const iso = isoDay(day);
  if (layout === 'iso') return iso;
  return layout === 'compact' ? iso.replaceAll('-', '') : `${iso.slice(8)}/${iso.slice(5, 7)}/${iso.slice(0, 4)}`;
}

/** `HH:mm:ss` of minutes after midnight. */
export const clockTime = (minutes: number): string =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:00`;

/** A moment that may run past midnight. */
export const moment = (day: Day, minutes: number): string => `${isoDay(day + Math.floor(minutes / 1440))} ${clockTime(minutes % 1440)}`;

/** Whole years; a birthday counts from its own day. */
export function ageOn(birth: Day, day: Day): number {
  const [from, to] = [isoDay(birth), isoDay(day)];
  return Number(to.slice(0, 4)) - Number(from.slice(0, 4)) - (to.slice(5) < from.slice(5) ? 1 : 0);
}
