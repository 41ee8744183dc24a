import { openCsv } from '../feeds/csv/read.ts';
import type { ArrivingRow } from '../objections/arriving.ts';
import { type ImportReceipt, importObjections } from '../objections/import.ts';
import type { ObjectionKind } from '../objections/kinds.ts';
import { flowTerms } from '../register/flow-terms.ts';
import { GatewayError } from '../shared/errors.ts';
import type { BlackBox } from './box.ts';
import { openBytes } from './byte-source.ts';
import { deriveKey } from './keys.ts';
import { canonicalNhsNumber, classifyNhsNumber, type NhsNumber, nhsNumberRule } from './nhs-number.ts';
import { landingPseudonymiser } from './pseudonymise.ts';

export interface ObjectionFile {
  readonly kind: ObjectionKind | undefined;
  /** Place of the register the list is of. */
  readonly place?: string | undefined;
  readonly actor: string;
  readonly bytes: AsyncIterable<Buffer>;
}

/** Columns of a list of objections; only the number is required, and the kind where the caller does not give one. */
const columns = [
  'nhs_number',
  'kind',
  'set_on',
  'withdrawn_on',
  'source',
  'about',
  'purpose',
  'recorded_in',
  'evidence',
  'decided_by',
] as const;
type Column = (typeof columns)[number];

/**
 * ODS codes and list names come in any case; the register of objections knows one. A source that is no such name may be a
 * sentence about the person, or a number in the wrong column: it is not kept, and the objection stands all the same.
 */
const nameOfSource = (text: string): string => {
  const name = text.toLowerCase();
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(name) && !/\d{9}/.test(name.replaceAll('-', '')) ? name : 'not-stated';
};

/** A column whose value is mostly that of the row before. */
function rememberLast(name: (text: string) => string, read: (record: readonly string[]) => string): typeof read {
  let [lastText, last] = ['', name('')];
  return (record) => {
    const text = read(record);
    if (text !== lastText) [lastText, last] = [text, name(text)];
    return last;
  };
}

/** Turns a list of objections by NHS number into one by pseudonym, records it, and removes what it covers. */
export async function importObjectionFile(box: BlackBox, file: ObjectionFile): Promise<ImportReceipt> {
  const register = await box.register();
  const flows = [...register.flows.values()].flatMap((entry) => {
    const terms = flowTerms(entry);
    return terms ? [terms] : [];
  });
  const csv = await openCsv(openBytes(file.bytes).bytes, [',', '|']);
  const at = new Map<Column, number>();
  for (const [index, name] of csv.header.entries()) {
    const column = columns.find((known) => known === name.toLowerCase().replace(/[^a-z]+/g, '_'));
    if (column) at.set(column, index);
  }
  const missing = (['nhs_number', ...(file.kind ? [] : (['kind'] as const))] as const).filter((column) => !at.has(column));
  if (missing.length > 0) {
    throw new GatewayError(
      'HEADER_COLUMN_MISSING',
      `The list lacks ${missing.join(' and ')}. Its columns are ${columns.join(', ')}; give --kind where the list is all of one kind.`,
    );
  }
  const pseudonymise = landingPseudonymiser(deriveKey(box.rootKey, 'landing', box.landingEpoch));
  // Which cell is which is settled once: a list has one header and 175,000 rows.
  const cell = (column: Column): ((record: readonly string[]) => string) => {
    const index = at.get(column);
    return index === undefined ? () => '' : (record) => record[index]?.trim() ?? '';
  };
  const { kind } = file;
  const [numberOf, kindOf, setOn, withdrawnOn] = [cell('nhs_number'), cell('kind'), cell('set_on'), cell('withdrawn_on')];
  const [about, purpose, recordedIn] = [cell('about'), cell('purpose'), cell('recorded_in')];
  const [sourceOf, evidence, decidedBy] = [rememberLast(nameOfSource, cell('source')), cell('evidence'), cell('decided_by')];
  const judge = (record: readonly string[]): ArrivingRow => {
    const number = canonicalNhsNumber(numberOf(record));
    const found = classifyNhsNumber(number, box.numbers);
    if (found !== 'usable') return { quarantine: nhsNumberRule[found].rule };
    return {
      landingPseudonym: pseudonymise(number as NhsNumber),
      kind: kind ?? kindOf(record),
      setOn: setOn(record),
      withdrawnOn: withdrawnOn(record),
      source: sourceOf(record),
      about: about(record),
      purpose: purpose(record),
      recordedIn: recordedIn(record),
      evidence: evidence(record),
      decidedBy: decidedBy(record),
    };
  };
  async function* rows(): AsyncGenerator<readonly ArrivingRow[]> {
    for await (const { cells, problems } of csv.batches)
      yield cells.map((record, index) => (record ? judge(record) : { quarantine: problems.get(index) ?? 'ROW_SHAPE' }));
  }
  return importObjections(box.lookups, rows(), {
    table: box.decisionTable,
    flows,
    actor: file.actor,
    clock: box.clock,
    ...(file.kind ? { kind: file.kind } : {}),
    ...(file.place === undefined ? {} : { place: file.place }),
  });
}
