import type { Register } from '../register/register.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { Obligation } from './obligation.ts';
import { obligationsOfAgreement } from './of-agreement.ts';
import { obligationsOfOrganisations, obligationsOfPeople } from './of-parties.ts';

/**
 * Everything the register obliges people to on a day: pure, and the same list for the same register and day, by due date.
 * What is due again every year is in it once for each year since it began, so that the past does not fall off.
 */
export function obligationsOf(register: Register, at: LocalDate): Obligation[] {
  const all = [...register.places.values()].flatMap((place) => [
    ...[...place.agreements.values()].flatMap((agreement) => obligationsOfAgreement(register, place, agreement, at)),
    ...obligationsOfOrganisations(register, place, at),
    ...obligationsOfPeople(place, at),
  ]);
  // Two agreements under one framework ask for the same review once.
  const unique = new Map(all.map((one) => [one.id, one]));
  return [...unique.values()].sort((one, other) => one.due.localeCompare(other.due) || one.id.localeCompare(other.id));
}
