import type { Person, PersonRole, Seat } from '../register/people.ts';
import type { PlaceRegister, Register } from '../register/register.ts';
import type { Purpose } from '../register/terms.ts';
import { type LocalDate, localDate } from '../shared/clock.ts';
import type { AccessReason } from './reasons.ts';

/** A person whose seat allows what is being done, now. */
export interface Actor {
  readonly person: string;
  readonly role: PersonRole;
  /** ODS code. */
  readonly organisation: string;
  readonly place: string;
}

export interface AccessRequest {
  /** Id in the register. */
  readonly person: string;
  /** Any one of these roles may do it. */
  readonly roles: readonly PersonRole[];
  readonly purpose?: Purpose;
  readonly place?: string;
  /** Licence under which data of persons are looked at. */
  readonly project?: string;
}

export type AccessDecision =
  | { readonly allowed: true; readonly actor: Actor; readonly seat: string }
  | { readonly allowed: false; readonly place: string | undefined; readonly reasons: readonly AccessReason[] };

/**
 * May this person do this today? Pure, and asked again for everything a person does, so that a seat taken away, run out or
 * untrained ends with the request before. All reasons are given: those of the person, and those of the seat that comes nearest.
 */
export function decideAccess(register: Register, request: AccessRequest, at: LocalDate): AccessDecision {
  const entry = register.people.get(request.person);
  if (entry === undefined) return { allowed: false, place: undefined, reasons: ['PERSON_UNKNOWN'] };
  const { person, place } = entry;
  const placeId = place.place.id;
  const reasons = personReasons(person, place, request, at);
  const seats = place.document.seats
    .filter((seat) => seat.person === person.id && request.roles.includes(seat.role))
    .map((seat) => ({ seat, reasons: seatReasons(seat, person, place, request, at) }))
    .sort((a, b) => a.reasons.length - b.reasons.length || request.roles.indexOf(a.seat.role) - request.roles.indexOf(b.seat.role));
  const [nearest] = seats;
  if (nearest === undefined) reasons.push('SEAT_ABSENT');
  else reasons.push(...nearest.reasons);
  if (nearest === undefined || reasons.length > 0) return { allowed: false, place: placeId, reasons };
  const actor = { person: person.id, role: nearest.seat.role, organisation: person.organisation, place: placeId };
  return { allowed: true, actor, seat: nearest.seat.id };
}

function personReasons(person: Person, place: PlaceRegister, request: AccessRequest, at: LocalDate): AccessReason[] {
  const reasons: AccessReason[] = [];
  const organisation = place.organisations.get(person.organisation);
  if (organisation === undefined || (organisation.closedOn !== undefined && organisation.closedOn <= at))
    reasons.push('ORGANISATION_CLOSED');
  if (person.trainedOn === undefined || person.trainedOn > at) reasons.push('TRAINING_ABSENT');
  else if (trainedTo(person.trainedOn) < at) reasons.push('TRAINING_EXPIRED');
  if (person.confidentialitySignedOn === undefined || person.confidentialitySignedOn > at) reasons.push('CONFIDENTIALITY_NOT_SIGNED');
  if (request.place !== undefined && request.place !== place.place.id) reasons.push('OTHER_PLACE');
  return reasons;
}

function seatReasons(seat: Seat, person: Person, place: PlaceRegister, request: AccessRequest, at: LocalDate): AccessReason[] {
  const reasons: AccessReason[] = [];
  if (at < seat.validFrom) reasons.push('SEAT_NOT_YET_VALID');
  if (at > seat.validTo) reasons.push('SEAT_EXPIRED');
  if (request.project !== undefined && seat.project !== request.project) reasons.push('OTHER_PROJECT');
  if (request.purpose !== undefined && !seat.purposes.includes(request.purpose)) reasons.push('PURPOSE_NOT_HELD');
  if (seat.project !== undefined) {
    const project = place.document.projects.find(({ id }) => id === seat.project);
    if (project === undefined || at < project.validFrom || at > project.validTo) reasons.push('LICENCE_NOT_IN_FORCE');
  }
  if (seat.role === 'professional') {
    if (person.registration === undefined) reasons.push('REGISTRATION_ABSENT');
    else if (person.registration.validTo < at) reasons.push('REGISTRATION_EXPIRED');
  }
  return reasons;
}

/** Last day training counts: the day before the same day of the next year (for 29 February that is 28 February). */
export function trainedTo(trainedOn: LocalDate): LocalDate {
  const at = new Date(`${trainedOn}T12:00:00Z`);
  at.setUTCFullYear(at.getUTCFullYear() + 1);
  at.setUTCDate(at.getUTCDate() - 1);
  return localDate(at);
}
