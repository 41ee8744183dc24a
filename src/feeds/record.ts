/** Codes carry their system as a prefix (`icd10:I219`), because the same letters mean different things in two systems. */
export type SystemCode = string;

/** Something wrong with one row: never the value, always what to do. */
export interface Issue {
  readonly row: number;
  readonly field: string;
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly guidance: string;
}

/**
 * One source record between a reader and the black box, whatever its format. It holds identifiers, so it lives only in
 * the memory of the black box and is never logged, stored or sent. Empty string means absent.
 */
export interface SourceRecord {
  /** 1-based data row of a CSV, or resource of a FHIR delivery. */
  row: number;
  nhsNumber: string;
  /** NHS NUMBER STATUS INDICATOR CODE, two characters, or '' when the data set does not carry one. */
  nhsNumberStatus: string;
  /** Number that replaces nhsNumber, when the sender says so. */
  supersededBy: string;
  /** The sender's own patient id; also what a FHIR reference resolves to (`Patient/abc`). */
  localPatientId: string;
  /** Other keys that references to this patient may use (a Bundle's `urn:uuid:…`). */
  aliases?: readonly string[];
  /** True when the person is known only by localPatientId and another record of this delivery says who that is. */
  refersToPatient: boolean;
  /** True when this record says who localPatientId is (a FHIR Patient; a row with both). */
  introducesPatient: boolean;
  /** ISO dates; partial dates (`1950`, `1950-03`) allowed for birth. */
  birthDate: string;
  deathDate: string;
  /** NHS PERSON STATED GENDER: 1 male, 2 female, 9 indeterminate, X not known. */
  sex: string;
  ethnicCategory: string;
  postcode: string;
  practice: string;
  registeredFrom: string;
  /** Parts of the natural key, in order; joined with length prefixes before hashing. */
  sourceId: readonly string[];
  /** ISO date-time of the record at its source; the later writer wins. */
  sourceAt: string;
  deleted: boolean;
  kind: string;
  /** ISO date or date-time, local time as sent; '' for demographics. */
  start: string;
  end: string;
  ready: string;
  provider: string;
  codes: SystemCode[];
  costPence: number | undefined;
  attributes: Record<string, string | number | boolean>;
  /** Value of the period column where the data set replaces whole periods. */
  period: string;
  /** Reason code to withhold (DUMMY_PATIENT, …), or ''. */
  withhold: string;
  /** How many values were left behind, by reason, where the reader is who leaves them. */
  dropped?: Readonly<Record<string, number>> | undefined;
  /** First error found while reading, or undefined. Warnings are reported apart. */
  error: Issue | undefined;
}
