import type { LocalDate } from '../shared/clock.ts';
import { refusalOf } from './admission-rule.ts';
import { admissionRules } from './admission-rules.ts';
import { admissionTable } from './admission-table.ts';
import type { Register } from './register.ts';
import type { Admission } from './terms.ts';

/**
 * May this flow run on this day? Pure, and the only place that says yes: asked at every delivery, query for a purpose,
 * release and re-identification. Gives the terms of the flow, or every reason against, each with its clause.
 */
export function admit(register: Register, flowId: string, at: LocalDate): Admission {
  const entry = register.flows.get(flowId);
  if (entry === undefined) {
    const { known } = admissionTable;
    return { admitted: false, at, registerVersion: register.version, refusals: [refusalOf(known, 'FLOW_UNKNOWN', {}, known.law)] };
  }
  const registerVersion = entry.place.version;
  const refusals = admissionRules.flatMap((rule) => rule.refusals(entry, at));
  // A flow without terms has been refused by RULE-ADMIT-4; asked again so that there is no way past it.
  if (refusals.length > 0 || entry.terms === undefined) return { admitted: false, at, registerVersion, refusals };
  return { admitted: true, at, registerVersion, terms: entry.terms };
}
