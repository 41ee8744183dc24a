import type { LocalDate } from '../shared/clock.ts';
import { admissionRules } from './admission-rules.ts';
import type { Register } from './register.ts';
import type { Admission } from './terms.ts';

/**
 * May this flow run on this day? Pure, and the only place that says yes: asked at every delivery, query for a purpose,
 * release and re-identification. Gives the terms of the flow, or every reason against, each with its clause.
 */
export function admit(register: Register, flowId: string, at: LocalDate): Admission {
  const entry = register.flows.get(flowId);
  if (entry === undefined) {
    return {
      admitted: false,
      at,
      registerVersion: register.version,
      refusals: [
        {
          code: 'FLOW_UNKNOWN',
          clause: 'UK GDPR art. 30; CAG standard condition 9 (no flow before notice of it)',
          message: 'No such flow is registered. Propose it in the register, with its agreement, before sending.',
        },
      ],
    };
  }
  const registerVersion = entry.place.version;
  const refusals = admissionRules.flatMap((rule) => rule(entry, at));
  if (refusals.length > 0 || entry.terms === undefined) return { admitted: false, at, registerVersion, refusals };
  return { admitted: true, at, registerVersion, terms: entry.terms };
}
