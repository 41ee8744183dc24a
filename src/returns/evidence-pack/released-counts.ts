import type { Queryable } from '../../database/query.ts';
import { localDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import type { DeliveryEvidence, Evidence, Period, ReleasedCount, Return } from '../return.ts';
import { recoveredBy, type ShownCount } from './differencing.ts';

/** Counts of people or records in the evidence of a delivery; how many files came is about nobody. */
export const releasedCounts = (delivery: DeliveryEvidence): readonly { readonly measure: string; readonly shown: ReleasedCount }[] =>
  Object.entries(delivery).flatMap(([measure, shown]) =>
    measure !== 'deliveries' && (shown === '*' || typeof shown === 'number') ? [{ measure, shown }] : [],
  );

/** Said where a count that could be shown by itself is a star all the same. */
export const hiddenReason = 'A count is kept back (*) because subtracting it from others that were shown would give a small number away.';

interface Row extends Record<string, unknown> {
  readonly flow: string;
  readonly measure: string;
  readonly from: string;
  readonly to: string;
  readonly shown: string;
}

const keyOf = (flow: string, measure: string): string => `${flow} ${measure}`;
const readShown = (text: string): ReleasedCount => (text === '*' ? '*' : Number(text));

/** Days a count of the period can hold on a day: what has not happened yet is not in it. */
const countedDays = ({ from, to }: Period, today: string): Period => ({ from, to: today < from ? from : today < to ? today : to });

/** Everything returns have shown of these flows. */
async function shownBefore(db: Queryable, flows: readonly string[]): Promise<Map<string, ShownCount[]>> {
  const { rows } = await db.query<Row>(
    `select flow_id as flow, measure, to_char(period_from, 'YYYY-MM-DD') as from, to_char(period_to, 'YYYY-MM-DD') as to, shown
     from returns.released_count where flow_id = any ($1)`,
    [flows],
  );
  const before = new Map<string, ShownCount[]>();
  for (const { flow, measure, from, to, shown } of rows) {
    const counts = before.get(keyOf(flow, measure)) ?? [];
    counts.push({ from, to, shown: readShown(shown) });
    before.set(keyOf(flow, measure), counts);
  }
  return before;
}

/** The deliveries behind any cell, each flow once: every cell of a return speaks of the same period. */
function deliveriesOf(document: Return): DeliveryEvidence[] {
  const cells = document.sheets.flatMap(({ questions }) => questions);
  return [...new Map(cells.flatMap(({ evidence }) => evidence?.deliveries ?? []).map((one) => [one.flow, one])).values()];
}

interface Held {
  readonly days: Period;
  /** Counts that would give another away if they were shown, as `flow measure`. */
  readonly keys: ReadonlySet<string>;
}

/** What is shown, of which days, and when. */
export interface Shown {
  readonly period: Period;
  readonly deliveries: readonly DeliveryEvidence[];
  /** The day in England on which it was counted. */
  readonly on: string;
}

async function holdAgainst(db: Queryable, { period, deliveries, on }: Shown): Promise<Held> {
  const days = countedDays(period, on);
  const before = await shownBefore(
    db,
    deliveries.map(({ flow }) => flow),
  );
  const keys = new Set<string>();
  for (const delivery of deliveries) {
    for (const { measure, shown } of releasedCounts(delivery)) {
      const key = keyOf(delivery.flow, measure);
      if (delivery.keptBack?.includes(measure)) continue;
      if (recoveredBy(before.get(key) ?? [], { ...days, shown }).length > 0) keys.add(key);
    }
  }
  return { days, keys };
}

function hide(delivery: DeliveryEvidence, keys: ReadonlySet<string>): DeliveryEvidence {
  const hidden = releasedCounts(delivery).flatMap(({ measure }) => (keys.has(keyOf(delivery.flow, measure)) ? [measure] : []));
  if (hidden.length === 0) return delivery;
  return {
    ...delivery,
    ...Object.fromEntries(hidden.map((measure) => [measure, '*'])),
    keptBack: [...(delivery.keptBack ?? []), ...hidden],
  };
}

/** The same deliveries with what has to be kept back of them, for whoever shows them outside a return. */
export async function protectDeliveries(db: Queryable, shown: Shown): Promise<readonly DeliveryEvidence[]> {
  const { keys } = await holdAgainst(db, shown);
  return shown.deliveries.map((delivery) => hide(delivery, keys));
}

/** Evidence in which these deliveries stand as they may be shown; shares that were made of a hidden count are hidden with it. */
export function withProtected(evidence: Evidence, shown: ReadonlyMap<string, DeliveryEvidence>): Evidence {
  const deliveries = evidence.deliveries.map((delivery) => shown.get(delivery.flow) ?? delivery);
  if (deliveries.every(({ keptBack = [] }) => keptBack.length === 0)) return { ...evidence, deliveries };
  const shares = Object.entries(evidence.shares).map(([name, share]) => [name, share === null ? null : ('*' as const)]);
  return { ...evidence, reason: `${evidence.reason} ${hiddenReason}`, deliveries, shares: Object.fromEntries(shares) };
}

/**
 * Holds the counts of a return against all that was shown of the same flows, over whatever periods, and hides those by
 * which any count could be recovered. Every cell shows a count alike. Ask it last, before the return has its digest.
 */
export async function protectReturn(db: Queryable, document: Return): Promise<Return> {
  const deliveries = await protectDeliveries(db, { period: document.period, deliveries: deliveriesOf(document), on: document.builtOn });
  if (deliveries.every(({ keptBack }) => keptBack === undefined)) return document;
  const shown = new Map(deliveries.map((delivery) => [delivery.flow, delivery]));
  return {
    ...document,
    sheets: document.sheets.map((sheet) => ({
      ...sheet,
      questions: sheet.questions.map((question) =>
        question.evidence === null ? question : { ...question, evidence: withProtected(question.evidence, shown) },
      ),
    })),
  };
}

/** Two documents kept at once take turns, so that neither shows what the other makes recoverable. */
const releaseLock = 0x5245_5455;

/**
 * Records what deliveries of a period were shown, in the transaction that keeps the document; what was kept back tells
 * nothing and is not recorded. Between building and keeping somebody else may have shown something: then it is built again.
 * @throws GatewayError COUNTS_SHOWN_SINCE
 */
export async function recordShown(tx: Queryable, { period, deliveries }: Omit<Shown, 'on'>, at: Date): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [releaseLock]);
  const { days, keys } = await holdAgainst(tx, { period, deliveries, on: localDate(at) });
  if (keys.size > 0) {
    throw new GatewayError('COUNTS_SHOWN_SINCE', 'Counts were shown since this was built that would give others away. Build it again.', {
      status: 409,
    });
  }
  const shown = deliveries.flatMap((delivery) =>
    releasedCounts(delivery).flatMap((one) => (delivery.keptBack?.includes(one.measure) ? [] : [{ flow: delivery.flow, ...one }])),
  );
  await tx.query(
    `insert into returns.released_count (flow_id, measure, period_from, period_to, shown, shown_at)
     select s.flow, s.measure, $4::date, $5::date, s.shown, $6 from unnest($1::text[], $2::text[], $3::text[]) as s (flow, measure, shown)
     on conflict (flow_id, measure, period_from, period_to) do update set shown = excluded.shown, shown_at = excluded.shown_at`,
    [shown.map(({ flow }) => flow), shown.map(({ measure }) => measure), shown.map((one) => String(one.shown)), days.from, days.to, at],
  );
}

/** The same for a return; what it showed before, when it was built and not yet signed, is no new count. */
export async function recordReleased(tx: Queryable, document: Return, at: Date): Promise<void> {
  const deliveries = deliveriesOf(document);
  const days = countedDays(document.period, document.builtOn);
  const before = await shownBefore(
    tx,
    deliveries.map(({ flow }) => flow),
  );
  const isNew = (delivery: DeliveryEvidence): boolean =>
    releasedCounts(delivery).some(
      ({ measure, shown }) =>
        delivery.keptBack?.includes(measure) !== true &&
        before.get(keyOf(delivery.flow, measure))?.some((one) => one.from === days.from && one.to === days.to && one.shown === shown) !==
          true,
    );
  await recordShown(tx, { period: document.period, deliveries: deliveries.filter(isNew) }, at);
}
