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

/** A batch in file order: what can be judged, and what could not even be read. */
export interface CandidateBatch {
  readonly candidates: readonly Candidate[];
  readonly unreadable: readonly Issue[];
  /** FHIR resource types nobody asked for. */
  readonly outOfScope: readonly string[];
}

export interface ReadOptions {
  readonly box: Pick<BlackBox, 'codeLists' | 'sensitiveCodes'>;
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
    dropped: tallies.dropped,
    warn,
  });
  let row = 0;
  for await (const { cells, problems } of file.batches) {
    const candidates: Candidate[] = [];
    const unreadable: Issue[] = [];
    for (let index = 0; index < cells.length; index++) {
      row += 1;
      const record = cells[index];
      if (record) candidates.push(read(record, row));
      else {
        const rule = problems.get(index) ?? 'ROW_SHAPE';
        unreadable.push({ row, field: '', rule, severity: 'error', guidance: cellGuidance[rule] ?? 'Correct the row at its source.' });
      }
    }
    yield { candidates, unreadable, outOfScope: [] };
  }
}

async function* readFhirCandidates(bytes: AsyncIterable<Buffer>, { box, terms, tallies }: ReadOptions): AsyncGenerator<CandidateBatch> {
  const toCandidate = createFhirPlan({
    allowedFields: new Set(terms.allowedFields),
    sensitiveCodes: box.sensitiveCodes,
    dropped: tallies.dropped,
  });
  for await (const items of readFhir(bytes)) {
    const candidates: Candidate[] = [];
    const unreadable: Issue[] = [];
    const outOfScope: string[] = [];
    for (const item of items) {
      if ('record' in item) candidates.push(toCandidate(item.record));
      else if ('issue' in item) unreadable.push(item.issue);
      else outOfScope.push(item.outOfScope);
    }
    yield { candidates, unreadable, outOfScope };
  }
}
