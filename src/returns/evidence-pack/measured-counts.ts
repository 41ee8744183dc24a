import type { Queryable } from '../../database/query.ts';
import type { AnsweredQuestion, Evidence, Period, ReleasedCount } from '../return.ts';
import { balanceRecovers } from './differencing.ts';
import { hiddenReason, keyOf, readShown, type SubjectCounts } from './released-counts.ts';

/**
 * What is counted, whichever measure, version or cell shows it: `<rule>.<what>` of the place (measures/rule.ts). No flow has a
 * slash in its id.
 */
export const subjectOf = (place: string, counted: string): string => `measure/${place}/${counted}`;

/** People who are in a service at the end of a period are a level: it does not add up over periods. */
const level = '.at-end';
const movements = ['.entered', '.left'] as const;

const countedIn = ({ evidence }: AnsweredQuestion): [string, ReleasedCount][] => Object.entries(evidence?.counted ?? {});

/** The counts behind a cell that add up over periods: of measures their numerators, and denominators that are counted. */
export const countsOfMeasure = (place: string, cell: AnsweredQuestion): SubjectCounts[] =>
  countedIn(cell).flatMap(([name, count]) => (name.endsWith(level) ? [] : [{ subject: subjectOf(place, name), shown: { count } }]));

/** Levels behind a cell, such as personal health budgets in place on the last day. */
export const levelsOf = (place: string, cell: AnsweredQuestion): SubjectCounts[] =>
  countedIn(cell).flatMap(([name, count]) => (name.endsWith(level) ? [{ subject: subjectOf(place, name), shown: { level: count } }] : []));

/** Is a count behind the cell one of those to be kept back (`keyOf`)? */
export const restsOn = (place: string, cell: AnsweredQuestion, keys: ReadonlySet<string>): boolean =>
  [...countsOfMeasure(place, cell), ...levelsOf(place, cell)].some(({ subject, shown }) =>
    Object.keys(shown).some((name) => keys.has(keyOf(subject, name))),
  );

/** Evidence of a cell whose count is kept back: nothing that was made of it is shown either. */
export function withoutCount({ counted: _, ...evidence }: Evidence): Evidence {
  return {
    ...evidence,
    observed: typeof evidence.observed === 'number' ? '*' : evidence.observed,
    reason: `${evidence.reason} ${hiddenReason}`,
    shares: Object.fromEntries(Object.entries(evidence.shares).map(([name, share]) => [name, share === null ? null : ('*' as const)])),
  };
}

/** A level, or who entered and left, as it was shown: of the days `from` to `to`. */
export interface ShownMovement {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly shown: ReleasedCount;
}

const dayFrom = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** Services of which these counts show something, as their subjects begin. */
const servicesOf = (counts: readonly SubjectCounts[]): string[] => [
  ...new Set(
    counts.flatMap(({ subject }) =>
      [level, ...movements].flatMap((what) => (subject.endsWith(what) ? subject.slice(0, -what.length) : [])),
    ),
  ),
];

/** What was shown before of the same services. */
export async function movementsShown(db: Queryable, counts: readonly SubjectCounts[]): Promise<ShownMovement[]> {
  const subjects = servicesOf(counts).flatMap((service) => [level, ...movements].map((what) => `${service}${what}`));
  if (subjects.length === 0) return [];
  const { rows } = await db.query<{ subject: string; from: string; to: string; shown: string }>(
    `select flow_id as subject, to_char(period_from, 'YYYY-MM-DD') as from,
       to_char((counted_last - interval '1 microsecond') at time zone 'Europe/London', 'YYYY-MM-DD') as to, shown
     from returns.released_count where flow_id = any ($1) order by counted_last`,
    [subjects],
  );
  return rows.map(({ shown, ...row }) => ({ ...row, shown: readShown(shown) }));
}

/** Counts as they are shown when these are kept back (`keyOf`). */
export const visible = (counts: readonly SubjectCounts[], keys: ReadonlySet<string>): SubjectCounts[] =>
  counts.map(({ subject, shown }) => ({
    subject,
    shown: Object.fromEntries(Object.entries(shown).filter(([name]) => !keys.has(keyOf(subject, name)))),
  }));

/**
 * What has to be kept back of people in services (`keyOf`), because those before and after, and who entered and left, would
 * together give one of the four away: the level where this document shows it, then who entered and left.
 * @param days the days that are counted
 * @param counts what is to be shown: levels, and who entered and left
 * @param before what was shown, or stands in the same document of other days
 */
export function recoveredLevels(days: Period, counts: readonly SubjectCounts[], before: readonly ShownMovement[]): Set<string> {
  const keys = new Set<string>();
  for (;;) {
    const fresh = servicesOf(counts).flatMap((service) => recoveredIn(service, days, visible(counts, keys), before));
    if (fresh.length === 0) return keys;
    for (const key of fresh) keys.add(key);
  }
}

function recoveredIn(service: string, days: Period, counts: readonly SubjectCounts[], before: readonly ShownMovement[]): string[] {
  const own = (what: string): ReleasedCount | undefined => {
    const shown = counts.find(({ subject }) => subject === `${service}${what}`)?.shown;
    return shown?.count ?? shown?.level;
  };
  const find = (what: string, is: (one: ShownMovement) => boolean): ReleasedCount | undefined =>
    before.find((one) => one.subject === `${service}${what}` && is(one))?.shown;
  const levelOn = (date: string): ReleasedCount | undefined => find(level, ({ to }) => to === date);
  const inPeriod = ({ from, to }: ShownMovement): boolean => from === days.from && to === days.to;
  const next = before.find(({ subject, from }) => subject === `${service}.entered` && from === dayFrom(days.to, 1));
  const inNext = ({ from, to }: ShownMovement): boolean => from === next?.from && to === next.to;
  const [entered, left] = movements.map((what) => own(what) ?? find(what, inPeriod));
  const recovers = [
    { was: levelOn(dayFrom(days.from, -1)), entered, left, is: own(level) ?? levelOn(days.to) },
    { was: own(level), entered: find('.entered', inNext), left: find('.left', inNext), is: next && levelOn(next.to) },
  ].some(({ was, entered: came, left: went, is }) =>
    was === undefined || came === undefined || went === undefined || is === undefined
      ? false
      : balanceRecovers({ before: was, entered: came, left: went, after: is }),
  );
  if (!recovers) return [];
  if (own(level) !== undefined) return [keyOf(`${service}${level}`, 'level')];
  return movements.flatMap((what) => (own(what) === undefined ? [] : [keyOf(`${service}${what}`, 'count')]));
}
