import type { Issue } from '../feeds/record.ts';
import { copyValue } from './stage.ts';
import type { DeliveryTallies } from './tallies.ts';

/** Gathers the row report as copy text, so that a file full of problems costs no statement a row. */
export class ProblemText {
  readonly #deliveryNo: number;
  readonly #tallies: DeliveryTallies;
  #text = '';

  constructor(deliveryNo: number, tallies: DeliveryTallies) {
    this.#deliveryNo = deliveryNo;
    this.#tallies = tallies;
  }

  add(issue: Issue): void {
    if (issue.severity === 'warning') this.#tallies.warnings.add(issue.rule);
    if (this.#tallies.report(issue.severity, 1) === 0) return;
    this.#text += `${this.#deliveryNo}\t${issue.row}\t${emptyText(issue.field)}\t${issue.rule}\t${issue.severity}\t${emptyText(issue.guidance)}\n`;
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

const emptyText = (value: string): string => (value === '' ? '' : copyValue(value));
