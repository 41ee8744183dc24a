import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFhir } from '../../src/feeds/fhir/read.ts';
import { GatewayError } from '../../src/shared/errors.ts';

const shared = process.env.HAVEN_SHARED ?? join(import.meta.dirname, '../../../shared');
const data = join(shared, 'data');

const sets = [
  'synthea-bulk-ndjson-10',
  'synthea-bulk-ndjson-100-partial',
  'synthea-r4-bundles',
  'gp-connect-provider-test-patients',
  'gp-connect-structured',
  'nhs111-itk-reports',
  'pds-sandbox',
  'cohort-manager-patient-mocks',
  'clinical-gateway-stub-patients',
  'genomics-patients',
  'clinical-observations-bundles',
  'bars-api-examples-json',
  'nhse-programme-examples',
  'fhir-r4-hl7-examples',
  'opencr-fhir-patients',
];

const filesUnder = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

async function* chunksOf(bytes: Buffer): AsyncIterable<Buffer> {
  for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536);
}

const count = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

describe.skipIf(!existsSync(data))('public FHIR sets (skipped where the data folder is absent)', () => {
  const rows: Record<string, string | number>[] = [];

  it.each(sets)('reads or refuses every file of %s, and never throws anything but a refusal', async (set) => {
    const directory = join(data, set);
    if (!existsSync(directory)) return;
    const total = { files: 0, refused: 0, records: 0, patients: 0, withNumber: 0, coded: 0, stu3: 0, issues: 0, outOfScope: 0 };
    const rules: Record<string, number> = {};
    for (const file of filesUnder(directory)) {
      total.files += 1;
      const bytes = readFileSync(file);
      const seen = new Set<number>();
      try {
        for await (const items of readFhir(chunksOf(bytes))) {
          for (const item of items) {
            const row = 'record' in item ? item.record.row : 'issue' in item ? item.issue.row : item.row;
            expect(seen.has(row)).toBe(false);
            seen.add(row);
            if ('record' in item) {
              total.records += 1;
              if (item.record.introducesPatient) total.patients += 1;
              if (item.record.nhsNumber !== '') total.withNumber += 1;
              if (item.record.codes.length > 0) total.coded += 1;
              if (item.version === 'stu3') total.stu3 += 1;
            } else if ('issue' in item) {
              total.issues += 1;
              count(rules, item.issue.rule);
            } else total.outOfScope += 1;
          }
        }
        // Every resource comes out once.
        expect(Math.max(0, ...seen)).toBe(seen.size);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        total.refused += 1;
        count(rules, error.code);
      }
    }
    rows.push({
      set,
      ...total,
      rules: Object.entries(rules)
        .map(([rule, n]) => `${rule} ${n}`)
        .join(', '),
    });
    expect(total.files).toBeGreaterThan(0);
    if (rows.length === sets.length) console.table(rows);
  });
});
