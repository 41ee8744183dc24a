import type { LocalDate } from '../../shared/clock.ts';
import type { Agreement } from '../agreement.ts';
import { isSharing, type PlaceRegister } from '../register.ts';
import { type FlowFacts, isCurrent, isInForce, nameOf, type PlaceFacts } from './facts.ts';
import { setAsideWords } from './words.ts';

/** What the public is told of one agreement: organisations, purposes and bases; no person, no contact, no system. */
export interface PublicAgreement {
  readonly id: string;
  readonly title: string;
  readonly purposes: readonly string[];
  readonly legalBasis: string;
  readonly controllers: readonly string[];
  readonly processors: readonly string[];
  /** Objections that do not apply here, in words; whoever objected would otherwise be surprised (Caldicott principle 8). */
  readonly objectionsSetAside: readonly string[];
  readonly endsOn: LocalDate | undefined;
  readonly inForce: boolean;
  readonly flows: readonly {
    readonly sender: string;
    readonly setting: string;
    /** Who gets the records, where it is not the linked data set of this service. */
    readonly recipient: string | undefined;
    readonly running: boolean;
  }[];
}

export function describeAgreement(agreement: Agreement, place: PlaceRegister, flows: readonly FlowFacts[], at: LocalDate): PublicAgreement {
  const named = ({ organisation }: { readonly organisation: string }): string => nameOf(place, organisation);
  return {
    id: agreement.id,
    title: agreement.title,
    purposes: agreement.purposes,
    legalBasis: agreement.legalBasis.kind,
    controllers: agreement.controllers.filter((part) => isCurrent(part, at)).map(named),
    processors: agreement.processors.filter((part) => isCurrent(part, at)).map(named),
    objectionsSetAside: (agreement.objectionsSetAside ?? []).map(({ document }) => setAsideWords[document]),
    endsOn: agreement.validTo,
    inForce: isInForce(agreement, at),
    flows: flows
      .filter(({ entry }) => entry.agreement.id === agreement.id)
      .map(({ entry, admission }) => ({
        sender: entry.sender.name,
        setting: entry.from.setting,
        // Whoever gets the records themselves is named; the linked data set is this service.
        recipient: isSharing(entry) ? entry.recipient.name : undefined,
        running: admission.admitted,
      })),
  };
}

/** Those in force first; what is not in force is shown too, because people ask about it. */
export const inPublicOrder = (agreements: readonly PublicAgreement[]): PublicAgreement[] =>
  agreements.toSorted((a, b) => Number(b.inForce) - Number(a.inForce) || a.title.localeCompare(b.title, 'en-GB'));

/** The data of the public page for one place. */
export const publicAgreements = ({ place, flows, at }: PlaceFacts): PublicAgreement[] =>
  inPublicOrder([...place.agreements.values()].map((agreement) => describeAgreement(agreement, place, flows, at)));
