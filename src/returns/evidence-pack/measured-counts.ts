import type { Queryable } from '../../database/query.ts';
import type { AnsweredQuestion, Evidence, Period, ReleasedCount } from '../return.ts';
import { balanceRecovers } from './differencing.ts';
import { hiddenReason, readShown, type SubjectCounts } from './released-counts.ts';

/** No flow has a slash in its id. */
const subjectOf = (place: string, measure: string): string => `measure/${place}/${measure}`;

const isCount = (value: unknown): value is ReleasedCount => value === '*' || (typeof value === 'number' && Number.isInteger(value));

/** Cells of the return whose observation is a count of personal health budgets, and the measure it is. */
const budgetMeasures: Readonly<Record<string, string>> = { 'am.phb.new': 'phb-new', 'am.phb.stopped': 'phb-stopped' };
export const budgetsInPlace = 'am.phb.in-place';
const level = 'phb-in-place';

/** The name of the measure a query is about: a later version is about other periods. */
const measureOf = ({ query }: Evidence): string | undefined => /^measure-(.+)-\d{4}-\d{2}$/.exec(query.id)?.[1];

const isKeptBack = ({ reason }: Evidence): boolean => reason.endsWith(hiddenReason);

/**
 * The count behind a cell that adds up over periods: the numerator of a measure, and personal health budgets that began and
 * ended. Averages add up to nothing, and who is there at the end has a rule of its own (`levelRecovers`).
 */
export function countsOfMeasure(place: string, { id, evidence }: AnsweredQuestion): SubjectCounts | undefined {
  if (evidence === null || isKeptBack(evidence)) return undefined;
  const budgets = budgetMeasures[id];
  const measure = budgets ?? measureOf(evidence);
  const count = budgets === undefined ? evidence.shares.numerator : evidence.observed;
  return measure === undefined || !isCount(count) ? undefined : { subject: subjectOf(place, measure), shown: { count } };
}

/** Evidence of a cell whose count is kept back: nothing that was made of it is shown either. */
export const withoutCount = (evidence: Evidence): Evidence => ({
  ...evidence,
  observed: typeof evidence.observed === 'number' ? '*' : evidence.observed,
  reason: `${evidence.reason} ${hiddenReason}`,
  shares: Object.fromEntries(Object.entries(evidence.shares).map(([name, share]) => [name, share === null ? null : ('*' as const)])),
});

/** Personal health budgets in place, as the return shows them on its last day; undefined where it shows none. */
export function levelOf(place: string, { id, evidence }: AnsweredQuestion): SubjectCounts | undefined {
  if (id !== budgetsInPlace || evidence === null || isKeptBack(evidence) || !isCount(evidence.observed)) return undefined;
  return { subject: subjectOf(place, level), shown: { level: evidence.observed } };
}

interface Row extends Record<string, unknown> {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly shown: string;
}

const dayFrom = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/**
 * Must the number of budgets in place be kept back, because with those of the period before or after, and the budgets that
 * began and ended, it would give one of them away?
 * @param days the days the return counts
 * @param counts what the return shows of budgets that began and ended, and of those in place
 */
export async function levelRecovers(db: Queryable, place: string, days: Period, counts: readonly SubjectCounts[]): Promise<boolean> {
  const own = (measure: string, name: string): ReleasedCount | undefined =>
    counts.find(({ subject }) => subject === subjectOf(place, measure))?.shown[name];
  const inPlace = own(level, 'level');
  if (inPlace === undefined) return false;
  const { rows } = await db.query<Row>(
    `select flow_id as subject, to_char(period_from, 'YYYY-MM-DD') as from,
       to_char((counted_last - interval '1 microsecond') at time zone 'Europe/London', 'YYYY-MM-DD') as to, shown
     from returns.released_count where flow_id = any ($1) order by counted_last`,
    [[level, ...Object.values(budgetMeasures)].map((measure) => subjectOf(place, measure))],
  );
  const find = (measure: string, is: (row: Row) => boolean): ReleasedCount | undefined => {
    const row = rows.find((one) => one.subject === subjectOf(place, measure) && is(one));
    return row === undefined ? undefined : readShown(row.shown);
  };
  const levelOn = (date: string): ReleasedCount | undefined => find(level, ({ to }) => to === date);
  const next = rows.find(({ subject, from }) => subject === subjectOf(place, 'phb-new') && from === dayFrom(days.to, 1));
  const inNext = (row: Row): boolean => row.from === next?.from && row.to === next.to;
  const before = {
    before: levelOn(dayFrom(days.from, -1)),
    entered: own('phb-new', 'count'),
    left: own('phb-stopped', 'count'),
    after: inPlace,
  };
  const after = {
    before: inPlace,
    entered: find('phb-new', inNext),
    left: find('phb-stopped', inNext),
    after: next === undefined ? undefined : levelOn(next.to),
  };
  return [before, after].some(({ before: was, entered, left, after: is }) =>
    was === undefined || entered === undefined || left === undefined || is === undefined
      ? false
      : balanceRecovers({ before: was, entered, left, after: is }),
  );
}
