import { withheldReasons } from '../objections/decide.ts';
import type { DecisionTable } from '../objections/decision-table.ts';
import type { StandingObjection } from '../objections/kinds.ts';
import { type NationalCover, nationalCover } from '../objections/national/cover.ts';
import { admit } from '../register/admit.ts';
import { isSharing, type Register } from '../register/register.ts';
import type { FlowTerms, Purpose } from '../register/terms.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { Setting } from '../shared/settings.ts';

/** An objection that withholds the rows of a flow for the purpose of a read. */
export interface WithheldByObjection {
  readonly flowNo: number;
  readonly setting: Setting;
  readonly objection: StandingObjection;
}

/** What may be read for a purpose on a day: rows of these flows only, less what objections withhold. */
export interface ReadScope {
  readonly purpose: Purpose;
  readonly at: LocalDate;
  readonly flows: readonly { readonly flowNo: number; readonly setting: Setting }[];
  readonly withheld: readonly WithheldByObjection[];
  /** Where it is there, the national opt-out applies: nothing is given out without a fresh check (RULE-NDOP-4). */
  readonly national: NationalCover | undefined;
}

export interface ScopeRequest {
  readonly purpose: Purpose;
  readonly at: LocalDate;
  readonly placeId?: string;
  /** Only flows under these agreements (those of a licensed project). */
  readonly agreements?: readonly string[];
  readonly settings?: readonly Setting[];
}

const isAsked = (terms: FlowTerms, request: ScopeRequest): boolean =>
  terms.purposes.includes(request.purpose) &&
  (request.placeId === undefined || terms.placeId === request.placeId) &&
  (request.agreements === undefined || request.agreements.includes(terms.agreementId)) &&
  (request.settings === undefined || request.settings.includes(terms.setting));

/**
 * Flows a read for this purpose may use today: admitted today, under an agreement that names the purpose. A flow whose
 * basis ran out yesterday is not read today, although its rows are still there; no flow at all is an empty answer.
 */
export function readScope(register: Register, table: DecisionTable, request: ScopeRequest): ReadScope {
  // What one care setting shares with another does not come into the linked data set, so there is nothing of it to read.
  const terms = [...register.flows.values()]
    .filter((entry) => !isSharing(entry))
    .map(({ flow }) => admit(register, flow.id, request.at))
    .flatMap((admission) => (admission.admitted ? [admission.terms] : []))
    .filter((flow) => isAsked(flow, request));
  return {
    purpose: request.purpose,
    at: request.at,
    flows: terms.map(({ flowNo, setting }) => ({ flowNo, setting })),
    withheld: terms.flatMap(({ flowNo, setting, ...flow }) =>
      [...withheldReasons(table, { ...flow, purposes: [request.purpose], setting })]
        .filter(([, reason]) => reason !== undefined)
        .map(([objection]) => ({ flowNo, setting, objection })),
    ),
    national: nationalCover(register, table, { purpose: request.purpose, flows: terms }),
  };
}
