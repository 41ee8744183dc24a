import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding } from 'fhir/r4.js';
import { canonicalJson } from './canonical-json.ts';
import { type Interaction, ruleOf } from './interactions.ts';

/** One entry of the log, and what of it was sealed and can still be opened. */
export interface LoggedEvent {
  readonly index: number;
  readonly leafHash: Buffer;
  readonly entry: Readonly<Record<string, unknown>>;
  readonly opened?: Readonly<Record<string, unknown>> | undefined;
}

const balp = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.';
const dicom = (code: string, display: string): Coding => ({ system: 'http://dicom.nema.org/resources/ontology/DCM', code, display });
const terminology = (name: string, code: string, display: string): Coding => ({
  system: `http://terminology.hl7.org/CodeSystem/${name}`,
  code,
  display,
});
const restful = (code: string): Coding => ({ system: 'http://hl7.org/fhir/restful-interaction', code, display: code });

const [source, destination] = [dicom('110153', 'Source Role ID'), dicom('110152', 'Destination Role ID')];

interface Shape {
  readonly type: Coding;
  readonly subtype: readonly Coding[];
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  /** Profiles without and with a patient; a disclosure is always of one. */
  readonly profile?: string;
  readonly patientProfile?: string;
  readonly client: Coding;
  readonly server: Coding;
}

const rest = terminology('audit-event-type', 'rest', 'Restful Operation');

/** IHE BALP 1.1, one row for each interaction: type, subtype, action, and the roles of who asked and who answered. */
const shapes: Readonly<Record<Interaction, Shape>> = {
  create: {
    type: rest,
    subtype: [restful('create')],
    action: 'C',
    profile: 'Create',
    patientProfile: 'PatientCreate',
    client: source,
    server: destination,
  },
  read: {
    type: rest,
    subtype: [restful('read')],
    action: 'R',
    profile: 'Read',
    patientProfile: 'PatientRead',
    client: destination,
    server: source,
  },
  update: {
    type: rest,
    subtype: [restful('update')],
    action: 'U',
    profile: 'Update',
    patientProfile: 'PatientUpdate',
    client: source,
    server: destination,
  },
  delete: {
    type: rest,
    subtype: [restful('delete')],
    action: 'D',
    profile: 'Delete',
    patientProfile: 'PatientDelete',
    client: dicom('110150', 'Application'),
    server: terminology('provenance-participant-type', 'custodian', 'Custodian'),
  },
  disclosure: {
    type: dicom('110106', 'Export'),
    subtype: [terminology('iso-21089-lifecycle', 'disclose', 'Disclose Record Lifecycle Event')],
    action: 'R',
    patientProfile: 'PrivacyDisclosure.Source',
    client: destination,
    server: source,
  },
  activity: { type: dicom('110100', 'Application Activity'), subtype: [], action: 'E', client: destination, server: source },
};

/** Crockford base 32, 160 bits: the form of every pseudonym here, and of nothing else. */
const pseudonymForm = /^[0-9A-HJKMNP-TV-Z]{32}$/;
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function pseudonymOf({ entry, opened }: LoggedEvent): string | undefined {
  const candidates = [text(entry.subject), text(opened?.recipientPseudonym), text(opened?.landingPseudonym)];
  return candidates.find((candidate) => candidate !== undefined && pseudonymForm.test(candidate));
}

/**
 * One entry as a FHIR R4 AuditEvent, by IHE BALP where a profile fits what the entry says: a profile is only claimed when
 * everything it requires is there. People are pseudonyms, by identifier; there is no resource to follow. Addresses of
 * callers are not in the log (data minimisation), and the event says so.
 * @param origin the log: observer of all its events
 */
export function auditEventOf(event: LoggedEvent, origin: string): AuditEvent {
  const { entry, index, leafHash } = event;
  const type = text(entry.type) ?? 'unknown';
  const detail = (entry.detail ?? {}) as Readonly<Record<string, unknown>>;
  const rule = ruleOf(type, detail.decision === 'refused');
  const shape = shapes[rule.interaction];
  const pseudonym = pseudonymOf(event);
  const profile = rule.failed === true ? undefined : pseudonym === undefined ? shape.profile : shape.patientProfile;
  const bare = rule.interaction === 'delete';
  return {
    resourceType: 'AuditEvent',
    id: `leaf-${index}`,
    ...(profile === undefined ? {} : { meta: { profile: [`${balp}${profile}`] } }),
    type: shape.type,
    subtype: [...shape.subtype, ...(bare ? [] : [{ system: `${origin}/type`, code: type }])],
    action: shape.action,
    recorded: text(entry.at) ?? '',
    outcome: rule.failed === true ? '4' : '0',
    ...(text(detail.purpose) === undefined ? {} : { purposeOfEvent: [{ text: text(detail.purpose) as string }] }),
    agent: [clientAgent(shape, text(entry.actor) ?? 'unknown'), serverAgent(shape, origin)],
    source: { site: origin, observer: observer(origin), type: [terminology('security-source-type', '4', 'Application Server')] },
    entity: [
      ...(pseudonym === undefined ? [] : [patient(pseudonym, origin)]),
      data(entry, pseudonym, { index, leafHash, origin, bare, type }),
    ],
  };
}

const observer = (origin: string): AuditEvent['source']['observer'] => ({
  type: 'Device',
  identifier: { system: 'urn:ietf:rfc:3986', value: `urn:${origin}` },
  display: origin,
});

const clientAgent = ({ client }: Shape, actor: string): AuditEventAgent => ({
  type: { coding: [client] },
  who: { identifier: { value: actor }, display: actor },
  requestor: true,
  network: {
    _address: { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'not-asked' }] },
  },
});

const serverAgent = ({ server }: Shape, origin: string): AuditEventAgent => ({
  type: { coding: [server] },
  who: observer(origin),
  requestor: false,
  network: { address: origin, type: '1' },
});

const patient = (pseudonym: string, origin: string): AuditEventEntity => ({
  what: { type: 'Patient', identifier: { system: `urn:${origin}/pseudonym`, value: pseudonym } },
  type: terminology('audit-entity-type', '1', 'Person'),
  role: terminology('object-role', '1', 'Patient'),
});

/** What it was done to, and which leaf says so: the event can be held to the log. Delete allows no detail. */
function data(
  entry: LoggedEvent['entry'],
  pseudonym: string | undefined,
  { index, leafHash, origin, bare, type }: { index: number; leafHash: Buffer; origin: string; bare: boolean; type: string },
): AuditEventEntity {
  const subject = text(entry.subject);
  const value = subject !== undefined && subject !== pseudonym ? subject : `leaf-${index}`;
  return {
    what: { identifier: { system: `urn:${origin}/${type.split('.')[0]}`, value } },
    type: terminology('audit-entity-type', '2', 'System Object'),
    role: terminology('object-role', '4', 'Domain Resource'),
    ...(bare
      ? {}
      : {
          detail: [
            { type: 'leafSha256', valueString: leafHash.toString('hex') },
            ...Object.entries(entry.detail ?? {}).map(([name, member]) => ({ type: name, valueString: canonicalJson(member) })),
          ],
        }),
  };
}
