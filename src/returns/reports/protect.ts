import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { canonicalJson } from '../../audit/canonical-json.ts';
import { recordAudit } from '../../audit/record.ts';
import { type Queryable, transaction } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';
import { protectDeliveries, recordShown, withProtected } from '../evidence-pack/released-counts.ts';
import type { AnsweredQuestion, DeliveryEvidence, Period } from '../return.ts';
import { cellsOf, type Report } from './report.ts';

const keyOf = ({ from, to }: Period): string => `${from} ${to}`;

/** The deliveries behind the figures, by the period they are counted over; each flow once. */
function deliveriesByPeriod(report: Report): Map<string, { period: Period; deliveries: Map<string, DeliveryEvidence> }> {
  const found = new Map<string, { period: Period; deliveries: Map<string, DeliveryEvidence> }>();
  for (const { cell } of cellsOf(report)) {
    if (cell.evidence === null) continue;
    const { period, deliveries } = cell.evidence;
    const entry = found.get(keyOf(period)) ?? { period, deliveries: new Map<string, DeliveryEvidence>() };
    for (const delivery of deliveries) entry.deliveries.set(delivery.flow, delivery);
    found.set(keyOf(period), entry);
  }
  return found;
}

const mapCells = (report: Report, change: (cell: AnsweredQuestion) => AnsweredQuestion): Report => ({
  ...report,
  sections: report.sections.map((section) => ({
    ...section,
    tables: section.tables.map((table) => ({
      ...table,
      rows: table.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => (cell === null ? null : change(cell))) })),
    })),
    questions: section.questions.map(change),
  })),
});

/** Columns of the source `deliveries` that are counts of its evidence, by the name they have there. */
const shownAsAnswer: Readonly<Record<string, string>> = { received: 'received', usable: 'numberUsable', verified: 'numberVerified' };

/**
 * Holds what a report shows of deliveries against all that returns and reports have shown of them, and hides what would give
 * a small number away by subtraction.
 */
export async function protectReport(db: Queryable, report: Report): Promise<Report> {
  const shown = new Map<string, ReadonlyMap<string, DeliveryEvidence>>();
  for (const [key, { period, deliveries }] of deliveriesByPeriod(report)) {
    const held = await protectDeliveries(db, { period, deliveries: [...deliveries.values()], on: report.madeOn });
    shown.set(key, new Map(held.map((delivery) => [delivery.flow, delivery])));
  }
  return mapCells(report, (cell) => {
    const { evidence } = cell;
    const held = evidence === null ? undefined : shown.get(keyOf(evidence.period));
    if (evidence === null || held === undefined || evidence.deliveries.length === 0) return cell;
    const safe = withProtected(evidence, held);
    const measure = /^deliveries\..*\.([a-z]+)(?:@.*)?$/.exec(cell.id)?.[1];
    const name = measure === undefined ? undefined : shownAsAnswer[measure];
    const hidden = name !== undefined && safe.deliveries.some(({ keptBack }) => keptBack?.includes(name));
    return hidden ? { ...cell, answer: '*', evidence: { ...safe, observed: '*' } } : { ...cell, evidence: safe };
  });
}

/** Records in the log that the report was made, with its digest and what it showed. @returns hex SHA-256 of its canonical JSON */
export async function keepReport(pool: Pool, report: Report, actor: string, clock: Clock): Promise<string> {
  const sha256 = createHash('sha256').update(canonicalJson(report), 'utf8').digest('hex');
  await transaction(pool, async (tx) => {
    for (const { period, deliveries } of deliveriesByPeriod(report).values()) {
      await recordShown(tx, { period, deliveries: [...deliveries.values()] }, clock.now());
    }
    const { place, period, registerVersion, counts } = report;
    const detail = { report: report.report, place, period, registerVersion, counts, sha256 };
    await recordAudit(tx, { type: 'report.built', actor, subject: `${place}/${report.report}`, detail }, clock);
  });
  return sha256;
}
