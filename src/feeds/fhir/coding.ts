import type { SystemCode } from '../record.ts';
import { isToken, type Json, listOf, member } from './json.ts';

/**
 * Code systems whose codes are kept, by URI, with the prefix they get. Another system's code is counted and dropped: its
 * letters could mean anything. UK URIs: UK Core implementation guide, terminology; HL7 URIs: FHIR R4 §4.3.
 */
const prefixes: ReadonlyMap<string, string> = new Map([
  ['http://snomed.info/sct', 'snomed:'],
  ['urn:oid:2.16.840.1.113883.6.96', 'snomed:'],
  ['http://hl7.org/fhir/sid/icd-10', 'icd10:'],
  ['http://hl7.org/fhir/sid/icd-10-uk', 'icd10:'],
  ['https://fhir.hl7.org.uk/CodeSystem/ICD-10', 'icd10:'],
  ['https://fhir.hl7.org.uk/Id/icd-10', 'icd10:'],
  ['urn:oid:2.16.840.1.113883.6.3', 'icd10:'],
  ['https://fhir.hl7.org.uk/CodeSystem/OPCS-4', 'opcs4:'],
  ['https://fhir.hl7.org.uk/Id/opcs-4', 'opcs4:'],
  ['https://fhir.nhs.uk/Id/opcs-4', 'opcs4:'],
  ['https://dmd.nhs.uk', 'dmd:'],
  ['https://dmd.nhs.uk/', 'dmd:'],
  ['http://read.info/readv2', 'readv2:'],
  ['http://read.info/ctv3', 'ctv3:'],
  ['http://loinc.org', 'loinc:'],
  ['http://www.nlm.nih.gov/research/umls/rxnorm', 'rxnorm:'],
  ['http://hl7.org/fhir/sid/cvx', 'cvx:'],
]);

/** ICD-10 and OPCS-4 are written with and without their point; the code lists have none. */
const withoutPoint = (code: string): string => (code.includes('.') ? code.replaceAll('.', '') : code).toUpperCase();

/** `snomed:22298006` for a Coding of a known system; '' for any other. */
export function systemCode(coding: Json): SystemCode {
  const code = member(coding, 'code');
  const system = member(coding, 'system');
  if (typeof system !== 'string' || !isToken(code, 32)) return '';
  const prefix = prefixes.get(system);
  if (prefix === undefined) return '';
  return prefix + (prefix === 'icd10:' || prefix === 'opcs4:' ? withoutPoint(code) : code);
}

/**
 * Adds every known code of a CodeableConcept (all of its codings: one may be sensitive where its translation is not), those
 * that were there before again: see `dropRepeats`.
 * @returns how many codings were of unknown systems.
 */
export function addCodes(concept: Json, codes: SystemCode[]): number {
  const codings = member(concept, 'coding');
  if (!Array.isArray(codings)) return 0;
  let unknown = 0;
  for (const coding of codings) {
    const code = systemCode(coding);
    if (code === '') unknown += 1;
    else codes.push(code);
  }
  return unknown;
}

/** Keeps the first of each code: once a record, because looking for every code among those before it would be quadratic. */
export function dropRepeats(codes: SystemCode[]): void {
  if (codes.length < 2) return;
  const once = new Set(codes);
  if (once.size === codes.length) return;
  let kept = 0;
  for (const code of once) codes[kept++] = code;
  codes.length = kept;
}

/** The code of a Coding, CodeableConcept or plain code (STU3), without its display; '' when there is none. */
export function plainCode(value: Json): string {
  if (typeof value === 'string') return isToken(value) ? value : '';
  const coding = listOf(member(value, 'coding'))[0] ?? value;
  const code = member(coding, 'code');
  return isToken(code) ? systemCode(coding) || code : '';
}

/** The first code of a concept that belongs to one of these systems: Welsh twins reuse English codes with other meanings. */
export function codeOfSystem(concept: Json, systems: readonly string[]): string {
  for (const coding of listOf(member(concept, 'coding'))) {
    const code = member(coding, 'code');
    if (systems.includes(String(member(coding, 'system'))) && isToken(code, 32)) return code;
  }
  return '';
}
