import type { Queryable } from '../../database/query.ts';
import type { AnsweredQuestion, DeliveryEvidence, Evidence, Return } from '../return.ts';
import { budgetsInPlace, countsOfMeasure, levelOf, levelRecovers, withoutCount } from './measured-counts.ts';
import {
  countedDays,
  countsOfDelivery,
  hiddenReason,
  keyOf,
  recordShown,
  recoverableAmong,
  type SubjectCounts,
  shownSince,
} from './released-counts.ts';

const cellsOf = (document: Return): AnsweredQuestion[] => document.sheets.flatMap(({ questions }) => questions);

/** Everything a cell shows that adds up over periods. */
export function countsOfCell(place: string, cell: AnsweredQuestion): SubjectCounts[] {
  const measured = countsOfMeasure(place, cell);
  return [...(cell.evidence?.deliveries.map(countsOfDelivery) ?? []), ...(measured === undefined ? [] : [measured])];
}

/** The same of many cells, each subject once: the cells of a document speak alike of one period. */
export const countsOfCells = (place: string, cells: readonly AnsweredQuestion[]): SubjectCounts[] => [
  ...new Map(cells.flatMap((cell) => countsOfCell(place, cell)).map((one) => [one.subject, one])).values(),
];

function hideIn(delivery: DeliveryEvidence, keys: ReadonlySet<string>): DeliveryEvidence {
  const hidden = Object.keys(countsOfDelivery(delivery).shown).filter((name) => keys.has(keyOf(delivery.flow, name)));
  if (hidden.length === 0) return delivery;
  return { ...delivery, ...Object.fromEntries(hidden.map((name) => [name, '*'])), keptBack: [...(delivery.keptBack ?? []), ...hidden] };
}

/** Evidence without the counts that have to be kept back; shares that were made of one go with it. */
function hideInEvidence(evidence: Evidence, keys: ReadonlySet<string>): Evidence {
  const deliveries = evidence.deliveries.map((delivery) => hideIn(delivery, keys));
  if (deliveries.every((delivery, index) => delivery === evidence.deliveries[index])) return evidence;
  const shares = Object.entries(evidence.shares).map(([name, share]) => [name, share === null ? null : ('*' as const)]);
  return { ...evidence, reason: `${evidence.reason} ${hiddenReason}`, deliveries, shares: Object.fromEntries(shares) };
}

/** A cell whose evidence names the deliveries and does not count their records: for papers that count something else. */
export function withoutDeliveryCounts(cell: AnsweredQuestion): AnsweredQuestion {
  if (cell.evidence === null) return cell;
  const deliveries = cell.evidence.deliveries.map((delivery) => {
    const names = Object.keys(countsOfDelivery(delivery).shown);
    return { ...delivery, ...Object.fromEntries(names.map((name) => [name, '*'])), keptBack: names };
  });
  return { ...cell, evidence: { ...cell.evidence, deliveries } };
}

/** A cell without the counts that have to be kept back. */
export function hideInCell(place: string, cell: AnsweredQuestion, keys: ReadonlySet<string>): AnsweredQuestion {
  if (cell.evidence === null) return cell;
  const measured = countsOfMeasure(place, cell);
  const evidence = measured !== undefined && keys.has(keyOf(measured.subject, 'count')) ? withoutCount(cell.evidence) : cell.evidence;
  return { ...cell, evidence: hideInEvidence(evidence, keys) };
}

const mapCells = (document: Return, change: (cell: AnsweredQuestion) => AnsweredQuestion): Return => ({
  ...document,
  sheets: document.sheets.map((sheet) => ({ ...sheet, questions: sheet.questions.map(change) })),
});

const levels = (document: Return): SubjectCounts[] => cellsOf(document).flatMap((cell) => levelOf(document.place, cell) ?? []);

/**
 * Holds the counts of a return against all that was shown of the same subjects, over whatever periods, and hides those by
 * which any count could be recovered. Every cell shows a count alike. Ask it last, before the return has its digest.
 */
export async function protectReturn(db: Queryable, document: Return): Promise<Return> {
  const { place, period, builtOn } = document;
  const keys = await recoverableAmong(db, { period, on: builtOn, counts: countsOfCells(place, cellsOf(document)) });
  const held = keys.size === 0 ? document : mapCells(document, (cell) => hideInCell(place, cell, keys));
  const counts = [...countsOfCells(place, cellsOf(held)), ...levels(held)];
  if (!(await levelRecovers(db, place, countedDays(period, builtOn), counts))) return held;
  return mapCells(held, (cell) =>
    cell.id === budgetsInPlace && cell.evidence !== null ? { ...cell, evidence: withoutCount(cell.evidence) } : cell,
  );
}

/** Records what a return shows, in the transaction that keeps it. @throws GatewayError COUNTS_SHOWN_SINCE */
export async function recordReleased(tx: Queryable, document: Return, at: Date): Promise<void> {
  const { place, period, builtOn } = document;
  const counts = countsOfCells(place, cellsOf(document));
  await recordShown(tx, { period, builtOn, counts }, at);
  const days = countedDays(period, builtOn);
  if (await levelRecovers(tx, place, days, [...counts, ...levels(document)])) throw shownSince();
  await recordShown(tx, { period: { from: days.to, to: days.to }, builtOn, counts: levels(document) }, at);
}
