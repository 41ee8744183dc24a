import { againRules, mergeRules, minimisationRules, numberRules, outcomeRules, senderRules, withholdRules } from './rule-tables.ts';

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${header.join(' | ')} |`,
  `|${'---|'.repeat(header.length)}`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
];
const shown = (value: string): string => (value === '' ? '(empty)' : `\`${value}\``);
const counts = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ') || '(none)';

/** What the black box and the landing stage do with a record, as people read it (docs/rules/landing.md); tests run the same rows. */
export function renderLandingRules(): string {
  const lines = [
    '# Landing: what becomes of a record',
    '',
    'Generated from `src/landing/rule-tables.ts`; do not edit. Tests run the same rows.',
    '',
    '## RULE-NUMBER-1: the NHS number',
    '',
    'Only a usable number gets a pseudonym; every other record is quarantined by the rule of its class.',
    '',
    ...table(
      ['sent', 'test system', 'live system', 'because'],
      numberRules.map(({ sent, test, live, because }) => [shown(sent), test, live, because]),
    ),
    '',
    '## RULE-MINIMISE-1: columns',
    '',
    'What is not needed is dropped in the black box and counted on the receipt; no value of it is kept.',
    '',
    ...table(
      ['column', 'agreement lists it', 'dropped as', 'because'],
      minimisationRules.map(({ column, listed, counted, because }) => [column, listed ? 'yes' : 'no', counted || '(kept)', because]),
    ),
    '',
    'Of a FHIR resource, prose is counted as FREE_TEXT, names, telephone numbers and lines of addresses as IDENTIFIER_NOT_NEEDED, elements',
    'that no event has a place for as ELEMENT_NOT_READ, and what the agreement does not list as FIELD_NOT_IN_AGREEMENT.',
    '',
    '## RULE-WITHHOLD-1: marks of the sender',
    '',
    ...table(
      ['column', 'value', 'row', 'withheld as', 'because'],
      withholdRules.map(({ column, value, deleted, reason, because }) => [
        column,
        shown(value),
        deleted ? 'tombstone' : 'record',
        reason || '(lands)',
        because,
      ]),
    ),
    '',
    '## RULE-RECEIPT-1: every received record ends in one of these',
    '',
    ...table(
      ['outcome', 'meaning'],
      outcomeRules.map(({ outcome, meaning }) => [outcome, meaning]),
    ),
    '',
    '## RULE-RECEIPT-2: what a machine of the sender reads',
    '',
    'Reasons that may depend on what others know are told apart only where each is above 7; linkage counts only where both are,',
    'to the nearest 5, and as 0 and 0 otherwise. How many rows were withheld stays exact. The full receipt is the operator’s.',
    '',
    ...table(
      ['what was withheld', 'receipt', 'as the sender reads it'],
      senderRules.map(({ what, withheld, told }) => [what, counts(withheld), counts(told)]),
    ),
    '',
    '## RULE-AGAIN-1: the same bytes again',
    '',
    'Bytes that landed before are counted as a duplicate and change nothing, as long as their records would be judged by the same.',
    'Everything a record is judged by is one digest (SHA-256) with the delivery; where it is another by now, or was not kept, they',
    'land again. So they do where anybody objected or withdrew since, where rows wait for a patient or for an age that others tell,',
    'and where the register has another version, if reading them again changes a record. An older delivery of records without times',
    'of their own never lands over a later one. The release of this program is part of the digest, because rules are code too.',
    '',
    ...table(
      ['changed since', 'of a delivery of', 'lands again', 'because'],
      againRules.map(({ changed, feed, again, because }) => [changed, feed, again ? 'yes' : 'no', because]),
    ),
    '',
    '## RULE-MERGE-1: a number that another replaced',
    '',
    'Held for a person (`haven linkage merges`) where the evidence does not carry it; all merges of a delivery that asks for more',
    'than 10 and more than one for every 20 people it speaks of; and what waits for a decision already, or was refused.',
    '',
    ...table(
      ['another flow knows the new number with', 'held because'],
      mergeRules.map(({ known, held }) => [known, held || '(merged)']),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
