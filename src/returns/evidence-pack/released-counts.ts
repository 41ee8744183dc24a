import type { Queryable } from '../../database/query.ts';
import { localDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import type { DeliveryEvidence, Period, ReleasedCount } from '../return.ts';
import { recoveredBy, type ShownCount } from './differencing.ts';

/** Said where a count that could be shown by itself is a star all the same. */
export const hiddenReason = 'A count is kept back (*) because subtracting it from others that were shown would give a small number away.';

/** What is shown of one subject: the deliveries of a flow, or the numerator of a measure. Several counts have several names. */
export interface SubjectCounts {
  readonly subject: string;
  readonly shown: Readonly<Record<string, ReleasedCount>>;
}

/** Counts of one period, and the day in England on which they were counted. */
export interface PeriodCounts {
  readonly period: Period;
  readonly on: string;
  readonly counts: readonly SubjectCounts[];
}

/** Counts of people or records in the evidence of a delivery; how many files came is about nobody. */
export const countsOfDelivery = (delivery: DeliveryEvidence): SubjectCounts => ({
  subject: delivery.flow,
  shown: Object.fromEntries(
    Object.entries(delivery).filter(
      (entry): entry is [string, ReleasedCount] =>
        entry[0] !== 'deliveries' && (entry[1] === '*' || typeof entry[1] === 'number') && delivery.keptBack?.includes(entry[0]) !== true,
    ),
  ),
});

export const keyOf = (subject: string, name: string): string => `${subject} ${name}`;

/** Days a count of the period can hold on a day: what has not happened yet is not in it. */
export const countedDays = ({ from, to }: Period, on: string): Period => ({ from, to: on < from ? from : on < to ? on : to });

/** Up to when a count of the period goes that is counted at a moment. */
function countedUntil(period: Period, at: Date): { readonly from: string; readonly to: string } {
  const days = countedDays(period, localDate(at));
  return days.to === period.to && localDate(at) > period.to ? days : { from: days.from, to: at.toISOString() };
}

interface Row extends Record<string, unknown> {
  readonly subject: string;
  readonly name: string;
  readonly from: string;
  readonly first: Date;
  readonly last: Date;
  readonly shown: string;
}

/** The end of a period is a midnight in England; any other moment stands as it is. */
const momentOf = (at: Date): string => {
  const before = localDate(new Date(at.getTime() - 1));
  return before === localDate(at) ? at.toISOString() : before;
};

export const readShown = (text: string): ReleasedCount => (text === '*' ? '*' : Number(text));

export type ShownBefore = ReadonlyMap<string, readonly ShownCount[]>;

/**
 * What was shown of these subjects, by `keyOf`. Of a subject whose counts all begin on the first day of the period, nothing:
 * they are one total growing and tell no more than each by itself.
 */
export async function shownBefore(db: Queryable, subjects: readonly string[], from: string): Promise<ShownBefore> {
  const { rows } = await db.query<Row>(
    `select flow_id as subject, measure as name, to_char(period_from, 'YYYY-MM-DD') as from, counted_first as first, counted_last as last, shown
     from returns.released_count c
     where flow_id = any ($1) and exists (
       select from returns.released_count o where o.flow_id = c.flow_id and o.measure = c.measure and o.period_from <> $2::date)`,
    [subjects, from],
  );
  const before = new Map<string, ShownCount[]>();
  for (const { subject, name, from: start, first, last, shown } of rows) {
    const counts = before.get(keyOf(subject, name)) ?? [];
    const ends = new Set([momentOf(first), momentOf(last)]);
    counts.push(...[...ends].map((to) => ({ from: start, to, shown: readShown(shown) })));
    before.set(keyOf(subject, name), counts);
  }
  return before;
}

/**
 * Counts that would let some count be recovered if they were shown beside all that was shown before, by `keyOf`.
 * @param also what the same document shows of other periods
 */
async function recoverable(
  db: Queryable,
  counts: readonly SubjectCounts[],
  { from, untilOf, since = new Map() }: CountedUntil,
  also: ShownBefore = new Map(),
): Promise<ReadonlySet<string>> {
  const before = await shownBefore(
    db,
    counts.map(({ subject }) => subject),
    from,
  );
  const keys = counts.flatMap(({ subject, shown }) =>
    Object.entries(shown).flatMap(([name, count]) => {
      const key = keyOf(subject, name);
      const unchanged = since.get(subject);
      const earlier = unchanged === undefined ? [] : [{ from, to: unchanged, shown: count }];
      const known = [...(before.get(key) ?? []), ...(also.get(key) ?? []), ...earlier];
      return recoveredBy(known, { from, to: untilOf(subject), shown: count }).length === 0 ? [] : [key];
    }),
  );
  return new Set(keys);
}

/** The same for a document that is being built on a day. */
export const recoverableAmong = async (
  db: Queryable,
  { period, on, counts }: PeriodCounts,
  also?: ShownBefore,
): Promise<ReadonlySet<string>> => {
  const { from, to } = countedDays(period, on);
  const subjects = counts.map(({ subject }) => subject);
  const since = on > period.to ? new Map<string, string>() : await lastLanded(db, subjects, from, new Date(`${nextDay(on)}T00:00:00Z`));
  return recoverable(db, counts, { from, untilOf: () => to, since }, also);
};

const nextDay = (date: string): string => new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** Up to which day or moment counts were made. */
interface CountedUntil {
  readonly from: string;
  readonly untilOf: (subject: string) => string;
  /** Since when nothing more has come, by subject: the count was the same then, and a reader can know it. */
  readonly since?: ReadonlyMap<string, string>;
}

/** An objection is of a day, and may be recorded later: of an open period its day is counted whole. */
const countsDays = (subject: string): boolean => /^measure\/[^/]+\/objections\//.test(subject);

/** When the last delivery landed that a count of an open period holds: of a measure, the last of any flow. */
async function lastLanded(db: Queryable, subjects: readonly string[], from: string, at: Date): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ flow: string; finished: Date }>(
    `select flow_id as flow, max(finished) as finished from landing.delivery
     where state = 'landed' and finished >= $1::date::timestamp at time zone 'Europe/London' and finished <= $2 group by flow_id`,
    [from, at],
  );
  const byFlow = new Map(rows.map(({ flow, finished }) => [flow, finished]));
  const last = [...byFlow.values()].reduce<Date | undefined>(
    (latest, one) => (latest !== undefined && latest > one ? latest : one),
    undefined,
  );
  return new Map(
    subjects.flatMap((subject) => {
      const finished = countsDays(subject) ? undefined : subject.startsWith('measure/') ? last : byFlow.get(subject);
      return finished === undefined || finished >= at ? [] : [[subject, finished.toISOString()] as const];
    }),
  );
}

/** Two documents kept at once take turns, so that neither shows what the other makes recoverable. */
const releaseLock = 0x5245_5455;

export const shownSince = (): GatewayError =>
  new GatewayError('COUNTS_SHOWN_SINCE', 'Counts were shown since this was built that would give others away. Build it again.', {
    status: 409,
  });

/** Takes the turn until the transaction ends. */
export const holdReleases = async (tx: Queryable): Promise<unknown> => tx.query('select pg_advisory_xact_lock($1)', [releaseLock]);

/**
 * Records what is shown, in the transaction that keeps the document. Between building and keeping somebody else may have
 * shown something: then it is built again.
 * @throws GatewayError COUNTS_SHOWN_SINCE
 */
export async function recordShown(tx: Queryable, asked: Omit<PeriodCounts, 'on'> & { readonly builtOn: string }, at: Date): Promise<void> {
  await holdReleases(tx);
  // A document that is kept again on a later day, because it was signed, shows what it showed when it was built.
  const known = localDate(at) > asked.builtOn ? await alreadyShown(tx, asked) : new Set<string>();
  const counts = asked.counts.map(({ subject, shown }) => ({
    subject,
    shown: Object.fromEntries(Object.entries(shown).filter(([name, count]) => !known.has(`${keyOf(subject, name)} ${count}`))),
  }));
  const [until, days] = [countedUntil(asked.period, at), countedDays(asked.period, localDate(at))];
  const subjects = counts.map(({ subject }) => subject);
  const untilOf = (subject: string): string => (countsDays(subject) ? days.to : until.to);
  const since = until.to.includes('T') ? await lastLanded(tx, subjects, until.from, at) : new Map<string, string>();
  if ((await recoverable(tx, counts, { from: until.from, untilOf, since })).size > 0) throw shownSince();
  const rows = counts.flatMap(({ subject, shown }) => Object.entries(shown).map(([name, count]) => ({ subject, name, count })));
  await tx.query(
    `insert into returns.released_count as c (flow_id, measure, period_from, shown, counted_first, counted_last, shown_at)
     select s.subject, s.name, $4::date, s.shown, coalesce(s.since::timestamptz, e.at), e.at, $6
     from unnest($1::text[], $2::text[], $3::text[], $5::text[], $7::text[]) as s (subject, name, shown, until, since)
     cross join lateral (
       select case when length(s.until) = 10 then (s.until::date + 1)::timestamp at time zone 'Europe/London' else s.until::timestamptz end as at) e
     on conflict (flow_id, measure, period_from, shown) do update
       set counted_first = least(c.counted_first, excluded.counted_first), counted_last = greatest(c.counted_last, excluded.counted_last)`,
    [
      rows.map(({ subject }) => subject),
      rows.map(({ name }) => name),
      rows.map(({ count }) => String(count)),
      until.from,
      rows.map(({ subject }) => untilOf(subject)),
      at,
      rows.map(({ subject }) => since.get(subject) ?? null),
    ],
  );
}

/** What was shown of the same days by the time the document was built, as `keyOf` and the count. */
async function alreadyShown(tx: Queryable, asked: Omit<PeriodCounts, 'on'> & { readonly builtOn: string }): Promise<ReadonlySet<string>> {
  const days = countedDays(asked.period, asked.builtOn);
  const { rows } = await tx.query<{ key: string }>(
    `select flow_id || ' ' || measure || ' ' || shown as key from returns.released_count
     where flow_id = any ($1) and period_from = $2::date
       and counted_first <= ($3::date + 1)::timestamp at time zone 'Europe/London'
       and counted_last >= $3::date::timestamp at time zone 'Europe/London'`,
    [asked.counts.map(({ subject }) => subject), days.from, days.to],
  );
  return new Set(rows.map(({ key }) => key));
}
