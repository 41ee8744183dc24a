import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { canonicalJson } from '../../audit/canonical-json.ts';
import { recordAudit } from '../../audit/record.ts';
import { type Queryable, transaction } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';
import type { ShownCount } from '../evidence-pack/differencing.ts';
import { keptBack, recordCounts } from '../evidence-pack/hold-counts.ts';
import { restsOn, type ShownMovement, visible } from '../evidence-pack/measured-counts.ts';
import { countsOfCell, countsOfCells, hideInCell, levelsOfCells } from '../evidence-pack/protect-return.ts';
import { countedDays, keyOf, type SubjectCounts } from '../evidence-pack/released-counts.ts';
import type { AnsweredQuestion, Period } from '../return.ts';
import { cellsOf, type Report } from './report.ts';

const periodKey = ({ from, to }: Period): string => `${from} ${to}`;

interface CountsOfPeriod {
  readonly period: Period;
  /** What adds up over periods. */
  readonly counts: readonly SubjectCounts[];
  readonly levels: readonly SubjectCounts[];
}

/** What the figures show, by the period it is counted over. */
function countsByPeriod(report: Report): CountsOfPeriod[] {
  const cells = [...cellsOf(report)].map(({ cell }) => cell);
  const periods = new Map(cells.flatMap(({ evidence }) => evidence?.period ?? []).map((period) => [periodKey(period), period]));
  return [...periods].map(([key, period]) => {
    const own = cells.filter(({ evidence }) => evidence !== null && periodKey(evidence.period) === key);
    return { period, counts: countsOfCells(report.place, own), levels: levelsOfCells(report.place, own) };
  });
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

/** Columns that show a count of their evidence as their figure. */
const deliveryFigures: Readonly<Record<string, string>> = { received: 'received', usable: 'numberUsable', verified: 'numberVerified' };

/** A figure that is a count which is kept back, or was made of one, is kept back with it. */
function hideFigure(cell: AnsweredQuestion, before: AnsweredQuestion, keys: ReadonlySet<string>, place: string): AnsweredQuestion {
  const [, source = '', column = ''] = /^([a-z-]+)\..*\.([a-z-]+)(?:@.*)?$/.exec(cell.id) ?? [];
  const name = source === 'deliveries' ? deliveryFigures[column] : undefined;
  const hidden =
    restsOn(place, before, keys) ||
    (name !== undefined && countsOfCell(place, before).some(({ subject }) => keys.has(keyOf(subject, name))));
  if (!hidden || cell.evidence === null || cell.provenance !== 'observed') return cell;
  return { ...cell, answer: '*', evidence: { ...cell.evidence, observed: '*' } };
}

/**
 * Holds what a report shows against all that returns and reports have shown of the same subjects, and hides what would give
 * a small number away by subtraction.
 */
export async function protectReport(db: Queryable, report: Report): Promise<Report> {
  const held = new Map<string, ReadonlySet<string>>();
  const also = new Map<string, ShownCount[]>();
  const moved: ShownMovement[] = [];
  for (const { period, counts, levels } of countsByPeriod(report)) {
    const days = countedDays(period, report.madeOn);
    const keys = await keptBack(db, { period, on: report.madeOn, counts, levels }, { shown: also, moved });
    held.set(periodKey(period), keys);
    // What is shown of this period is held against the next, as it is when the report is kept.
    for (const { subject, shown } of visible(counts, keys)) {
      for (const [name, count] of Object.entries(shown)) {
        const key = keyOf(subject, name);
        also.set(key, [...(also.get(key) ?? []), { ...days, shown: count }]);
        moved.push({ subject, ...days, shown: count });
      }
    }
    for (const { subject, shown } of visible(levels, keys))
      moved.push(...Object.values(shown).map((count) => ({ subject, from: days.to, to: days.to, shown: count })));
  }
  return mapCells(report, (cell) => {
    const keys = cell.evidence === null ? undefined : held.get(periodKey(cell.evidence.period));
    return keys === undefined || keys.size === 0 ? cell : hideFigure(hideInCell(report.place, cell, keys), cell, keys, report.place);
  });
}

/** Records in the log that the report was made, with its digest and what it showed. @returns hex SHA-256 of its canonical JSON */
export async function keepReport(pool: Pool, report: Report, actor: string, clock: Clock): Promise<string> {
  const sha256 = createHash('sha256').update(canonicalJson(report), 'utf8').digest('hex');
  await transaction(pool, async (tx) => {
    for (const shown of countsByPeriod(report)) await recordCounts(tx, { ...shown, on: report.madeOn }, clock.now());
    const { place, period, registerVersion, counts } = report;
    const detail = { report: report.report, place, period, registerVersion, counts, sha256 };
    await recordAudit(tx, { type: 'report.built', actor, subject: `${place}/${report.report}`, detail }, clock);
  });
  return sha256;
}
