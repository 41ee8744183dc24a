import { type FhirItem, readFhir } from '../../../src/feeds/fhir/read.ts';
import type { FhirLimits } from '../../../src/feeds/fhir/refusal.ts';
import type { SourceRecord } from '../../../src/feeds/record.ts';

/** Everything a delivery gives, in chunks of a chosen size, as the network would cut it. */
export async function readAll(content: string | Buffer, chunkSize = 65_536, limits: FhirLimits = {}): Promise<FhirItem[]> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  async function* chunks(): AsyncIterable<Buffer> {
    for (let from = 0; from < bytes.length; from += chunkSize) yield bytes.subarray(from, from + chunkSize);
  }
  const all: FhirItem[] = [];
  for await (const items of readFhir(chunks(), limits)) all.push(...items);
  return all;
}

export const recordsOf = (items: readonly FhirItem[]): SourceRecord[] => items.flatMap((item) => ('record' in item ? [item.record] : []));

/** `Condition` for what is out of scope, the rule for what is quarantined, the kind for a record. */
export const outcomes = (items: readonly FhirItem[]): string[] =>
  items.map((item) => ('record' in item ? item.record.kind : 'issue' in item ? item.issue.rule : item.outOfScope));

export const patient = (id: string, nhsNumber = '9990000018'): object => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber }],
  birthDate: '1950-02-28',
});

export const condition = (id: string, patientId: string): object => ({
  resourceType: 'Condition',
  id,
  subject: { reference: `Patient/${patientId}` },
  code: { coding: [{ system: 'http://snomed.info/sct', code: '84114007', display: 'Heart failure – “quoted” \\ é 😀' }] },
  onsetDateTime: '2026-01-05',
});

export const bundleOf = (resources: readonly object[]): object => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: resources.map((resource) => ({ resource })),
  total: resources.length,
});

export const ndjsonOf = (resources: readonly object[]): string => `${resources.map((resource) => JSON.stringify(resource)).join('\n')}\n`;
