import type { LocalDate } from '../shared/clock.ts';
import type { Agreement } from './agreement.ts';
import { dayAfter, monthsBefore } from './calendar.ts';
import { stepAt } from './history.ts';
import type { PlaceRegister, Register } from './register.ts';
import { withdrawnPractices } from './withdrawals.ts';

/** Data that may not be kept any longer: whose, since when, and on which ground. */
export interface DataToDestroy {
  readonly reason: 'practice' | 'agreement' | 'retention' | 'flow';
  readonly place: string;
  readonly agreement: string;
  /** ODS code; only for a practice that withdrew. */
  readonly practice?: string;
  readonly flows: readonly { readonly flow: string; readonly flowNo: number }[];
  /** First day on which they should have been gone. */
  readonly since: LocalDate;
  /** Retention only: records of what happened before this day. */
  readonly before?: LocalDate;
  readonly why: string;
  readonly clause: string;
}

/**
 * What must be destroyed as of a day: everything of an agreement that ended or lost its legal basis, what a withdrawn
 * practice sent, what is older than the retention, and what flows brought that left the register. Pure; whether anything
 * is still there is for the caller to look. Suspended is not ended: those data are kept and not used.
 */
export function dataToDestroy(register: Register, at: LocalDate): DataToDestroy[] {
  const found: DataToDestroy[] = [];
  const ended = new Set<Agreement>();
  for (const place of register.places.values()) {
    for (const agreement of place.agreements.values()) {
      const flows = flowsOf(register, place, agreement);
      const end = endOf(agreement, at);
      const base = { place: place.place.id, agreement: agreement.id, flows };
      if (end !== undefined) ended.add(agreement);
      if (flows.length === 0) continue;
      if (end !== undefined) found.push({ reason: 'agreement', ...base, ...end, clause: citation(agreement, 'term') });
      else if (agreement.retention !== undefined) {
        const { months } = agreement.retention;
        const why = `Kept for ${months} months from the date of the event.`;
        found.push({
          reason: 'retention',
          ...base,
          since: at,
          before: monthsBefore(at, months),
          why,
          clause: citation(agreement, 'retention'),
        });
      }
    }
  }
  for (const { place, agreement: id, practice, withdrawnOn, flows } of withdrawnPractices(register, at)) {
    const agreement = register.places.get(place)?.agreements.get(id);
    // What goes with the whole agreement is listed once.
    if (agreement === undefined || ended.has(agreement) || flows.length === 0) continue;
    const why = 'The practice withdrew from the agreement; its rows follow its signature.';
    const clause = citation(agreement, 'signatures');
    found.push({ reason: 'practice', place, agreement: id, practice, flows, since: withdrawnOn, why, clause });
  }
  for (const { flow, flowNo, place, agreement } of register.departed) {
    const why = 'The flow is not in the register any more, so nothing says what its data may be kept for.';
    found.push({ reason: 'flow', place, agreement, flows: [{ flow, flowNo }], since: at, why, clause: 'UK GDPR art. 5(1)(e) and 30' });
  }
  return found;
}

const flowsOf = (register: Register, place: PlaceRegister, agreement: Agreement): DataToDestroy['flows'] =>
  [...register.flows.values()]
    .filter((entry) => entry.place === place && entry.agreement === agreement)
    .map(({ flow, flowNo }) => ({ flow: flow.id, flowNo }));

const citation = (agreement: Agreement, part: 'term' | 'retention' | 'signatures'): string =>
  `${agreement.title}, ${agreement.clauses[part] ?? part}`;

/** The earliest end of an agreement or of its basis on or before the day; undefined while both hold or are only suspended. */
function endOf({ validTo, history, legalBasis }: Agreement, at: LocalDate): { since: LocalDate; why: string } | undefined {
  const ends: { since: LocalDate; why: string }[] = [];
  const step = stepAt(history, at);
  const basis = stepAt(legalBasis.history, at);
  if (validTo < at) ends.push({ since: dayAfter(validTo), why: `The agreement ended on ${validTo}.` });
  if (step?.state === 'terminated') ends.push({ since: step.on, why: `The agreement was terminated on ${step.on}.` });
  if (basis?.state === 'withdrawn' || basis?.state === 'expired') {
    ends.push({ since: basis.on, why: `The legal basis is ${basis.state} since ${basis.on}.` });
  }
  if (legalBasis.validTo !== undefined && legalBasis.validTo < at) {
    ends.push({ since: dayAfter(legalBasis.validTo), why: `The legal basis ran out on ${legalBasis.validTo}.` });
  }
  return ends.sort((a, b) => a.since.localeCompare(b.since))[0];
}
