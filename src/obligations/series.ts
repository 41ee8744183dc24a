import type { LocalDate } from '../shared/clock.ts';
import { addMonths } from './dates.ts';

export interface Occurrence {
  readonly due: LocalDate;
  /** The year, so that a date may move within it; a second one of a year, which only the end of the agreement brings, says so. */
  readonly label: string;
}

/**
 * What comes every twelve months from `first`, from the first one on to the next after `at`. All of the past is in it:
 * what was due and not done stays due. After `last` nothing comes; what would have been next is then due on `last`.
 */
export function yearly(first: LocalDate, last: LocalDate, at: LocalDate): Occurrence[] {
  const occurrences: Occurrence[] = [];
  for (let year = 0; ; year += 1) {
    const due = addMonths(first, 12 * year);
    if (due >= last) return [...occurrences, final(last, occurrences.at(-1))];
    occurrences.push({ due, label: due.slice(0, 4) });
    if (due > at) return occurrences;
  }
}

function final(last: LocalDate, before: Occurrence | undefined): Occurrence {
  const year = last.slice(0, 4);
  return { due: last, label: before?.label === year ? `${year}-end` : year };
}

/** A series that a written date takes over: from its year on that date counts, and the rule's own dates before. */
export function takenOver(rule: readonly Occurrence[], written: readonly Occurrence[]): Occurrence[] {
  const from = written[0]?.label ?? '9999';
  return [...rule.filter(({ label }) => label < from), ...written];
}
