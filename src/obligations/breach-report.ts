import { recordAudit } from '../audit/record.ts';
import type { Transaction } from '../database/query.ts';
import type { Register } from '../register/register.ts';
import { type Clock, type LocalDate, localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Calendar } from './bank-holidays.ts';
import { type BreachRisk, breachClock } from './breach-clock.ts';
import { openTasks, tasksOf } from './breach-tasks.ts';
import { isOn } from './standing.ts';
import { checkReference } from './tasks.ts';

export interface BreachReport {
  readonly place: string;
  /** In words, without anybody's name or number. */
  readonly what: string;
  readonly discoveredAt: Date;
  readonly flows: readonly string[];
  readonly agreements: readonly string[];
  /** Undefined: not known yet. */
  readonly persons?: number | undefined;
  readonly identifiable: boolean;
  readonly risk: BreachRisk;
  readonly actor: string;
}

interface Touched {
  readonly agreements: readonly string[];
  readonly organisations: readonly string[];
  readonly underSection251: boolean;
}

/** Whom a breach touches: the agreements of its flows too, their controllers and processors, and whoever sends. */
export function touchedBy(register: Register, report: Pick<BreachReport, 'place' | 'flows' | 'agreements'>, at: LocalDate): Touched {
  const place = register.places.get(report.place);
  const flows = report.flows.map((id) => register.flows.get(id));
  const ids = [...new Set([...report.agreements, ...flows.flatMap((entry) => entry?.agreement.id ?? [])])].sort();
  const agreements = ids.map((id) => place?.agreements.get(id));
  if (
    place === undefined ||
    flows.some((entry) => entry?.place.place.id !== report.place) ||
    agreements.includes(undefined) ||
    ids.length === 0
  ) {
    throw new GatewayError('BREACH_SCOPE', 'Name the place, and at least one of its flows or agreements, as the register has them.');
  }
  const organisations = new Set(flows.flatMap((entry) => entry?.sender.ods ?? []));
  for (const agreement of agreements) {
    for (const party of [...(agreement?.controllers ?? []), ...(agreement?.processors ?? [])])
      if (isOn(party, at)) organisations.add(party.organisation);
  }
  const underSection251 = agreements.some((agreement) => agreement?.legalBasis.kind === 'section-251');
  return { agreements: ids, organisations: [...organisations].sort(), underSection251 };
}

/** Records a breach, starts its clocks and opens its tasks, in one transaction. @returns its number */
export async function reportBreach(
  tx: Transaction,
  report: BreachReport,
  parts: { readonly register: Register; readonly calendar: Calendar; readonly clock: Clock },
): Promise<number> {
  const { register, calendar, clock } = parts;
  const now = clock.now();
  if (report.discoveredAt > now) throw new GatewayError('BREACH_DATE', 'A breach cannot be discovered after it is reported.');
  const what = checkReference(report.what);
  const touched = touchedBy(register, report, localDate(report.discoveredAt));
  const clocks = breachClock({ ...report, underSection251: touched.underSection251 }, calendar);
  const { rows } = await tx.query<{ breach_no: number }>(
    `insert into obligations.breach (
       place, what, discovered_at, reported_at, reported_by, flows, agreements, persons, identifiable, risk, organisations, cag_due, ico_due)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning breach_no`,
    [
      report.place,
      what,
      report.discoveredAt,
      now,
      report.actor,
      [...report.flows],
      touched.agreements,
      report.persons ?? null,
      report.identifiable,
      report.risk,
      touched.organisations,
      clocks.cagDue ?? null,
      clocks.icoDue ?? null,
    ],
  );
  const no = (rows[0] as { breach_no: number }).breach_no;
  await openTasks(tx, tasksOf(no, { place: report.place, risk: report.risk, organisations: touched.organisations }, clocks), {
    registerVersion: register.version,
    now,
  });
  const detail = {
    place: report.place,
    flows: report.flows,
    agreements: touched.agreements,
    organisations: touched.organisations,
    persons: report.persons ?? 'not known',
    identifiable: report.identifiable,
    risk: report.risk,
    discoveredAt: report.discoveredAt.toISOString(),
    ...(clocks.cagDue === undefined ? {} : { cagDue: clocks.cagDue }),
    ...(clocks.icoDue === undefined ? {} : { icoDue: clocks.icoDue.toISOString() }),
  };
  await recordAudit(tx, { type: 'breach.reported', actor: report.actor, subject: `breach-${no}`, detail }, clock);
  return no;
}
