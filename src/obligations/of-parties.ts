import type { PlaceRegister, Register } from '../register/register.ts';
import type { LocalDate } from '../shared/clock.ts';
import { addMonths } from './dates.ts';
import { type Obligation, oblige } from './obligation.ts';
import { isOn, standingOf } from './standing.ts';

/** Organisations that take part in an agreement in force, with the first day of the oldest such agreement. */
function participants(register: Register, place: PlaceRegister, at: LocalDate): Map<string, LocalDate> {
  const since = new Map<string, LocalDate>();
  const add = (organisation: string, from: LocalDate): void => {
    const known = since.get(organisation);
    if (known === undefined || from < known) since.set(organisation, from);
  };
  const running = new Set<string>();
  for (const agreement of place.agreements.values()) {
    if (standingOf(agreement, at)?.state !== 'in-force') continue;
    running.add(agreement.id);
    for (const one of [...agreement.controllers, ...agreement.processors]) if (isOn(one, at)) add(one.organisation, agreement.validFrom);
    for (const { organisation, signedOn, withdrawnOn } of agreement.signatories) {
      if (isOn({ from: signedOn, to: withdrawnOn }, at)) add(organisation, agreement.validFrom);
    }
  }
  for (const { flow, sender, place: of, agreement } of register.flows.values()) {
    const state = flow.history.findLast(({ on }) => on <= at)?.state;
    if (of.place.id === place.place.id && running.has(agreement.id) && state === 'live') add(sender.ods, agreement.validFrom);
  }
  return since;
}

/** Yearly assessments and registrations of everybody who takes part. */
export function obligationsOfOrganisations(register: Register, place: PlaceRegister, at: LocalDate): Obligation[] {
  return [...participants(register, place, at)].flatMap(([ods, since]) => {
    const organisation = place.organisations.get(ods);
    if (organisation === undefined || (organisation.closedOn !== undefined && organisation.closedOn <= at)) return [];
    const assessed = organisation.assurance
      .map(({ validTo }) => validTo)
      .sort()
      .at(-1);
    const due = assessed ?? since;
    const common = { place: place.place.id, organisation: ods, ownedBy: ods, of: organisation.name };
    const registration = organisation.icoRegistration?.validTo;
    return [
      oblige('dspt', { ...common, subject: [ods, due.slice(0, 4)], due }),
      ...(registration === undefined
        ? []
        : [oblige('ico-registration', { ...common, subject: [ods, registration.slice(0, 4)], due: registration })]),
    ];
  });
}

/** Licences, and the training of everybody who holds a seat. */
export function obligationsOfPeople(place: PlaceRegister, at: LocalDate): Obligation[] {
  const { projects, people, seats } = place.document;
  const licences = projects
    .filter(({ validFrom, agreements }) => {
      const running = agreements.some((id) => {
        const agreement = place.agreements.get(id);
        return agreement !== undefined && standingOf(agreement, at)?.state === 'in-force';
      });
      return validFrom <= at && running;
    })
    .map(({ id, title, organisation, validTo }) =>
      oblige('licence-review', {
        place: place.place.id,
        subject: [id, validTo.slice(0, 4)],
        of: title,
        organisation,
        ownedBy: organisation,
        due: validTo,
      }),
    );
  const training = people.flatMap(({ id, organisation, trainedOn }) => {
    const held = seats.filter((seat) => seat.person === id && isOn({ from: seat.validFrom, to: seat.validTo }, at));
    const begins = held.map(({ validFrom }) => validFrom).sort()[0];
    if (begins === undefined) return [];
    const due = trainedOn === undefined ? begins : addMonths(trainedOn, 12);
    return [
      oblige('training-of-person', {
        place: place.place.id,
        subject: [id, due.slice(0, 4)],
        of: id,
        organisation,
        ownedBy: organisation,
        due,
      }),
    ];
  });
  return [...licences, ...training];
}
