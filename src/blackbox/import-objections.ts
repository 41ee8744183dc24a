import { openCsv } from '../feeds/csv/read.ts';
import type { ArrivingObjection, UnusableRow } from '../objections/arriving.ts';
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

  async function* rows(): AsyncGenerator<ArrivingObjection | UnusableRow> {
    for await (const { cells, problems } of csv.batches) {
      for (const [index, record] of cells.entries()) {
        if (!record) {
          yield { quarantine: problems.get(index) ?? 'ROW_SHAPE' };
          continue;
        }
        const value = (column: Column): string => (record[at.get(column) ?? -1] ?? '').trim();
        const number = canonicalNhsNumber(value('nhs_number'));
        const found = classifyNhsNumber(number, box.numbers);
        if (found !== 'usable') {
          yield { quarantine: nhsNumberRule[found].rule };
          continue;
        }
        const [about, evidence, decidedBy] = [value('about'), value('evidence'), value('decided_by')];
        const [purpose, recordedIn] = [value('purpose'), value('recorded_in')];
        yield {
          landingPseudonym: pseudonymise(number as NhsNumber),
          kind: file.kind ?? value('kind'),
          setOn: value('set_on'),
          withdrawnOn: value('withdrawn_on'),
          source: nameOfSource(value('source')),
          ...(about === '' ? {} : { about }),
          ...(purpose === '' ? {} : { purpose }),
          ...(recordedIn === '' ? {} : { recordedIn }),
          ...(evidence === '' ? {} : { evidence }),
          ...(decidedBy === '' ? {} : { decidedBy }),
        };
      }
    }
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
