import type { Issue, SourceRecord } from '../record.ts';
import { plainCode } from './coding.ts';
import { readDateTime } from './date.ts';
import { at, extensionOf, isToken, type Json, listOf, member, textOf } from './json.ts';
import { leftBehind } from './left-behind.ts';
import { emptyRecord, sourceAtOf, sourceIdOf, withholdReason } from './record.ts';
import { canonicalKey, isNhsNumberSystem, odsCode } from './reference.ts';
import { type FhirRule, quarantine } from './refusal.ts';

const statusExtensions: readonly string[] = [
  'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus',
  'https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-NHSNumberVerificationStatus-1',
  'https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus-1',
];

/** CodeSystem UKCore-NHSNumberVerificationStatus (retired, still sent) → NHS NUMBER STATUS INDICATOR CODE. */
const retiredStatus: Readonly<Record<string, string>> = {
  'number-present-and-verified': '01',
  'number-present-but-not-traced': '02',
  'trace-required': '03',
  'trace-attempted': '04',
  'trace-needs-to-be-resolved': '05',
  'trace-in-progress': '06',
  'number-not-present-and-trace-not-required': '07',
  'trace-postponed': '08',
};

const ethnicExtensions: readonly string[] = [
  'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory',
  'https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-EthnicCategory-1',
  'https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-EthnicCategory-1',
];

/** Scotland and Wales use the same letters with other meanings, so only English systems count. */
const ethnicSystems: readonly string[] = [
  'https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland',
  'https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategory',
  'https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-EthnicCategory-1',
  'https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-EthnicCategory-1',
];

/** FHIR administrative gender → PERSON STATED GENDER CODE (NHS Data Dictionary). */
const sexes: Readonly<Record<string, string>> = { male: '1', female: '2', other: '9', unknown: 'X' };

/** A FHIR Patient (UK Core Patient 2.6.1, PDS, GP Connect) as the record that says who its references mean. */
export function mapPatient(resource: Json, row: number, fullUrl: string, assembledAt: string): SourceRecord | Issue {
  const sourceId = sourceIdOf('Patient', resource, fullUrl);
  if (sourceId === undefined) return quarantine(row, 'SOURCE_ID_ABSENT', 'Patient.id');
  const record = emptyRecord(row);
  record.sourceId = sourceId;
  record.kind = 'demographics';
  record.sourceAt = sourceAtOf(resource, assembledAt);
  record.withhold = withholdReason(resource, 'SENSITIVE_PERSON');
  const rule = identifyPatient(record, resource);
  if (rule !== undefined) return quarantine(row, rule, 'Patient.identifier');
  setKeys(record, member(resource, 'id'), fullUrl);
  setAttributes(record, resource);
  record.dropped = leftBehind(resource, undefined);
  return record;
}

/** What references to this patient look like: by id everywhere, and by fullUrl inside its Bundle (FHIR R4 §2.36.4). */
function setKeys(record: SourceRecord, id: Json, fullUrl: string): void {
  const byUrl = canonicalKey(fullUrl);
  record.localPatientId = isToken(id, 128) ? `Patient/${id}` : byUrl;
  record.introducesPatient = record.localPatientId !== '';
  if (byUrl !== '' && byUrl !== record.localPatientId) record.aliases = [byUrl];
}

/**
 * Number, status, birth, death, sex, ethnic category, postcode and practice of a Patient, own or contained.
 * @returns the rule broken when the patient cannot be one person.
 */
export function identifyPatient(record: SourceRecord, patient: Json): FhirRule | undefined {
  for (const identifier of listOf(member(patient, 'identifier'))) {
    if (!isNhsNumberSystem(member(identifier, 'system')) || member(identifier, 'use') === 'old') continue;
    const value = textOf(member(identifier, 'value'));
    if (value === '' || value.length > 32) continue;
    if (record.nhsNumber !== '' && record.nhsNumber !== value) return 'FHIR_NHS_NUMBER_AMBIGUOUS';
    record.nhsNumber = value;
    record.nhsNumberStatus ||= verificationStatus(identifier);
  }
  for (const link of listOf(member(patient, 'link'))) {
    const identifier = at(link, ['other', 'identifier']);
    if (member(link, 'type') === 'replaced-by' && isNhsNumberSystem(member(identifier, 'system'))) {
      record.supersededBy = textOf(member(identifier, 'value')).slice(0, 32);
    }
  }
  // An impossible date of birth is judged with the other identifiers, so it is passed on as sent.
  record.birthDate = textOf(member(patient, 'birthDate')).slice(0, 32);
  record.deathDate = readDateTime(textOf(member(patient, 'deceasedDateTime'))).slice(0, 10);
  const gender = textOf(member(patient, 'gender'));
  record.sex = Object.hasOwn(sexes, gender) ? (sexes[gender] as string) : '';
  record.ethnicCategory = ethnicCategory(patient);
  record.postcode = homePostcode(patient);
  setPractice(record, patient);
  return undefined;
}

function verificationStatus(identifier: Json): string {
  for (const url of statusExtensions) {
    const found = extensionOf(identifier, url);
    if (found === undefined) continue;
    const code = plainCode(member(found, 'valueCodeableConcept'));
    if (code.length === 2 && code >= '01' && code <= '08') return code;
    if (Object.hasOwn(retiredStatus, code)) return retiredStatus[code] as string;
  }
  return '';
}

function ethnicCategory(patient: Json): string {
  for (const url of ethnicExtensions) {
    const concept = member(extensionOf(patient, url), 'valueCodeableConcept');
    for (const coding of listOf(member(concept, 'coding'))) {
      const code = member(coding, 'code');
      if (ethnicSystems.includes(textOf(member(coding, 'system'))) && isToken(code, 2)) return code.toUpperCase();
    }
  }
  return '';
}

/** Home before any other, without an end before one that ended, later before earlier; never an old or temporary one. */
function homePostcode(patient: Json): string {
  let best = '';
  let bestRank = '';
  for (const address of listOf(member(patient, 'address'))) {
    const use = member(address, 'use');
    const postcode = textOf(member(address, 'postalCode'));
    if (postcode === '' || postcode.length > 16 || use === 'old' || use === 'temp' || use === 'billing') continue;
    const end = textOf(at(address, ['period', 'end']));
    const rank = (use === 'home' ? '2' : '1') + (end === '' ? '~' : end);
    if (rank > bestRank) {
      best = postcode;
      bestRank = rank;
    }
  }
  return best;
}

/** PDS and GP Connect name the practice by ODS code in generalPractitioner; a practice's own system in managingOrganization. */
function setPractice(record: SourceRecord, patient: Json): void {
  let bestRank = '';
  for (const reference of listOf(member(patient, 'generalPractitioner'))) {
    const code = odsCode(patient, reference);
    const end = textOf(at(reference, ['identifier', 'period', 'end']));
    const rank = end === '' ? '~' : end;
    if (code === '' || rank <= bestRank) continue;
    bestRank = rank;
    record.practice = code;
    record.registeredFrom = readDateTime(textOf(at(reference, ['identifier', 'period', 'start']))).slice(0, 10);
  }
  if (record.practice === '') record.practice = odsCode(patient, member(patient, 'managingOrganization'));
}

const deathNotification = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus';

/** `active: false` is kept, not obeyed: it also marks patients not seen for years, whose history is still theirs. */
function setAttributes(record: SourceRecord, patient: Json): void {
  const active = member(patient, 'active');
  if (typeof active === 'boolean') record.attributes['Patient.active'] = active;
  if (record.deathDate !== '' || member(patient, 'deceasedBoolean') === true) record.attributes['Patient.deceased'] = true;
  const notice = extensionOf(extensionOf(patient, deathNotification), 'deathNotificationStatus');
  const status = plainCode(member(notice, 'valueCodeableConcept'));
  if (status !== '') record.attributes['Patient.deathNotificationStatus'] = status;
  const marital = plainCode(member(patient, 'maritalStatus'));
  if (marital !== '') record.attributes['Patient.maritalStatus'] = marital;
}
