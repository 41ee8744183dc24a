/** Time is passed in, so that a rule about dates can be tested on any date. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A calendar date in England, `YYYY-MM-DD`: agreements begin and end on local dates, not on UTC instants. */
export type LocalDate = string & { readonly __brand: 'LocalDate' };

const londonDate = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London', dateStyle: 'short' });

export const localDate = (at: Date): LocalDate => londonDate.format(at) as LocalDate;

/** Parses `YYYY-MM-DD` that exists in the calendar; anything else is undefined. */
export function parseLocalDate(text: string): LocalDate | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text ? (text as LocalDate) : undefined;
}
