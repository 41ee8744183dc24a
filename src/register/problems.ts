import type { Collection } from './document.ts';
import type { PlaceDocument } from './model.ts';

/** Names the file a thing came from, e.g. `southend-on-sea/flows.json: flows[3]`; only the place for a document from the database. */
export type WhereOf = (collection: Collection, index: number) => string;

/** Collects what is wrong with a document, each with where it stands, so that a person can mend everything in one go. */
export class Problems {
  readonly list: string[] = [];
  readonly #where: WhereOf;
  readonly #ids: Readonly<Record<Collection | 'endpoints', ReadonlySet<string>>>;

  constructor(document: PlaceDocument, where: WhereOf) {
    this.#where = where;
    this.#ids = {
      organisations: new Set(document.organisations.map((o) => o.ods)),
      services: new Set(document.services.map((s) => s.id)),
      systems: new Set(document.systems.map((s) => s.id)),
      endpoints: new Set(document.systems.flatMap((s) => s.endpoints.map((e) => e.id))),
      frameworks: new Set(document.frameworks.map((f) => f.id)),
      agreements: new Set(document.agreements.map((a) => a.id)),
      flows: new Set(document.flows.map((f) => f.id)),
      projects: new Set(document.projects.map((p) => p.id)),
      clients: new Set(document.clients.map((c) => c.clientId)),
      people: new Set(document.people.map((p) => p.id)),
      seats: new Set(document.seats.map((s) => s.id)),
    };
  }

  at(collection: Collection, index: number, key: string): string {
    return `${this.#where(collection, index)} "${key}"`;
  }

  add(at: string, problem: string): void {
    this.list.push(`${at}: ${problem}`);
  }

  /** A reference that is given must lead somewhere. */
  known(at: string, collection: Collection | 'endpoints', key: string | undefined, what: string): void {
    if (key !== undefined && !this.#ids[collection].has(key)) this.add(at, `${what} "${key}" is not in the register`);
  }

  periodRuns(at: string, from: string | undefined, to: string | undefined, what: string): void {
    if (from !== undefined && to !== undefined && to < from) this.add(at, `${what} ends on ${to}, before it begins on ${from}`);
  }
}
