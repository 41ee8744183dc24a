import { historyFaults, stateMachines } from './history.ts';
import type { PlaceDocument } from './model.ts';

/** Names the file a thing came from, e.g. `southend-on-sea/flows.json`; absent for a document from the database. */
export type WhereOf = (collection: keyof PlaceDocument, index: number) => string;

const documentOnly =
  (document: PlaceDocument): WhereOf =>
  (collection, index) =>
    `${document.place.id}: ${collection}[${index}]`;

/**
 * Every reference of a place that leads nowhere, every id used twice, every period that ends before it begins and every
 * history that cannot have happened, in plain English with file and path. Empty = usable.
 */
export function crossReferenceProblems(document: PlaceDocument, where: WhereOf = documentOnly(document)): string[] {
  const problems: string[] = [];
  const organisations = new Set(document.organisations.map((o) => o.ods));
  const systems = new Set(document.systems.map((s) => s.id));
  const endpoints = new Set(document.systems.flatMap((s) => s.endpoints.map((e) => e.id)));
  const services = new Map(document.services.map((s) => [s.id, s]));
  const frameworks = new Set(document.frameworks.map((f) => f.id));
  const agreements = new Map(document.agreements.map((a) => [a.id, a]));
  const flows = new Set(document.flows.map((f) => f.id));
  const projects = new Set(document.projects.map((p) => p.id));

  const unique = (collection: keyof PlaceDocument, keys: readonly string[]): void => {
    const seen = new Set<string>();
    keys.forEach((key, index) => {
      if (seen.has(key)) problems.push(`${where(collection, index)} "${key}": is there twice`);
      seen.add(key);
    });
  };
  unique(
    'organisations',
    document.organisations.map((o) => o.ods),
  );
  for (const collection of ['services', 'systems', 'frameworks', 'agreements', 'flows', 'projects'] as const) {
    unique(
      collection,
      document[collection].map((row) => row.id),
    );
  }
  unique(
    'clients',
    document.clients.map((c) => c.clientId),
  );
  const endpointIds = document.systems.flatMap((s) => s.endpoints.map((e) => e.id));
  if (new Set(endpointIds).size !== endpointIds.length) problems.push(`${document.place.id}: an endpoint id is used by two endpoints`);

  const periodRuns = (at: string, from: string | undefined, to: string | undefined, what: string): void => {
    if (from !== undefined && to !== undefined && to < from) problems.push(`${at}: ${what} ends on ${to}, before it begins on ${from}`);
  };
  const known = (at: string, set: { has(key: string): boolean }, key: string | undefined, what: string): void => {
    if (key !== undefined && !set.has(key)) problems.push(`${at}: ${what} "${key}" is not in the register`);
  };

  document.organisations.forEach((organisation, index) => {
    const at = `${where('organisations', index)} "${organisation.ods}"`;
    periodRuns(at, organisation.openedOn, organisation.closedOn, 'the organisation');
    for (const s of organisation.succeededBy) known(at, organisations, s.organisation, 'succeededBy');
    organisation.assurance.forEach((a, i) => {
      periodRuns(`${at}.assurance[${i}]`, a.publishedOn, a.validTo, a.standard);
    });
  });
  document.services.forEach((service, index) => {
    const at = `${where('services', index)} "${service.id}"`;
    known(at, organisations, service.organisation, 'organisation');
    known(at, systems, service.system, 'system');
  });
  document.systems.forEach((system, index) => {
    for (const endpoint of system.endpoints) {
      periodRuns(
        `${where('systems', index)} "${system.id}".endpoints "${endpoint.id}"`,
        endpoint.liveFrom,
        endpoint.liveTo,
        'the endpoint',
      );
    }
  });
  document.agreements.forEach((agreement, index) => {
    const at = `${where('agreements', index)} "${agreement.id}"`;
    const { legalBasis } = agreement;
    known(at, frameworks, agreement.framework, 'framework');
    periodRuns(at, agreement.validFrom, agreement.validTo, 'the agreement');
    periodRuns(`${at}.legalBasis`, legalBasis.validFrom, legalBasis.validTo, 'the legal basis');
    for (const fault of historyFaults(agreement.history, stateMachines.agreement)) problems.push(`${at}.history: ${fault}`);
    for (const fault of historyFaults(legalBasis.history, stateMachines.basis)) problems.push(`${at}.legalBasis.history: ${fault}`);
    const granted = legalBasis.history.some((step) => step.state === 'in-force' || step.state === 'approved-with-conditions');
    if (legalBasis.kind === 'section-251' && granted && (legalBasis.reference === undefined || legalBasis.validTo === undefined)) {
      problems.push(
        `${at}.legalBasis: section 251 support needs its CAG reference and its last day (validTo); it is always for a fixed term`,
      );
    }
    agreement.controllers.forEach((c, i) => {
      known(`${at}.controllers[${i}]`, organisations, c.organisation, 'organisation');
      periodRuns(`${at}.controllers[${i}]`, c.from, c.to, 'the controllership');
      const overlapping = agreement.controllers.some(
        (other) => other !== c && (c.to === undefined || other.from <= c.to) && (other.to === undefined || c.from <= other.to),
      );
      if (c.capacity === 'sole' && overlapping) problems.push(`${at}.controllers[${i}]: a sole controller cannot have another beside it`);
      if (c.capacity !== 'sole' && !overlapping && agreement.controllers.length === 1) {
        problems.push(`${at}.controllers[${i}]: a ${c.capacity} controller needs another beside it`);
      }
    });
    agreement.processors.forEach((p, i) => {
      known(`${at}.processors[${i}]`, organisations, p.organisation, 'organisation');
      periodRuns(`${at}.processors[${i}]`, p.from, p.to, 'the contract');
    });
    agreement.signatories.forEach((s, i) => {
      known(`${at}.signatories[${i}]`, organisations, s.organisation, 'organisation');
      periodRuns(`${at}.signatories[${i}]`, s.signedOn, s.withdrawnOn, 'the signature');
    });
    const feeds = agreement.dataIn.map((d) => d.feed);
    if (new Set(feeds).size !== feeds.length) problems.push(`${at}.dataIn: a feed is listed twice`);
  });
  document.flows.forEach((flow, index) => {
    const at = `${where('flows', index)} "${flow.id}"`;
    known(at, agreements, flow.agreement, 'agreement');
    known(at, services, flow.from, 'service');
    known(at, services, flow.to, 'service');
    known(at, endpoints, flow.endpoint, 'endpoint');
    for (const ods of flow.through) known(at, organisations, ods, 'organisation');
    if (services.get(flow.from)?.setting === 'linked-data-set') {
      problems.push(`${at}: a flow starts in a care setting; what leaves the linked data set is the agreement's dataOut`);
    }
    for (const fault of historyFaults(flow.history, stateMachines.flow)) problems.push(`${at}.history: ${fault}`);
    const wasLive = flow.history.some((step) => step.state === 'live');
    if (wasLive && flow.route === 'open-api' && flow.endpoint === undefined) {
      problems.push(`${at}: an Open API route names the endpoint whose facts prove it`);
    }
  });
  document.projects.forEach((project, index) => {
    const at = `${where('projects', index)} "${project.id}"`;
    known(at, organisations, project.organisation, 'organisation');
    for (const agreement of project.agreements) known(at, agreements, agreement, 'agreement');
    for (const system of project.sourceSystems) known(at, systems, system, 'source system');
    periodRuns(at, project.validFrom, project.validTo, 'the licence');
    const allowed = new Set(project.agreements.flatMap((id) => agreements.get(id)?.purposes ?? []));
    for (const purpose of project.purposes) {
      if (!allowed.has(purpose)) problems.push(`${at}: purpose "${purpose}" is in none of its agreements`);
    }
  });
  document.clients.forEach((client, index) => {
    const at = `${where('clients', index)} "${client.clientId}"`;
    known(at, organisations, client.organisation, 'organisation');
    for (const flow of client.flows) known(at, flows, flow, 'flow');
    for (const project of client.projects) known(at, projects, project, 'project');
    periodRuns(at, client.validFrom, client.validTo, 'the client');
    const kids = client.jwks.keys.map((key) => key.kid);
    if (new Set(kids).size !== kids.length) problems.push(`${at}.jwks: two keys have the same kid`);
  });
  return problems;
}

/** Ids that must mean one thing in the whole installation, because deliveries, pseudonyms and tokens name them without a place. */
export function sharedIdProblems(documents: readonly PlaceDocument[]): string[] {
  const problems: string[] = [];
  const owner = new Map<string, string>();
  for (const document of documents) {
    const ids = [
      `place ${document.place.id}`,
      ...document.flows.map((f) => `flow ${f.id}`),
      ...document.agreements.map((a) => `agreement ${a.id}`),
      ...document.projects.map((p) => `project ${p.id}`),
      ...document.projects.map((p) => `recipient key ${p.recipientKeyId}`),
      ...document.clients.map((c) => `client ${c.clientId}`),
    ];
    for (const name of ids) {
      const first = owner.get(name);
      if (first !== undefined) problems.push(`${document.place.id}: ${name} is already used by ${first}`);
      owner.set(name, document.place.id);
    }
  }
  return problems;
}
