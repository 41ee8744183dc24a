import type { LocalDate } from '../shared/clock.ts';
import type { PlaceDocument } from './model.ts';
import type { Organisation } from './organisation.ts';
import type { Problems } from './problems.ts';
import type { PlaceRegister } from './register.ts';

/**
 * Who stands for an organisation on a day: itself while it is open, afterwards its successors and theirs (primary care
 * trust → clinical commissioning group → integrated care board; merged practices). Rights do not pass: a successor signs for itself.
 */
export function successorsAt(place: PlaceRegister, ods: string, at: LocalDate): Organisation[] {
  const standing = new Set<Organisation>();
  const seen = new Set<string>();
  const visit = (code: string): void => {
    const organisation = place.organisations.get(code);
    if (organisation === undefined || seen.has(code)) return;
    seen.add(code);
    if (organisation.closedOn === undefined || at < organisation.closedOn) standing.add(organisation);
    else for (const next of organisation.succeededBy) if (next.on <= at) visit(next.organisation);
  };
  visit(ods);
  return [...standing];
}

/** A succession leads somewhere else, begins when the organisation has closed, and never back to where it began. */
export function successionProblems(document: PlaceDocument, found: Problems): void {
  const successors = new Map(document.organisations.map((one) => [one.ods, one.succeededBy.map((next) => next.organisation)]));
  document.organisations.forEach((organisation, index) => {
    const at = found.at('organisations', index, organisation.ods);
    for (const successor of organisation.succeededBy) {
      found.known(at, 'organisations', successor.organisation, 'successor');
      if (organisation.closedOn === undefined) found.add(at, `is succeeded by ${successor.organisation} but has no closing date`);
      else if (successor.on > organisation.closedOn) {
        found.add(at, `closes on ${organisation.closedOn} and is succeeded only on ${successor.on}; nobody is responsible between`);
      }
    }
    if (leadsTo(organisation.ods, organisation.ods, successors)) found.add(at, 'succeeds itself by its own successors');
  });
}

function leadsTo(from: string, goal: string, successors: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const pending = [...(successors.get(from) ?? [])];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next === goal) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    pending.push(...(successors.get(next) ?? []));
  }
  return false;
}
