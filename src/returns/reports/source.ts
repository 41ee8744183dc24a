import type { Queryable } from '../../database/query.ts';
import type { PlaceRegister, Register } from '../../register/register.ts';
import type { LocalDate } from '../../shared/clock.ts';
import type { FlowDeliveries } from '../deliveries.ts';
import { noEvidence, type Observation, type PeriodFacts } from '../observation.ts';
import type { Answer } from '../return.ts';
import type { SourceId } from './source-ids.ts';

/** Everything the figures of one period are made from. */
export interface ReportFacts {
  /** The database haven as haven_gateway. */
  readonly db: Queryable;
  /** The same as haven_auditor: what only the log knows. */
  readonly auditor: Queryable;
  /** Configuration directory. */
  readonly config: string;
  /** As it stood on the last day of the period, or stands today if that is earlier. */
  readonly register: Register;
  readonly place: PlaceRegister;
  readonly period: PeriodFacts['period'];
  /** The day the report is made. */
  readonly at: LocalDate;
  /** Flows, deliveries and admissions of the period; read once, by whoever asks first. */
  readonly seen: () => Promise<PeriodFacts>;
}

/** The day up to which a report that is made early can speak. */
export const lastDay = ({ period, at }: ReportFacts): LocalDate => (at < period.to ? at : period.to);

/** One row of figures: a setting, a release, an agreement … */
export interface ObservedRow {
  /** Stable, so that a person's answer to one cell finds it again. */
  readonly key: string;
  readonly label: string;
  readonly tags?: readonly string[];
  /** By column of the source; one that is missing does not apply to this row. */
  readonly cells: Readonly<Record<string, Observation>>;
}

/** A kind of figures the gateway knows: what a report is put together from. */
export interface ReportSource {
  readonly id: SourceId;
  readonly about: string;
  /** What a row is. */
  readonly row: string;
  /** Column id → its heading. */
  readonly columns: Readonly<Record<string, string>>;
  observe(facts: ReportFacts): Promise<readonly ObservedRow[]>;
}

interface More {
  readonly flags?: Observation['flags'];
  readonly flows?: Observation['flows'];
  readonly landed?: readonly FlowDeliveries[];
}

/** Measured: receipts, runs, the log. */
export const measured = (query: Observation['query'], answer: Answer, reason: string, more: More = {}): Observation => ({
  ...noEvidence,
  thresholds: [],
  standing: 'seen',
  answer,
  reason,
  query,
  ...more,
});

/** Recorded by people in the register: declared, not seen. */
export const registered = (query: Observation['query'], answer: Answer, reason: string, more: More = {}): Observation => ({
  ...measured(query, answer, reason, more),
  standing: 'register',
});

/** Nobody but a human can say it. */
export const toDeclare = (query: Observation['query'], reason: string): Observation => ({
  ...measured(query, null, reason),
  standing: 'beside',
});

/** Several columns of one row that were found in the same way; null is a column that nobody could fill for this row. */
export const columnsOf = (
  say: (answer: Answer) => Observation,
  cells: Readonly<Record<string, Answer>>,
): Readonly<Record<string, Observation>> =>
  Object.fromEntries(Object.entries(cells).flatMap(([column, answer]) => (answer === null ? [] : [[column, say(answer)]])));
