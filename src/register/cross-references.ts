import { agreementProblems, signatureProblems } from './agreement-problems.ts';
import { collections, keyOf } from './document.ts';
import { historyFaults, stateMachines } from './history.ts';
import type { PlaceDocument } from './model.ts';
import { Problems, type WhereOf } from './problems.ts';
import { seatProblems } from './seat-problems.ts';
import { successionProblems } from './succession.ts';

const documentOnly =
  (document: PlaceDocument): WhereOf =>
  (collection, index) =>
    `${document.place.id}: ${collection}[${index}]`;

/**
 * Every reference of a place that leads nowhere, every id used twice, every period that ends before it begins and every
 * history that cannot have happened, in plain English with file and path. Empty = usable.
 */
export function crossReferenceProblems(document: PlaceDocument, where: WhereOf = documentOnly(document)): string[] {
  const found = new Problems(document, where);
  for (const collection of collections) {
    const seen = new Set<string>();
    document[collection].forEach((row, index) => {
      const key = keyOf(row);
      if (seen.has(key)) found.add(`${where(collection, index)} "${key}"`, 'is there twice');
      seen.add(key);
    });
  }
  organisationProblems(document, found);
  successionProblems(document, found);
  frameworkProblems(document, found);
  agreementProblems(document, found);
  flowProblems(document, found);
  licenceProblems(document, found);
  seatProblems(document, found);
  return found.list;
}

function organisationProblems(document: PlaceDocument, found: Problems): void {
  document.organisations.forEach((organisation, index) => {
    const at = found.at('organisations', index, organisation.ods);
    found.periodRuns(at, organisation.openedOn, organisation.closedOn, 'the organisation');
    organisation.assurance.forEach((a, i) => {
      found.periodRuns(`${at}.assurance[${i}]`, a.publishedOn, a.validTo, a.standard);
    });
  });
  document.services.forEach((service, index) => {
    const at = found.at('services', index, service.id);
    found.known(at, 'organisations', service.organisation, 'organisation');
    found.known(at, 'systems', service.system, 'system');
  });
  const endpoints = new Set<string>();
  document.systems.forEach((system, index) => {
    for (const endpoint of system.endpoints) {
      const at = `${found.at('systems', index, system.id)}.endpoints "${endpoint.id}"`;
      found.periodRuns(at, endpoint.liveFrom, endpoint.liveTo, 'the endpoint');
      if (endpoints.has(endpoint.id)) found.add(at, 'is there twice');
      endpoints.add(endpoint.id);
    }
  });
}

function frameworkProblems(document: PlaceDocument, found: Problems): void {
  document.frameworks.forEach((framework, index) => {
    const at = found.at('frameworks', index, framework.id);
    found.periodRuns(at, framework.adoptedOn, framework.validTo, 'the framework');
    framework.signatories.forEach((signatory, i) => {
      found.known(`${at}.signatories[${i}]`, 'organisations', signatory.organisation, 'organisation');
      found.periodRuns(`${at}.signatories[${i}]`, signatory.signedOn, signatory.withdrawnOn, 'the signature');
    });
    signatureProblems(framework.signatories, `${at}.signatories`, found);
  });
}

function flowProblems(document: PlaceDocument, found: Problems): void {
  const settingOf = new Map(document.services.map((service) => [service.id, service.setting]));
  document.flows.forEach((flow, index) => {
    const at = found.at('flows', index, flow.id);
    found.known(at, 'agreements', flow.agreement, 'agreement');
    found.known(at, 'services', flow.from, 'service');
    found.known(at, 'services', flow.to, 'service');
    found.known(at, 'endpoints', flow.endpoint, 'endpoint');
    for (const ods of flow.through) found.known(at, 'organisations', ods, 'organisation');
    if (settingOf.get(flow.from) === 'linked-data-set') {
      found.add(at, "a flow starts in a care setting; what leaves the linked data set is the agreement's dataOut");
    }
    for (const fault of historyFaults(flow.history, stateMachines.flow)) found.add(`${at}.history`, fault);
    if (flow.route === 'open-api' && flow.endpoint === undefined && flow.history.some((step) => step.state === 'live')) {
      found.add(at, 'an Open API route names the endpoint whose facts prove it');
    }
  });
}

function licenceProblems(document: PlaceDocument, found: Problems): void {
  const purposesOf = new Map(document.agreements.map((agreement) => [agreement.id, agreement.purposes]));
  document.projects.forEach((project, index) => {
    const at = found.at('projects', index, project.id);
    found.known(at, 'organisations', project.organisation, 'organisation');
    for (const agreement of project.agreements) found.known(at, 'agreements', agreement, 'agreement');
    for (const system of project.sourceSystems) found.known(at, 'systems', system, 'source system');
    found.periodRuns(at, project.validFrom, project.validTo, 'the licence');
    const allowed = new Set(project.agreements.flatMap((agreement) => purposesOf.get(agreement) ?? []));
    for (const purpose of project.purposes) {
      if (!allowed.has(purpose)) found.add(at, `purpose "${purpose}" is in none of its agreements`);
    }
  });
  document.clients.forEach((client, index) => {
    const at = found.at('clients', index, client.clientId);
    found.known(at, 'organisations', client.organisation, 'organisation');
    for (const flow of client.flows) found.known(at, 'flows', flow, 'flow');
    for (const project of client.projects) found.known(at, 'projects', project, 'project');
    found.periodRuns(at, client.validFrom, client.validTo, 'the client');
    const kids = client.jwks.keys.map((key) => key.kid);
    if (new Set(kids).size !== kids.length) found.add(`${at}.jwks`, 'two keys have the same kid');
  });
}

/** Ids that must mean one thing in the whole installation, because deliveries, pseudonyms and tokens name them without a place. */
export function sharedIdProblems(documents: readonly PlaceDocument[]): string[] {
  const problems: string[] = [];
  const owner = new Map<string, string>();
  for (const document of documents) {
    const ids = [
      `place ${document.place.id}`,
      ...document.flows.map((flow) => `flow ${flow.id}`),
      ...document.agreements.map((agreement) => `agreement ${agreement.id}`),
      ...document.projects.map((project) => `project ${project.id}`),
      ...document.projects.map((project) => `recipient key ${project.recipientKeyId}`),
      ...document.clients.map((client) => `client ${client.clientId}`),
      ...document.people.map((person) => `person ${person.id}`),
      ...document.seats.map((seat) => `seat ${seat.id}`),
    ];
    for (const name of ids) {
      const first = owner.get(name);
      if (first !== undefined) problems.push(`${document.place.id}: ${name} is already used by ${first}`);
      owner.set(name, document.place.id);
    }
  }
  return problems;
}
