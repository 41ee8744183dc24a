import type { Queryable } from '../../database/query.ts';
import type { AnsweredQuestion, DeliveryEvidence, Evidence, Return } from '../return.ts';
import { type HeldCounts, keptBack, recordCounts } from './hold-counts.ts';
import { countsOfMeasure, levelsOf, restsOn, withoutCount } from './measured-counts.ts';
import { countsOfDelivery, hiddenReason, keyOf, type SubjectCounts } from './released-counts.ts';

const cellsOf = (document: Return): AnsweredQuestion[] => document.sheets.flatMap(({ questions }) => questions);

/** Everything a cell shows that adds up over periods. */
export const countsOfCell = (place: string, cell: AnsweredQuestion): SubjectCounts[] => [
  ...(cell.evidence?.deliveries.map(countsOfDelivery) ?? []),
  ...countsOfMeasure(place, cell),
];

const once = (counts: readonly SubjectCounts[]): SubjectCounts[] => [...new Map(counts.map((one) => [one.subject, one])).values()];

/** The same of many cells, each subject once: the cells of a document speak alike of one period. */
export const countsOfCells = (place: string, cells: readonly AnsweredQuestion[]): SubjectCounts[] =>
  once(cells.flatMap((cell) => countsOfCell(place, cell)));

/** Levels of many cells, each once. */
export const levelsOfCells = (place: string, cells: readonly AnsweredQuestion[]): SubjectCounts[] =>
  once(cells.flatMap((cell) => levelsOf(place, cell)));

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
  const evidence = restsOn(place, cell, keys) ? withoutCount(cell.evidence) : cell.evidence;
  return { ...cell, evidence: hideInEvidence(evidence, keys) };
}

const mapCells = (document: Return, change: (cell: AnsweredQuestion) => AnsweredQuestion): Return => ({
  ...document,
  sheets: document.sheets.map((sheet) => ({ ...sheet, questions: sheet.questions.map(change) })),
});

/** The share of budgets in place: it is shown without its two counts, and goes with them. */
const budgetsInPlace = 'am.phb.in-place';
const shareOfBudgets = 'am.phb.percent-chc';

/**
 * Holds the counts of a return against all that was shown of the same subjects, over whatever periods, and hides those by
 * which any count could be recovered. Every cell shows a count alike. Ask it last, before the return has its digest.
 */
export async function protectReturn(db: Queryable, document: Return): Promise<Return> {
  const keys = await keptBack(db, shownIn(document));
  if (keys.size === 0) return document;
  const { place } = document;
  const hidesBudgets = cellsOf(document).some((cell) => cell.id === budgetsInPlace && restsOn(place, cell, keys));
  return mapCells(document, (cell) =>
    hidesBudgets && cell.id === shareOfBudgets && cell.evidence !== null
      ? { ...cell, evidence: withoutCount(cell.evidence) }
      : hideInCell(place, cell, keys),
  );
}

const shownIn = (document: Return): HeldCounts => ({
  period: document.period,
  on: document.builtOn,
  counts: countsOfCells(document.place, cellsOf(document)),
  levels: levelsOfCells(document.place, cellsOf(document)),
});

/** Records what a return shows, in the transaction that keeps it. @throws GatewayError COUNTS_SHOWN_SINCE */
export const recordReleased = (tx: Queryable, document: Return, at: Date): Promise<void> => recordCounts(tx, shownIn(document), at);
