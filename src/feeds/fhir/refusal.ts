import { GatewayError } from '../../shared/errors.ts';
import type { Issue } from '../record.ts';

/** What is read, and how much of it, before anything is parsed: the size of a delivery is the sender's choice, not ours. */
export interface FhirLimits {
  /** One resource or Bundle entry, in bytes. */
  readonly maxResourceBytes?: number;
  /** A Bundle that must be held whole: on one NDJSON line, in an array, or with its entries before its resourceType. */
  readonly maxBundleBytes?: number;
  /** Levels of nesting; FHIR itself seldom passes 12. */
  readonly maxDepth?: number;
  readonly maxResources?: number;
}

export type CompleteLimits = Required<FhirLimits>;

export const defaultLimits: CompleteLimits = {
  maxResourceBytes: 1024 * 1024,
  maxBundleBytes: 32 * 1024 * 1024,
  maxDepth: 64,
  maxResources: 10_000_000,
};

const refusals = {
  FHIR_UNREADABLE: 'This is not FHIR JSON. Send NDJSON, one resource, an array of resources or one Bundle, in UTF-8.',
  FHIR_EMPTY: 'The delivery holds nothing. Send at least one resource, or a Bundle that says it has no entries.',
  FHIR_XML_NOT_SUPPORTED: 'FHIR XML is not read. Send the same resources as FHIR JSON (application/fhir+json) or NDJSON.',
  FHIR_TRUNCATED: 'The JSON ends before it is complete, so nothing was taken. Send the whole file again.',
  FHIR_TOO_DEEP:
    'The JSON is nested deeper than any FHIR resource needs, and never closes what it opened. Correct it and send the whole file again.',
  FHIR_TOO_LARGE: 'The document is too large to hold whole. Send NDJSON, or a Bundle whose resourceType comes before its entries.',
  FHIR_TOO_MANY: 'The delivery holds more resources than one delivery may. Split it and send the parts.',
  FHIR_DUPLICATE_KEY: 'The Bundle names a member twice, so two readers could see two contents. Remove one and send it again.',
} as const;

export type FhirRefusal = keyof typeof refusals;

/** A delivery that cannot be read at all: nothing of it may land. */
export const refuse = (code: FhirRefusal): GatewayError => new GatewayError(code, refusals[code]);

/** Why one resource is quarantined while the rest of the delivery is read. */
const guidances = {
  FHIR_JSON_INVALID: 'This is not one complete JSON object. Write one resource per line and send it again.',
  FHIR_ENCODING_INVALID: 'This is not valid UTF-8. Send the resource in UTF-8.',
  FHIR_RESOURCE_TOO_LARGE: 'The resource is larger than one resource may be. Leave out attachments and send it again.',
  FHIR_TOO_DEEP: 'The resource is nested deeper than any FHIR resource needs. Correct it and send it again.',
  FHIR_DUPLICATE_KEY: 'The resource names a member twice, so two readers could see two contents. Remove one and send it again.',
  FHIR_NOT_A_RESOURCE: 'A resource is a JSON object. Correct it and send it again.',
  FHIR_RESOURCE_TYPE_ABSENT: 'The object has no resourceType. Send a FHIR resource.',
  FHIR_SUBJECT_NOT_PATIENT: 'The subject is not a patient, and only records of patients are taken. Leave it out.',
  FHIR_NHS_NUMBER_AMBIGUOUS: 'The patient carries two NHS numbers. Send the current one, and the other as link of type replaces.',
  PATIENT_REFERENCE_UNRESOLVED: 'The reference leads to no patient. Send the Patient with it, or identify the subject by NHS number.',
  REQUIRED_FIELD_EMPTY: 'The resource does not say whose it is. Send its subject.',
  SOURCE_ID_ABSENT: 'The resource has neither id nor identifier, so it could never be corrected. Send one.',
  EVENT_START_ABSENT: 'Nothing says when this happened. Send one of the dates that the resource type has for it.',
  DATE_INVALID: 'The date is not one in the calendar. Send YYYY-MM-DD, with the time and offset where known.',
} as const;

export type FhirRule = keyof typeof guidances;

/** `field` is an element path, never a value. */
export const quarantine = (row: number, rule: FhirRule, field: string): Issue => ({
  row,
  field,
  rule,
  severity: 'error',
  guidance: guidances[rule],
});
