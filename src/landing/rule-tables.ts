import type { Receipt } from './receipt.ts';

/** RULE-NUMBER-1: what a value in an NHS number field is, and where its record goes. `usable` is the only way to a pseudonym. */
export const numberRules: readonly {
  readonly sent: string;
  readonly test: string;
  readonly live: string;
  readonly because: string;
}[] = [
  { sent: '9990000018', test: 'usable', live: 'test-range', because: 'Numbers from 999 are for tests and never issued.' },
  { sent: '999 000 0018', test: 'usable', live: 'test-range', because: 'Spaces and hyphens are how people write it.' },
  { sent: '999-000-0018', test: 'usable', live: 'test-range', because: 'Spaces and hyphens are how people write it.' },
  { sent: '9434765919', test: 'usable', live: 'test-range', because: 'The example the NHS Data Dictionary publishes.' },
  { sent: '9990000019', test: 'bad-check-digit', live: 'bad-check-digit', because: 'Modulus 11 finds one wrong digit.' },
  { sent: '1234567890', test: 'bad-check-digit', live: 'bad-check-digit', because: 'A check digit of 10 is never issued.' },
  { sent: '0000000000', test: 'placeholder', live: 'placeholder', because: 'Passes modulus 11 and stands for nobody.' },
  { sent: '9999999999', test: 'placeholder', live: 'placeholder', because: 'Passes modulus 11 and stands for nobody.' },
  { sent: '0123456789', test: 'placeholder', live: 'placeholder', because: 'The example of a form (Data Validation Engine).' },
  { sent: '', test: 'absent', live: 'absent', because: 'Held by reason and counted; nobody is guessed.' },
  { sent: '999000001', test: 'malformed', live: 'malformed', because: 'Nine digits: the leading zero of another register is not assumed.' },
  { sent: '999000001X', test: 'malformed', live: 'malformed', because: 'Ten digits, and nothing else.' },
];

/** RULE-MINIMISE-1: what becomes of a column that was sent. */
export const minimisationRules: readonly {
  readonly column: string;
  readonly listed: boolean;
  readonly counted: string;
  readonly because: string;
}[] = [
  { column: 'GivenName', listed: true, counted: 'IDENTIFIER_NOT_NEEDED', because: 'A name is never needed, whatever an agreement lists.' },
  { column: 'EmailAddress', listed: true, counted: 'IDENTIFIER_NOT_NEEDED', because: 'An address of a person is never needed.' },
  { column: 'ResidentialInstituteCode', listed: false, counted: 'FIELD_NOT_IN_AGREEMENT', because: 'What no agreement lists is not read.' },
  { column: 'ResidentialInstituteCode', listed: true, counted: '', because: 'Listed, and its values look like codes.' },
  {
    column: 'Remarks by reception',
    listed: true,
    counted: 'COLUMN_NOT_IN_DATA_SET',
    because: 'A column the data set does not have is not read.',
  },
];

/** RULE-WITHHOLD-1: marks of the sender that keep a record out of the environment (columns of the GP patient extract). */
export const withholdRules: readonly {
  readonly column: string;
  readonly value: string;
  readonly deleted?: true;
  readonly reason: string;
  readonly because: string;
}[] = [
  { column: 'IsConfidential', value: 'true', reason: 'CONFIDENTIAL_RECORD', because: 'Marked confidential at the practice.' },
  { column: 'IsConfidential', value: 'false', reason: '', because: 'Marked as not confidential.' },
  { column: 'IsConfidential', value: '', reason: 'CONFIDENTIAL_RECORD', because: 'Not known is a yes: the extract always fills it.' },
  { column: 'IsConfidential', value: 'perhaps', reason: 'CONFIDENTIAL_RECORD', because: 'What cannot be read is not known.' },
  { column: 'SpineSensitive', value: 'true', reason: 'SENSITIVE_PERSON', because: 'The S flag of the Spine: whereabouts are protected.' },
  { column: 'SpineSensitive', value: '', reason: 'SENSITIVE_PERSON', because: 'Not known is a yes.' },
  { column: 'DummyType', value: 'true', reason: 'DUMMY_PATIENT', because: 'Nobody.' },
  {
    column: 'IsConfidential',
    value: '',
    deleted: true,
    reason: '',
    because: 'A tombstone takes its record away and needs no more than the key.',
  },
];

/** RULE-RECEIPT-1: where each received record ends; exactly one of them, so that the sums always hold. */
export const outcomeRules: readonly { readonly outcome: keyof Receipt; readonly meaning: string }[] = [
  { outcome: 'landed', meaning: 'a record the environment did not have' },
  { outcome: 'updated', meaning: 'a record that changed, was replaced by a later row of the file, or was taken away by its tombstone' },
  { outcome: 'unchanged', meaning: 'a record that was there already, is older than what is there, or whose source took it away later' },
  { outcome: 'withheld', meaning: 'a record that may not land, by reason' },
  { outcome: 'quarantined', meaning: 'a record that cannot be used, by rule; the row report says which row' },
];

/**
 * RULE-AGAIN-1: the same bytes come again after something of what their records are judged by was changed. `file` is below
 * the configuration folder, `term` what the register says of the flow; `feed` is the data set of the delivery.
 */
export const againRules: readonly {
  readonly changed: string;
  readonly file?: string;
  readonly term?: 'allowedFields' | 'minimumAge' | 'agreementId';
  readonly feed: 'sus-apc' | 'gp-coded-records';
  readonly again: boolean;
  readonly because: string;
}[] = [
  {
    ...{ changed: 'a code list the data set names', file: 'code-lists/admission-method.json', feed: 'sus-apc', again: true },
    because: 'What was no code may be one now, and the other way round.',
  },
  {
    ...{ changed: 'a code list it does not name', file: 'code-lists/chc-request-type.json', feed: 'sus-apc', again: false },
    because: 'None of its records was asked of it.',
  },
  {
    ...{ changed: 'its data set specification', file: 'feeds/sus-apc.json', feed: 'sus-apc', again: true },
    because: 'Columns, keys, checks and events may be others.',
  },
  {
    ...{ changed: 'the specification of another data set', file: 'feeds/mhsds.json', feed: 'sus-apc', again: false },
    because: 'It was not read by it.',
  },
  {
    ...{ changed: 'a list of sensitive codes', file: 'sensitive-codes/restricted.json', feed: 'sus-apc', again: true },
    because: 'What landed may have to go, and what was withheld may land.',
  },
  {
    ...{ changed: 'the decision table of objections', file: 'objections/decision-table.json', feed: 'sus-apc', again: true },
    because: 'Whoever objected may be covered now, or no longer.',
  },
  {
    ...{ changed: 'the codes that say an objection', file: 'objections/gp-codes.json', feed: 'gp-coded-records', again: true },
    because: 'A record may say an objection that was not heard.',
  },
  {
    ...{ changed: 'the codes that say an objection', file: 'objections/gp-codes.json', feed: 'sus-apc', again: false },
    because: 'Only a GP record is asked for them.',
  },
  {
    ...{ changed: 'the postcodes', file: 'geography/postcodes.csv', feed: 'sus-apc', again: true },
    because: 'Somebody may live in an area that was not known.',
  },
  {
    ...{ changed: 'how national answers are held', file: 'objections/national.json', feed: 'sus-apc', again: false },
    because: 'No record is judged by it.',
  },
  {
    ...{ changed: 'the fields its agreement lists', term: 'allowedFields', feed: 'sus-apc', again: true },
    because: 'A field that was dropped may land, even one no event shows.',
  },
  {
    ...{ changed: 'the age its agreement begins at', term: 'minimumAge', feed: 'sus-apc', again: true },
    because: 'Who was too young may land, and who was not may have to go.',
  },
  {
    ...{ changed: 'the name of its agreement', term: 'agreementId', feed: 'sus-apc', again: false },
    because: 'A name allows nothing.',
  },
];

/** RULE-RECEIPT-2: reasons as a machine of the sender reads them (small numbers: 1 to 7). */
export const senderRules: readonly {
  readonly what: string;
  readonly withheld: Readonly<Record<string, number>>;
  readonly told: Readonly<Record<string, number>>;
}[] = [
  { what: 'an objection of one person', withheld: { OBJECTION_NDOP: 1 }, told: { WITHHELD_BY_POLICY: 1 } },
  { what: 'an age that others know', withheld: { UNDER_AGE: 1 }, told: { WITHHELD_BY_POLICY: 1 } },
  { what: 'an age that nobody knows', withheld: { AGE_UNKNOWN: 1 }, told: { WITHHELD_BY_POLICY: 1 } },
  { what: 'seven of one reason', withheld: { OBJECTION_NDOP: 7 }, told: { WITHHELD_BY_POLICY: 7 } },
  { what: 'eight of one reason', withheld: { OBJECTION_NDOP: 8 }, told: { OBJECTION_NDOP: 8 } },
  { what: 'a small reason beside a large one', withheld: { OBJECTION_NDOP: 2, SENSITIVE_CODE: 40 }, told: { WITHHELD_BY_POLICY: 42 } },
  {
    what: 'large reasons',
    withheld: { OBJECTION_NDOP: 9, SENSITIVE_CODE: 40 },
    told: { OBJECTION_NDOP: 9, SENSITIVE_CODE: 40 },
  },
  { what: 'kinds of record nobody asked for', withheld: { OUT_OF_SCOPE: 1 }, told: { OUT_OF_SCOPE: 1 } },
  { what: 'both', withheld: { OUT_OF_SCOPE: 1, OBJECTION_TYPE1: 1 }, told: { OUT_OF_SCOPE: 1, WITHHELD_BY_POLICY: 1 } },
  { what: 'nothing', withheld: {}, told: {} },
];

/**
 * RULE-MERGE-1: a sender says number A was replaced by B, and gives of A a birth in 1950 and the sex male; another flow
 * knows B like this.
 */
export const mergeRules: readonly {
  readonly known: string;
  readonly change: Readonly<Record<string, string>>;
  readonly held: string;
}[] = [
  { known: 'the same month of birth and sex', change: { 'Date of Birth': '1950-02-28', Sex: '1' }, held: '' },
  { known: 'the same month of birth, no sex', change: { 'Date of Birth': '1950-02-28', Sex: '' }, held: '' },
  { known: 'another month of birth', change: { 'Date of Birth': '1961-07-01' }, held: 'birth-month-differs' },
  { known: 'another sex', change: { Sex: '2' }, held: 'sex-differs' },
  { known: 'no date of birth', change: { 'Date of Birth': '' }, held: 'evidence-absent' },
];
