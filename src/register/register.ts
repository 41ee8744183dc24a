import type { Agreement, Framework } from './agreement.ts';
import { flowTerms } from './flow-terms.ts';
import type { Client, Flow, Place, PlaceDocument, Project } from './model.ts';
import type { Endpoint, Organisation, Service, System } from './organisation.ts';
import type { Person } from './people.ts';
import type { FlowTerms } from './terms.ts';

/** One place of the register with its maps built once, so that a question costs look-ups and not scans. */
export interface PlaceRegister {
  readonly place: Place;
  /** Version of this place's document; 0 while it is only files. */
  readonly version: number;
  readonly document: PlaceDocument;
  readonly organisations: ReadonlyMap<string, Organisation>;
  readonly services: ReadonlyMap<string, Service>;
  readonly systems: ReadonlyMap<string, System>;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly frameworks: ReadonlyMap<string, Framework>;
  readonly agreements: ReadonlyMap<string, Agreement>;
}

/** A flow with everything it refers to. `flowNo` is its number for ever; 0 while the register is only files. */
export interface RegisteredFlow {
  readonly flow: Flow;
  readonly flowNo: number;
  readonly place: PlaceRegister;
  readonly agreement: Agreement;
  readonly framework: Framework | undefined;
  readonly from: Service;
  readonly to: Service;
  readonly sender: Organisation;
  readonly recipient: Organisation;
  readonly through: readonly Organisation[];
  readonly endpoint: Endpoint | undefined;
  /** What it may do when it is admitted; undefined where the sending service has no care setting. */
  readonly terms: FlowTerms | undefined;
}

export interface Register {
  /** Newest version of any place; 0 for files. */
  readonly version: number;
  readonly places: ReadonlyMap<string, PlaceRegister>;
  readonly flows: ReadonlyMap<string, RegisteredFlow>;
  readonly projects: ReadonlyMap<string, { readonly project: Project; readonly place: PlaceRegister }>;
  readonly clients: ReadonlyMap<string, { readonly client: Client; readonly place: PlaceRegister }>;
  /** Flows that had a number once and are in no document any more; what they brought has to go. */
  readonly departed: readonly DepartedFlow[];
  /** Each place registers its people for itself, so a person id also says which place. */
  readonly people: ReadonlyMap<string, { readonly person: Person; readonly place: PlaceRegister }>;
}

export interface DepartedFlow {
  readonly flow: string;
  readonly flowNo: number;
  readonly place: string;
  readonly agreement: string;
}

export interface RegisterSource {
  readonly document: PlaceDocument;
  readonly version: number;
}

const byKey = <T>(rows: readonly T[], key: (row: T) => string): Map<string, T> => new Map(rows.map((row) => [key(row), row]));

export function indexPlace(source: RegisterSource): PlaceRegister {
  const { document, version } = source;
  return {
    place: document.place,
    version,
    document,
    organisations: byKey(document.organisations, (o) => o.ods),
    services: byKey(document.services, (s) => s.id),
    systems: byKey(document.systems, (s) => s.id),
    endpoints: byKey(
      document.systems.flatMap((s) => s.endpoints),
      (e) => e.id,
    ),
    frameworks: byKey(document.frameworks, (f) => f.id),
    agreements: byKey(document.agreements, (a) => a.id),
  };
}

/**
 * Builds the register from documents that passed `crossReferenceProblems`. A flow that refers to something absent is
 * left out, so that it is unknown and therefore refused.
 */
export function buildRegister(
  sources: readonly RegisterSource[],
  flowNumbers: ReadonlyMap<string, number> = new Map(),
  departed: readonly DepartedFlow[] = [],
): Register {
  const places = new Map<string, PlaceRegister>();
  const flows = new Map<string, RegisteredFlow>();
  const projects = new Map<string, { project: Project; place: PlaceRegister }>();
  const clients = new Map<string, { client: Client; place: PlaceRegister }>();
  const people = new Map<string, { person: Person; place: PlaceRegister }>();
  for (const source of sources) {
    const place = indexPlace(source);
    places.set(place.place.id, place);
    for (const flow of source.document.flows) {
      const found = resolveFlow(flow, place, flowNumbers.get(flow.id) ?? 0);
      if (found !== undefined) flows.set(flow.id, found);
    }
    for (const project of source.document.projects) projects.set(project.id, { project, place });
    for (const client of source.document.clients) clients.set(client.clientId, { client, place });
    for (const person of source.document.people) people.set(person.id, { person, place });
  }
  return { version: Math.max(0, ...sources.map((s) => s.version)), places, flows, projects, clients, people, departed };
}

function resolveFlow(flow: Flow, place: PlaceRegister, flowNo: number): RegisteredFlow | undefined {
  const agreement = place.agreements.get(flow.agreement);
  const from = place.services.get(flow.from);
  const to = place.services.get(flow.to);
  const sender = from && place.organisations.get(from.organisation);
  const recipient = to && place.organisations.get(to.organisation);
  const through = flow.through.map((ods) => place.organisations.get(ods)).filter((o) => o !== undefined);
  if (!agreement || !from || !to || !sender || !recipient || through.length !== flow.through.length) return undefined;
  const framework = agreement.framework === undefined ? undefined : place.frameworks.get(agreement.framework);
  const endpoint = flow.endpoint === undefined ? undefined : place.endpoints.get(flow.endpoint);
  const entry = { flow, flowNo, place, agreement, framework, from, to, sender, recipient, through, endpoint };
  return { ...entry, terms: flowTerms(entry) };
}

/** Does the flow bring data into the linked data set, or does one care setting share with another? */
export const isSharing = (flow: RegisteredFlow): boolean => flow.to.setting !== 'linked-data-set';

/** The register as one place has it: what people of that place may see of it. */
export function onlyPlace(register: Register, placeId: string): Register {
  const of = <Entry extends { readonly place: PlaceRegister }>(entries: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> =>
    new Map([...entries].filter(([, entry]) => entry.place.place.id === placeId));
  return {
    version: register.places.get(placeId)?.version ?? 0,
    places: new Map([...register.places].filter(([id]) => id === placeId)),
    flows: of(register.flows),
    projects: of(register.projects),
    clients: of(register.clients),
    people: of(register.people),
    departed: register.departed.filter(({ place }) => place === placeId),
  };
}
