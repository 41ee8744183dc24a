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

interface Row extends Record<string, unknown> {
  readonly subject: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly shown: string;
}

export const readShown = (text: string): ReleasedCount => (text === '*' ? '*' : Number(text));

/** Everything that was ever shown of these subjects, by `keyOf`. */
export async function shownBefore(db: Queryable, subjects: readonly string[]): Promise<ReadonlyMap<string, readonly ShownCount[]>> {
  const { rows } = await db.query<Row>(
    `select flow_id as subject, measure as name, to_char(period_from, 'YYYY-MM-DD') as from, to_char(period_to, 'YYYY-MM-DD') as to, shown
     from returns.released_count where flow_id = any ($1)`,
    [subjects],
  );
  const before = new Map<string, ShownCount[]>();
  for (const { subject, name, from, to, shown } of rows) {
    const counts = before.get(keyOf(subject, name)) ?? [];
    counts.push({ from, to, shown: readShown(shown) });
    before.set(keyOf(subject, name), counts);
  }
  return before;
}

/** Counts that would let some count be recovered if they were shown beside all that was shown before, by `keyOf`. */
export async function recoverableAmong(db: Queryable, { period, on, counts }: PeriodCounts): Promise<ReadonlySet<string>> {
  const days = countedDays(period, on);
  const before = await shownBefore(
    db,
    counts.map(({ subject }) => subject),
  );
  const keys = counts.flatMap(({ subject, shown }) =>
    Object.entries(shown).flatMap(([name, count]) => {
      const key = keyOf(subject, name);
      return recoveredBy(before.get(key) ?? [], { ...days, shown: count }).length === 0 ? [] : [key];
    }),
  );
  return new Set(keys);
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
 * @param builtOn what was shown of the days up to then already, by the document as it was built, is nothing new
 * @throws GatewayError COUNTS_SHOWN_SINCE
 */
export async function recordShown(tx: Queryable, asked: Omit<PeriodCounts, 'on'> & { readonly builtOn: string }, at: Date): Promise<void> {
  await holdReleases(tx);
  const built = countedDays(asked.period, asked.builtOn);
  const before = await shownBefore(
    tx,
    asked.counts.map(({ subject }) => subject),
  );
  const isKnown = (key: string, count: ReleasedCount): boolean =>
    before.get(key)?.some(({ from, to, shown }) => from === built.from && to === built.to && shown === count) === true;
  const counts = asked.counts.map(({ subject, shown }) => ({
    subject,
    shown: Object.fromEntries(Object.entries(shown).filter(([name, count]) => !isKnown(keyOf(subject, name), count))),
  }));
  const on = localDate(at);
  if ((await recoverableAmong(tx, { period: asked.period, on, counts })).size > 0) throw shownSince();
  const days = countedDays(asked.period, on);
  const rows = counts.flatMap(({ subject, shown }) => Object.entries(shown).map(([name, count]) => ({ subject, name, count })));
  await tx.query(
    `insert into returns.released_count (flow_id, measure, period_from, period_to, shown, shown_at)
     select s.subject, s.name, $4::date, $5::date, s.shown, $6 from unnest($1::text[], $2::text[], $3::text[]) as s (subject, name, shown)
     on conflict (flow_id, measure, period_from, period_to) do update set shown = excluded.shown, shown_at = excluded.shown_at`,
    [rows.map(({ subject }) => subject), rows.map(({ name }) => name), rows.map(({ count }) => String(count)), days.from, days.to, at],
  );
}
