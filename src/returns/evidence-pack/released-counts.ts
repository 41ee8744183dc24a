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
 * @param until to which day or moment they were counted
 * @param also what the same document shows of other periods
 */
async function recoverable(
  db: Queryable,
  counts: readonly SubjectCounts[],
  until: { readonly from: string; readonly to: string },
  also: ShownBefore = new Map(),
): Promise<ReadonlySet<string>> {
  const before = await shownBefore(
    db,
    counts.map(({ subject }) => subject),
    until.from,
  );
  const keys = counts.flatMap(({ subject, shown }) =>
    Object.entries(shown).flatMap(([name, count]) => {
      const key = keyOf(subject, name);
      const known = [...(before.get(key) ?? []), ...(also.get(key) ?? [])];
      return recoveredBy(known, { ...until, shown: count }).length === 0 ? [] : [key];
    }),
  );
  return new Set(keys);
}

/** The same for a document that is being built on a day. */
export const recoverableAmong = async (
  db: Queryable,
  { period, on, counts }: PeriodCounts,
  also?: ShownBefore,
): Promise<ReadonlySet<string>> => recoverable(db, counts, countedDays(period, on), also);

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
  const until = countedUntil(asked.period, at);
  if ((await recoverable(tx, counts, until)).size > 0) throw shownSince();
  const rows = counts.flatMap(({ subject, shown }) => Object.entries(shown).map(([name, count]) => ({ subject, name, count })));
  await tx.query(
    `insert into returns.released_count as c (flow_id, measure, period_from, shown, counted_first, counted_last, shown_at)
     select s.subject, s.name, $4::date, s.shown, e.at, e.at, $6
     from unnest($1::text[], $2::text[], $3::text[]) as s (subject, name, shown)
     cross join (select case when length($5) = 10 then ($5::date + 1)::timestamp at time zone 'Europe/London' else $5::timestamptz end as at) e
     on conflict (flow_id, measure, period_from, shown) do update
       set counted_first = least(c.counted_first, excluded.counted_first), counted_last = greatest(c.counted_last, excluded.counted_last)`,
    [rows.map(({ subject }) => subject), rows.map(({ name }) => name), rows.map(({ count }) => String(count)), until.from, until.to, at],
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
