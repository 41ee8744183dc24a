import type { LocalDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { admit } from '../admit.ts';
import type { Agreement } from '../agreement.ts';
import { stepAt } from '../history.ts';
import type { Organisation } from '../organisation.ts';
import type { PlaceRegister, Register, RegisteredFlow } from '../register.ts';
import type { Admission } from '../terms.ts';
import { inWords, longDate } from './words.ts';

/** What was seen of a flow, beside what the register says of it. */
export interface ObservedFlow {
  /** Deliveries that landed, up to and including the day of the document. */
  readonly deliveries: number;
  readonly lastOn: LocalDate;
}

export interface FlowFacts {
  readonly entry: RegisteredFlow;
  /** The gate's own answer for the day, so that no document can say something else. */
  readonly admission: Admission;
  /** Undefined where deliveries were not looked at; a flow without any has none here. */
  readonly observed: ObservedFlow | 'none' | undefined;
}

/** Everything the documents are made of: one place on one day. */
export interface PlaceFacts {
  readonly place: PlaceRegister;
  readonly at: LocalDate;
  readonly flows: readonly FlowFacts[];
  /** Data set id → its title; an id without one is shown as it is. */
  readonly feedTitles: ReadonlyMap<string, string>;
}

export interface FactOptions {
  readonly feedTitles?: ReadonlyMap<string, string>;
  readonly observed?: ReadonlyMap<string, ObservedFlow>;
}

/** @throws GatewayError PLACE_UNKNOWN */
export function factsOf(register: Register, placeId: string, at: LocalDate, options: FactOptions = {}): PlaceFacts {
  const place = register.places.get(placeId);
  if (place === undefined) {
    throw new GatewayError('PLACE_UNKNOWN', 'The register holds no such place on that day. `haven register export` names the places.', {
      status: 404,
    });
  }
  const flows = [...register.flows.values()]
    .filter((entry) => entry.place === place)
    .map((entry) => ({
      entry,
      admission: admit(register, entry.flow.id, at),
      observed: options.observed === undefined ? undefined : (options.observed.get(entry.flow.id) ?? ('none' as const)),
    }));
  return { place, at, flows, feedTitles: options.feedTitles ?? new Map() };
}

export const titleOf = (facts: PlaceFacts, feed: string): string => facts.feedTitles.get(feed) ?? feed;

export const nameOf = (place: PlaceRegister, ods: string): string => place.organisations.get(ods)?.name ?? ods;

/** Within a part's period on a day; both ends are inclusive. */
export const isCurrent = (part: { readonly from: LocalDate; readonly to?: LocalDate | undefined }, at: LocalDate): boolean =>
  part.from <= at && (part.to === undefined || at <= part.to);

/** Is the agreement itself in force? Whether a flow may run is the gate's question, not this one. */
export const isInForce = (agreement: Agreement, at: LocalDate): boolean =>
  stepAt(agreement.history, at)?.state === 'in-force' && agreement.validFrom <= at && at <= agreement.validTo;

/** Where an agreement stands on a day, in words. */
export function standingOf(agreement: Agreement, at: LocalDate): string {
  const step = stepAt(agreement.history, at);
  if (step?.state === 'terminated' || step?.state === 'suspended') return `${step.state} on ${longDate(step.on)}`;
  if (at > agreement.validTo) return `ended on ${longDate(agreement.validTo)}`;
  if (step?.state !== 'in-force') return step === undefined ? 'not in force' : `${step.state} on ${longDate(step.on)}`;
  return at < agreement.validFrom ? `begins on ${longDate(agreement.validFrom)}` : `in force until ${longDate(agreement.validTo)}`;
}

/** Where its legal basis stands on a day, in words. */
export function basisStandingOf({ legalBasis }: Agreement, at: LocalDate): string {
  const step = stepAt(legalBasis.history, at);
  if (step === undefined) return 'none recorded for this day';
  if (legalBasis.validTo !== undefined && at > legalBasis.validTo) return `ran out on ${longDate(legalBasis.validTo)}`;
  const until = step.state === 'in-force' && legalBasis.validTo !== undefined ? ` until ${longDate(legalBasis.validTo)}` : '';
  return `${inWords(step.state)} since ${longDate(step.on)}${until}`;
}

/** Newest security assessment that was published by the day. */
export function assuranceOf(organisation: Organisation, at: LocalDate): string {
  const newest = organisation.assurance
    .filter(({ publishedOn }) => publishedOn <= at)
    .toSorted((a, b) => a.validTo.localeCompare(b.validTo))
    .at(-1);
  if (newest === undefined) return 'none recorded';
  const standard = newest.standard === 'dspt' ? 'DSPT' : 'IG Toolkit';
  return `${standard} ${newest.version}: ${inWords(newest.status)}, ${at <= newest.validTo ? 'until' : 'ran out on'} ${longDate(newest.validTo)}`;
}
