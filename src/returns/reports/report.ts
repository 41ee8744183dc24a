import type { AnsweredQuestion, Evidence, Period } from '../return.ts';

/** A figure of a report: a cell answered like one of a return. */
export interface ReportRow {
  readonly key: string;
  readonly label: string;
  /** In the order of `head`; null where the source has nothing for this row. */
  readonly cells: readonly (AnsweredQuestion | null)[];
}

export interface BuiltTable {
  readonly caption: string;
  readonly source: string;
  /** What is in the first column. */
  readonly rowHeading: string;
  readonly head: readonly string[];
  readonly rows: readonly ReportRow[];
  readonly none: string;
}

export interface BuiltSection {
  readonly heading: string;
  readonly text: readonly string[];
  readonly tables: readonly BuiltTable[];
  readonly questions: readonly AnsweredQuestion[];
}

/** A report as it was built: what it says, how each figure is known, and what it could not know. */
export interface Report {
  readonly report: string;
  readonly title: string;
  readonly about: string;
  readonly source: string;
  readonly place: string;
  readonly placeName: string;
  readonly period: Period;
  readonly madeOn: string;
  readonly registerVersion: number;
  /** Where figures of several periods stand beside each other, the version of the register each was read from; null = none then. */
  readonly registerVersions: readonly { readonly period: Period; readonly version: number | null }[];
  readonly audit: Evidence['audit'];
  readonly sections: readonly BuiltSection[];
  readonly counts: { readonly observed: number; readonly declared: number; readonly unanswered: number };
  readonly couldNotKnow: readonly { readonly what: string; readonly why: string }[];
}

/** Every figure and answer, with where it stands. */
export function* cellsOf(report: Report): Generator<{ readonly where: string; readonly cell: AnsweredQuestion }> {
  for (const { heading, tables, questions } of report.sections) {
    for (const { head, rows } of tables) {
      for (const { label, cells } of rows) {
        for (const [index, cell] of cells.entries()) if (cell !== null) yield { where: `${label}, ${head[index] ?? ''}`, cell };
      }
    }
    for (const cell of questions) yield { where: `${heading}: ${cell.text}`, cell };
  }
}
