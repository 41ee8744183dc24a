import type { Issue, SourceRecord } from '../record.ts';
import { addCodes, codeOfSystem, dropRepeats, plainCode, systemCode } from './coding.ts';
import { readDateTime } from './date.ts';
import { at, type Json, listOf, member } from './json.ts';
import { leftBehind } from './left-behind.ts';
import type { AttributeReading, Path, ResourceMapping } from './mapping.ts';
import { identifyPatient } from './patient.ts';
import { emptyRecord, sourceAtOf, sourceIdOf, withholdReason } from './record.ts';
import { contained, odsCode, subjectOf } from './reference.ts';
import { quarantine } from './refusal.ts';
import { unreadCodings } from './resources.ts';

/** One clinical resource as one event, or why it cannot be used. `fullUrl` is that of its Bundle entry, `assembledAt` its message's, or ''. */
export function mapClinical(
  type: string,
  mapping: ResourceMapping,
  resource: Json,
  row: number,
  fullUrl: string,
  assembledAt: string,
): SourceRecord | Issue {
  const sourceId = sourceIdOf(type, resource, fullUrl);
  if (sourceId === undefined) return quarantine(row, 'SOURCE_ID_ABSENT', `${type}.id`);
  const record = emptyRecord(row);
  record.sourceId = sourceId;
  record.sourceAt = sourceAtOf(resource, assembledAt);
  record.deleted = plainCode(member(resource, 'status')) === 'entered-in-error' || isEnteredInError(resource);
  record.withhold = withholdReason(resource, 'CONFIDENTIAL_RECORD');
  const problem = setSubject(record, type, mapping, resource) ?? setDates(record, type, mapping, resource);
  if (problem !== undefined) return problem;
  record.kind = kindOf(mapping, resource);
  for (const path of mapping.provider) {
    const reference = at(resource, path);
    if (reference === undefined) continue;
    for (const one of listOf(reference)) if (record.provider === '') record.provider = odsCode(resource, one);
  }
  setCodes(record, type, mapping, resource);
  for (const attribute of mapping.attributes) {
    const value = readAttribute(attribute.read, resource);
    if (value !== undefined) record.attributes[attribute.name] = value;
  }
  record.dropped = leftBehind(resource, mapping);
  return record;
}

/** Condition and AllergyIntolerance say it in verificationStatus: a CodeableConcept in R4, a code in STU3. */
const isEnteredInError = (resource: Json): boolean => {
  const status = member(resource, 'verificationStatus');
  return status !== undefined && plainCode(status) === 'entered-in-error';
};

function setSubject(record: SourceRecord, type: string, mapping: ResourceMapping, resource: Json): Issue | undefined {
  const subject = subjectOf(resource, member(resource, mapping.subject));
  const field = `${type}.${mapping.subject}`;
  switch (subject.by) {
    case 'key':
      record.localPatientId = subject.key;
      record.refersToPatient = true;
      return undefined;
    case 'number':
      record.nhsNumber = subject.nhsNumber;
      record.localPatientId = subject.key;
      return undefined;
    case 'contained': {
      const rule = identifyPatient(record, subject.patient);
      if (rule !== undefined) return quarantine(record.row, rule, field);
      return record.nhsNumber === '' ? quarantine(record.row, 'PATIENT_REFERENCE_UNRESOLVED', field) : undefined;
    }
    default:
      if (subject.why === 'absent') return quarantine(record.row, 'REQUIRED_FIELD_EMPTY', field);
      return quarantine(record.row, subject.why === 'not-patient' ? 'FHIR_SUBJECT_NOT_PATIENT' : 'PATIENT_REFERENCE_UNRESOLVED', field);
  }
}

function setDates(record: SourceRecord, type: string, mapping: ResourceMapping, resource: Json): Issue | undefined {
  let wrong = '';
  for (const path of mapping.start) {
    const text = at(resource, path);
    if (typeof text !== 'string' || text === '') continue;
    record.start = readDateTime(text);
    if (record.start !== '') break;
    wrong ||= path.join('.');
  }
  if (record.start === '' && mapping.startMayBeUpdate) record.start = readDateTime(record.sourceAt);
  for (const path of mapping.end) {
    const text = at(resource, path);
    if (typeof text === 'string' && record.end === '') record.end = readDateTime(text);
  }
  // What removes an earlier record needs no date of its own.
  if (record.start !== '' || record.deleted) return undefined;
  if (wrong !== '') return quarantine(record.row, 'DATE_INVALID', `${type}.${wrong}`);
  return quarantine(record.row, 'EVENT_START_ABSENT', `${type}.${(mapping.start[0] ?? []).join('.')}`);
}

function kindOf(mapping: ResourceMapping, resource: Json): string {
  let kind = mapping.kind;
  if (mapping.kindBy !== undefined) {
    const code = member(at(resource, mapping.kindBy.path), 'code');
    if (typeof code === 'string' && Object.hasOwn(mapping.kindBy.kinds, code)) kind = mapping.kindBy.kinds[code] as string;
  }
  if (mapping.negation !== undefined) {
    for (const { path, values, suffix } of mapping.negation) {
      const value = at(resource, path);
      if (value === undefined) continue;
      if (values.includes(typeof value === 'boolean' ? value : plainCode(value))) return kind + suffix;
    }
  }
  return kind;
}

function setCodes(record: SourceRecord, type: string, mapping: ResourceMapping, resource: Json): void {
  let unread = 0;
  for (const path of mapping.codes) unread += addCodesAt(resource, path, 0, record.codes);
  // Only a contained Medication can be followed: another resource may come before or after, or never.
  const medication = contained(resource, member(resource, 'medicationReference'));
  if (medication !== undefined) unread += addCodes(member(medication, 'code'), record.codes);
  dropRepeats(record.codes);
  if (unread > 0) record.attributes[unreadCodings(type)] = unread;
}

/** Every CodeableConcept at the path, through all elements of every list on the way. */
function addCodesAt(value: Json, path: Path, from: number, codes: string[]): number {
  if (value === undefined || value === null) return 0;
  if (Array.isArray(value)) {
    let unread = 0;
    for (const element of value) unread += addCodesAt(element, path, from, codes);
    return unread;
  }
  const name = path[from];
  if (name === undefined) return addCodes(value, codes);
  return addCodesAt(name.startsWith('https://') ? at(value, [name]) : member(value, name), path, from + 1, codes);
}

function readAttribute(read: AttributeReading, resource: Json): string | number | boolean | undefined {
  if (read.as === 'component') return componentValue(resource, read.codes);
  for (const path of read.paths) {
    let value = at(resource, path);
    if (Array.isArray(value)) value = value[0];
    if (value === undefined) continue;
    if (read.as === 'number') {
      if (typeof value === 'number' && Number.isFinite(value)) return value;
    } else if (read.as === 'boolean') {
      if (typeof value === 'boolean') return value;
    } else {
      const code = read.as === 'code' ? plainCode(value) : codeOfSystem(value, read.systems);
      if (code !== '') return code;
    }
  }
  return undefined;
}

function componentValue(resource: Json, codes: readonly string[]): number | undefined {
  const components = member(resource, 'component');
  if (!Array.isArray(components)) return undefined;
  for (const component of components) {
    const value = at(component, ['valueQuantity', 'value']);
    // JSON may say 1e999, which is no number here; it would be stored as nothing.
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    for (const coding of listOf(at(component, ['code', 'coding']))) if (codes.includes(systemCode(coding))) return value;
  }
  return undefined;
}
