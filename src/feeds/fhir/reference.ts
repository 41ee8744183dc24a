import { isToken, type Json, listOf, member, textOf } from './json.ts';

/** UK Core and, before 2018, fhir.nhs.net. Both are still sent. */
const nhsNumberSystems: readonly string[] = [
  'https://fhir.nhs.uk/Id/nhs-number',
  'http://fhir.nhs.net/Id/nhs-number',
  'https://fhir.nhs.net/Id/nhs-number',
];
const odsSystems: readonly string[] = [
  'https://fhir.nhs.uk/Id/ods-organization-code',
  'https://fhir.nhs.uk/Id/ods-site-code',
  'http://fhir.nhs.net/Id/ods-organization-code',
];

export const isNhsNumberSystem = (system: Json): boolean => typeof system === 'string' && nhsNumberSystems.includes(system);

/**
 * One spelling of a reference, so that what points and what is pointed at meet: `Patient/abc` for a relative or absolute
 * literal (any version), `urn:uuid:…` in lower case. '' for what is neither.
 */
export function canonicalKey(reference: string): string {
  if (reference.length > 1024) return '';
  if (reference.startsWith('urn:')) return isToken(reference, 255) ? reference.toLowerCase() : '';
  let text = reference;
  const history = text.indexOf('/_history/');
  if (history >= 0) text = text.slice(0, history);
  const slash = text.lastIndexOf('/');
  if (slash <= 0) return '';
  const before = text.lastIndexOf('/', slash - 1);
  // UK Core ids follow FHIR R4 §2.24.0.1: up to 64 of A-Z a-z 0-9 - and point. Longer ones of real senders are let through.
  return isToken(text.slice(slash + 1), 128) ? text.slice(before + 1) : '';
}

/** The value in `Type?identifier=system|value`, when its system is one of these. */
function conditionalValue(reference: string, systems: (system: string) => boolean): string {
  const from = reference.indexOf('?identifier=');
  if (from < 0) return '';
  let query = reference.slice(from + 12);
  try {
    query = decodeURIComponent(query);
  } catch {
    return '';
  }
  const bar = query.indexOf('|');
  return bar > 0 && systems(query.slice(0, bar)) && isToken(query.slice(bar + 1)) ? query.slice(bar + 1) : '';
}

const containedById = (resource: Json, id: string): Json => {
  for (const candidate of listOf(member(resource, 'contained'))) if (member(candidate, 'id') === id) return candidate;
  return undefined;
};

/** The contained resource that a `#id` reference names. */
export function contained(resource: Json, reference: Json): Json {
  const text = textOf(member(reference, 'reference'));
  return text.startsWith('#') ? containedById(resource, text.slice(1)) : undefined;
}

/** ODS code of an Organization reference; only an identifier says so, an id is the sender's own. */
export function odsCode(resource: Json, reference: Json): string {
  const own = odsOf(member(reference, 'identifier'));
  if (own !== '') return own;
  const text = textOf(member(reference, 'reference'));
  if (text.includes('?')) return conditionalValue(text, (system) => odsSystems.includes(system)).toUpperCase();
  for (const identifier of listOf(member(contained(resource, reference), 'identifier'))) {
    const code = odsOf(identifier);
    if (code !== '') return code;
  }
  return '';
}

function odsOf(identifier: Json): string {
  const value = member(identifier, 'value');
  return odsSystems.includes(textOf(member(identifier, 'system'))) && isToken(value, 12) ? value.toUpperCase() : '';
}

/** Whose record it is: by number, by a key that another record of the delivery answers to, by a contained Patient, or not at all. */
export type Subject =
  | { readonly by: 'number'; readonly nhsNumber: string; readonly key: string }
  | { readonly by: 'key'; readonly key: string }
  | { readonly by: 'contained'; readonly patient: Json }
  | { readonly by: 'nothing'; readonly why: 'absent' | 'not-patient' | 'unresolved' };

const nobody = {
  absent: { by: 'nothing', why: 'absent' },
  'not-patient': { by: 'nothing', why: 'not-patient' },
  unresolved: { by: 'nothing', why: 'unresolved' },
} as const;

/**
 * Reads Encounter.subject and its like. An id is never taken for an NHS number, even where it looks like one (PDS uses the
 * number as id): the Patient of the delivery says what it is.
 */
export function subjectOf(resource: Json, reference: Json): Subject {
  const text = textOf(member(reference, 'reference'));
  const identifier = member(reference, 'identifier');
  if (identifier !== undefined && isNhsNumberSystem(member(identifier, 'system'))) {
    const value = textOf(member(identifier, 'value'));
    if (value !== '' && value.length <= 32) return { by: 'number', nhsNumber: value, key: canonicalKey(text) };
  }
  if (text === '') return reference === undefined ? nobody.absent : nobody.unresolved;
  if (text.startsWith('#')) {
    const patient = containedById(resource, text.slice(1));
    if (patient === undefined) return nobody.unresolved;
    return member(patient, 'resourceType') === 'Patient' ? { by: 'contained', patient } : nobody['not-patient'];
  }
  if (text.includes('?')) {
    const nhsNumber = text.startsWith('Patient?') || text.includes('/Patient?') ? conditionalValue(text, isNhsNumberSystem) : '';
    return nhsNumber === '' ? nobody.unresolved : { by: 'number', nhsNumber, key: '' };
  }
  const key = canonicalKey(text);
  if (key === '') return nobody.unresolved;
  return key.startsWith('Patient/') || key.startsWith('urn:') ? { by: 'key', key } : nobody['not-patient'];
}
