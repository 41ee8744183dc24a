import { openCsv } from '../feeds/csv/read.ts';
import { readFhir } from '../feeds/fhir/read.ts';
import type { Issue } from '../feeds/record.ts';
import type { FeedSpecification } from '../feeds/specification.ts';
import type { FlowTerms } from '../register/terms.ts';
import type { BlackBox } from './box.ts';
import type { Candidate } from './candidate.ts';
import { compileCsvPlan } from './csv-plan.ts';
import { createFhirPlan } from './fhir-candidate.ts';
import type { DeliveryTallies } from './tallies.ts';
import { cellGuidance } from './values.ts';

/** What a record turned out to be. One is made at a time and judged at once, so that a batch of them never piles up. */
export interface CandidateVisitor {
  candidate(candidate: Candidate): void;
  /** A record that could not even be read. */
  unreadable(issue: Issue): void;
  /** A FHIR resource of a type nobody asked for. */
  outOfScope(type: string): void;
}

/**
 * Rows judged between two turns of the event loop, one to two milliseconds: whatever waits for us in the meantime, the
 * database for the bytes of an earlier batch above all, waits that long each time.
 */
const rowsAtOnce = 64;

/** Shows the records of one piece of the file, in file order. */
export type CandidateBatch = (visitor: CandidateVisitor) => void;

export interface ReadOptions {
  readonly box: Pick<BlackBox, 'codeLists' | 'sensitiveCodes' | 'numbers'>;
  readonly specification: FeedSpecification;
  readonly terms: FlowTerms;
  readonly tallies: DeliveryTallies;
  readonly warn: (issue: Issue) => void;
}

/** Reads a delivery in the format of its data set; rows are numbered as the sender counts them. */
export function readCandidates(bytes: AsyncIterable<Buffer>, options: ReadOptions): AsyncIterable<CandidateBatch> {
  return options.specification.format === 'csv' ? readCsvCandidates(bytes, options) : readFhirCandidates(bytes, options);
}

async function* readCsvCandidates(
  bytes: AsyncIterable<Buffer>,
  { box, specification, terms, tallies, warn }: ReadOptions,
): AsyncGenerator<CandidateBatch> {
  const file = await openCsv(bytes, specification.delimiters);
  const read = compileCsvPlan({
    specification,
    header: file.header,
    allowedFields: new Set(terms.allowedFields),
    codeLists: box.codeLists,
    sensitiveCodes: box.sensitiveCodes,
    numbers: box.numbers,
    dropped: tallies.dropped,
    warn,
  });
  let row = 0;
  for await (const { cells, problems } of file.batches) {
    for (let from = 0; from < cells.length; from += rowsAtOnce) {
      const to = Math.min(from + rowsAtOnce, cells.length);
      yield (visitor) => {
        for (let index = from; index < to; index++) {
          row += 1;
          const record = cells[index];
          if (record) {
            visitor.candidate(read(record, row));
            continue;
          }
          const rule = problems.get(index) ?? 'ROW_SHAPE';
          visitor.unreadable({ row, field: '', rule, severity: 'error', guidance: cellGuidance[rule] ?? 'Correct the row at its source.' });
        }
      };
    }
  }
}

async function* readFhirCandidates(bytes: AsyncIterable<Buffer>, { box, terms, tallies }: ReadOptions): AsyncGenerator<CandidateBatch> {
  const allowedFields = new Set(terms.allowedFields);
  const toCandidate = createFhirPlan({
    allowedFields,
    sensitiveCodes: box.sensitiveCodes,
    numbers: box.numbers,
    dropped: tallies.dropped,
  });
  for await (const items of readFhir(bytes)) {
    yield (visitor) => {
      for (const item of items) {
        if ('record' in item) visitor.candidate(toCandidate(item.record));
        else if ('issue' in item) visitor.unreadable(item.issue);
        else visitor.outOfScope(item.outOfScope);
      }
    };
  }
}
