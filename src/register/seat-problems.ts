import type { PlaceDocument } from './model.ts';
import { licensedRoles, type Seat } from './people.ts';
import type { Problems } from './problems.ts';

/** What is wrong with people and their seats: references, periods, licences that are too small or of the wrong kind. */
export function seatProblems(document: PlaceDocument, found: Problems): void {
  const people = new Map(document.people.map((person) => [person.id, person]));
  const subjects = new Set<string>();
  document.people.forEach((person, index) => {
    const at = found.at('people', index, person.id);
    found.known(at, 'organisations', person.organisation, 'organisation');
    for (const system of person.sourceSystems) found.known(at, 'systems', system, 'source system');
    if (person.subject === undefined) return;
    if (subjects.has(person.subject)) found.add(at, 'another person of this place has the same sign-in subject');
    subjects.add(person.subject);
  });
  const projects = new Map(document.projects.map((project) => [project.id, project]));
  document.seats.forEach((seat, index) => {
    const at = found.at('seats', index, seat.id);
    found.known(at, 'people', seat.person, 'person');
    found.known(at, 'projects', seat.project, 'project');
    found.periodRuns(at, seat.validFrom, seat.validTo, 'the seat');
    if (licensedRoles.includes(seat.role) && seat.project === undefined) found.add(at, `a seat of role ${seat.role} names its project`);
    if (seat.role === 'professional' && people.get(seat.person)?.registration === undefined) {
      found.add(at, 'a professional has a professional registration');
    }
    const project = seat.project === undefined ? undefined : projects.get(seat.project);
    if (project === undefined) return;
    if (seat.role === 'super-user' && project.licence !== 'super-user') found.add(at, 'the licence of the project is for ordinary users');
    for (const purpose of seat.purposes) {
      if (!project.purposes.includes(purpose)) found.add(at, `purpose "${purpose}" is not one of the project`);
    }
  });
  document.projects.forEach((project, index) => {
    const most = mostAtOnce(document.seats.filter((seat) => seat.project === project.id));
    if (most > project.seats)
      found.add(found.at('projects', index, project.id), `has ${project.seats} seats, but ${most} are held at once`);
  });
}

/** Most seats that hold on one day: some seat's first day is such a day. */
export const mostAtOnce = (seats: readonly Seat[]): number =>
  Math.max(0, ...seats.map(({ validFrom: day }) => seats.filter((seat) => seat.validFrom <= day && day <= seat.validTo).length));
