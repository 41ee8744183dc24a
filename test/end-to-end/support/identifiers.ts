import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { Pattern } from './scan.ts';

export const identifierClasses = [
  'nhs-number',
  'name',
  'birth-date',
  'postcode',
  'local-id',
  'source-id',
  'contact',
  'address',
  'free-text',
] as const;
export type IdentifierClass = (typeof identifierClasses)[number];

/** Values as they were sent, by what they are. */
export type Identifiers = Readonly<Record<IdentifierClass, ReadonlySet<string>>>;

/**
 * Which columns identify, by their names alone: this list knows nothing of the data set specifications, so that a wrong
 * role in a specification cannot blind the test as it would blind the gateway.
 */
const columns: readonly (readonly [IdentifierClass, RegExp])[] = [
  ['nhs-number', /^nhs[ _]?(number|no)$/i],
  ['name', /^(given ?name|surname|patient ?name|social_worker_name)$/i],
  ['birth-date', /birth|^dob$/i],
  ['postcode', /^pc$|post_?code/i],
  ['local-id', /^(local_?patient_?(id|identifier)|la_person_unique_identifier|clientid|patientguid)$/i],
  ['source-id', /^(.*attendance_identifier|attendkey|hospitalproviderspellnumber|uniqhospprovspellid|caseref|casenumber|callnumber)$/i],
  ['source-id', /^(activityid|referralid|servicerequestid|carecontactid|uniqservreqid|uniqcarecontid|event_reference|episodid)$/i],
  ['source-id', /^(observationguid|issuerecordguid)$/i],
  ['contact', /phone|e-?mail/i],
  ['address', /^numberandstreet$/i],
  ['free-text', /notes?$|text$|^event_description$|^presentingproblem$/i],
];

/** Numbers that senders write when they know none: they are nobody's. */
const isPlaceholder = (number: string): boolean => /^(\d)\1*$/.test(number);

/** Reads every delivery in a folder, as it was sent, and gathers what identifies somebody. */
export function collectIdentifiers(folder: string): Identifiers {
  const found = Object.fromEntries(identifierClasses.map((name) => [name, new Set<string>()])) as Record<IdentifierClass, Set<string>>;
  const add = (kind: IdentifierClass, value: unknown): void => {
    if (typeof value === 'string' && value.trim() !== '') found[kind].add(value.trim());
  };
  for (const file of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, file));
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    if (file.endsWith('.ndjson')) for (const line of text.split('\n').filter(Boolean)) collectResource(JSON.parse(line), add);
    else if (file.endsWith('.json')) collectResource(JSON.parse(text), add);
    else collectTable(text, add);
  }
  return found;
}

type Add = (kind: IdentifierClass, value: unknown) => void;

function collectTable(text: string, add: Add): void {
  const rows = parse(text, { bom: true, delimiter: [',', '|', '\t'], relax_column_count: true }) as string[][];
  const kinds = (rows[0] ?? []).map((name) => columns.find(([, pattern]) => pattern.test(name))?.[0]);
  for (const row of rows.slice(1)) for (const [index, value] of row.entries()) if (kinds[index]) add(kinds[index], value);
}

/** FHIR: members that identify, wherever they stand. Logical ids of resources are too short to be looked for. */
function collectResource(value: unknown, add: Add): void {
  if (Array.isArray(value)) for (const item of value) collectResource(item, add);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const { system, value: held, family, given, birthDate, postalCode, line, text } = value as Record<string, unknown>;
  if (system === 'https://fhir.nhs.uk/Id/nhs-number') add('nhs-number', held);
  if (system === 'phone' || system === 'email') add('contact', held);
  add('name', family);
  if (Array.isArray(given)) add('name', [...given, family].join(' '));
  add('birth-date', birthDate);
  add('postcode', postalCode);
  if (Array.isArray(line)) add('address', line[0]);
  add('free-text', text);
  for (const member of Object.values(value)) collectResource(member, add);
}

/** Births from here on may be the day of an event or of a clause, and finding one would prove nothing. */
const firstUndecidableBirth = '2010-01-01';

/** A birth date in any layout as `YYYY-MM-DD`; undefined when it is none (suppliers send impossible ones too). */
function isoDate(text: string): string | undefined {
  const british = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(text);
  const compact = /^(\d{4})(\d\d)(\d\d)$/.exec(text);
  const iso = british
    ? `${british[3]}-${british[2]}-${british[1]}`
    : compact
      ? `${compact[1]}-${compact[2]}-${compact[3]}`
      : text.slice(0, 10);
  return Number.isNaN(Date.parse(iso)) ? undefined : iso;
}

const dateLayouts = (iso: string): string[] => {
  const [year, month, day] = iso.split('-') as [string, string, string];
  return [iso, `${day}/${month}/${year}`, `${year}${month}${day}`];
};

const cases = (text: string): string[] => [text, text.toUpperCase(), text.toLowerCase()];

/** Spellings under which a value could have been kept, and digests that anybody who knows the value could compute. */
function spellings(kind: IdentifierClass, value: string): (string | Buffer)[] {
  const compact = value.replace(/[\s{}-]/g, '');
  switch (kind) {
    case 'nhs-number': {
      const digests = ['sha256', 'sha1', 'md5'].map((algorithm) => createHash(algorithm).update(compact).digest());
      const grouped = [' ', '-'].map((gap) => [compact.slice(0, 3), compact.slice(3, 6), compact.slice(6)].join(gap));
      return [value, compact, ...grouped, ...digests.flatMap((digest) => [digest, digest.toString('hex'), digest.toString('base64')])];
    }
    case 'postcode':
      return [...cases(`${compact.slice(0, -3)} ${compact.slice(-3)}`), ...cases(compact)];
    case 'local-id':
      // A GUID could also be kept as PostgreSQL keeps a uuid: sixteen bytes.
      return [
        ...cases(value.replace(/[{}]/g, '')),
        ...cases(compact),
        ...(/^[0-9A-F]{32}$/i.test(compact) ? [Buffer.from(compact, 'hex')] : []),
      ];
    case 'source-id':
      return cases(value.replace(/[{}]/g, ''));
    case 'name':
      return cases(value);
    case 'contact':
      return [value, compact];
    default:
      return [value];
  }
}

/** Shorter values are found in anything, so they prove nothing; the classes that have them are read from other files as well. */
const shortest: Readonly<Record<IdentifierClass, number>> = {
  'nhs-number': 9,
  name: 6,
  'birth-date': 8,
  postcode: 6,
  'local-id': 5,
  'source-id': 6,
  contact: 10,
  address: 9,
  'free-text': 12,
};

/**
 * Everything that must not be found outside the deliveries.
 * @param publicDates dates of the configuration: an agreement may have been signed on somebody's birthday
 */
export function toPatterns(identifiers: Identifiers, publicDates: ReadonlySet<string>): Pattern[] {
  const patterns = new Map<string, Pattern>();
  for (const kind of identifierClasses) {
    for (const value of identifiers[kind]) {
      if (value.length < shortest[kind] || isPlaceholder(value)) continue;
      let forms = spellings(kind, value);
      if (kind === 'birth-date') {
        const iso = isoDate(value);
        // The first of a month is what a reduced birth date looks like.
        if (iso === undefined || iso >= firstUndecidableBirth || iso.endsWith('-01') || publicDates.has(iso)) continue;
        forms = dateLayouts(iso);
      }
      for (const form of forms) {
        const bytes = Buffer.from(form as string);
        const bounded = ['birth-date', 'source-id', 'local-id', 'name'].includes(kind) && typeof form === 'string';
        patterns.set(bytes.toString('latin1'), { bytes, bounded, label: `${kind} ${value}` });
      }
    }
  }
  return [...patterns.values()];
}
