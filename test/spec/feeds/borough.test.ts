import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GeneratedTruth, generateBorough } from '../../../scripts/generate/borough.ts';
import { checkDigit } from '../../../scripts/generate/nhs-numbers.ts';
import { loadFeeds } from '../../../src/feeds/load.ts';
import type { FeedSpecification } from '../../../src/feeds/specification.ts';

const config = join(import.meta.dirname, '../../../config');
const options = { people: 300, seed: 42, at: '2026-11-21', config };

/** `gp-patients-f81001` is a delivery of the feed gp-patients. */
const feedOf = (flow: string, feeds: ReadonlyMap<string, FeedSpecification>): FeedSpecification | undefined =>
  [...feeds.values()].find(({ id }) => flow === id || flow.startsWith(`${id}-`));

async function text(path: string): Promise<string> {
  const bytes = await readFile(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

async function rowsOf(path: string): Promise<string[][]> {
  const content = await text(path);
  const header = content.slice(0, content.indexOf('\n'));
  const delimiter = [',', '|', '\t'].find((candidate) => header.includes(candidate)) ?? ',';
  return parse(content, { bom: true, delimiter, relax_column_count: true });
}

async function hashes(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && entry.name !== 'truth.json',
  );
  const pairs = await Promise.all(
    names.map(
      async (entry) =>
        [
          entry.name,
          createHash('sha256')
            .update(await readFile(join(entry.parentPath, entry.name)))
            .digest('hex'),
        ] as const,
    ),
  );
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('the invented borough', () => {
  let folder: string;
  let truth: GeneratedTruth;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'haven-borough-'));
    truth = await generateBorough({ ...options, out: join(folder, 'one') });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is the same for the same seed, byte for byte, and another for another', async () => {
    const again = await generateBorough({ ...options, out: join(folder, 'two') });
    expect(await hashes(join(folder, 'two'))).toEqual(await hashes(join(folder, 'one')));
    expect(again.flows).toEqual(truth.flows);
    const other = await generateBorough({ ...options, people: 20, seed: 43, out: join(folder, 'three') });
    expect(await text(other.objections.path)).not.toBe(await text(truth.objections.path));
  });

  it('has one file for each flow, and none for practices that did not sign', () => {
    const flows = truth.files.map(({ flow }) => flow);
    expect(flows.filter((flow) => flow.startsWith('gp-patients-'))).toHaveLength(35);
    expect(flows).toContain('gp-prescribing-f81035');
    expect(flows).not.toContain('gp-patients-f81036');
    expect(flows.filter((flow) => !flow.startsWith('gp-')).sort()).toEqual(
      'ambulance-southend asc-cld-southend continuing-healthcare-southend csds-southend drug-and-alcohol-southend ecds-southend fhir-acute fhir-gp hospice-southend mhsds-southend nhs-111-southend out-of-hours-southend sus-apc-southend sus-op-southend'.split(
        ' ',
      ),
    );
  });

  it('has 300 people with 300 numbers of the invented range, all valid, none a repeated digit', async () => {
    const numbers = (await text(truth.identifiers)).split('\n').filter((line) => /^\d{10}$/.test(line));
    expect(new Set(numbers).size).toBe(300);
    for (const number of numbers) {
      expect(number).toMatch(/^999\d{7}$/);
      expect(number).not.toMatch(/^(\d)\1{9}$/);
      expect(checkDigit(number)).toBe(Number(number[9]));
    }
  });

  it('counts in its truth what a reader finds in the files', async () => {
    const feeds = await loadFeeds(config);
    for (const { flow, path, rows } of truth.files.filter(({ path: name }) => name.includes('.csv'))) {
      const [header = [], ...found] = await rowsOf(path);
      expect([flow, found.length]).toEqual([flow, rows]);
      const feed = feedOf(flow, feeds);
      const number = header.indexOf(feed?.columns.find(({ role }) => role === 'nhs-number')?.name ?? '');
      const expected = truth.flows[flow];
      const wide = found.filter((row) => row.length !== header.length).length;
      expect([flow, wide]).toEqual([flow, expected?.quarantined.ROW_SHAPE ?? 0]);
      const classes = found.map((row) => (row[number] ?? '').replaceAll(' ', ''));
      expect(classes.filter((value) => value === '').length).toBe(
        (expected?.quarantined.NHS_NUMBER_ABSENT ?? 0) + (expected?.referred ?? 0),
      );
      expect(classes.filter((value) => /^(\d)\1{9}$/.test(value)).length).toBe(expected?.quarantined.NHS_NUMBER_PLACEHOLDER ?? 0);
      expect(classes.filter((value) => value !== '' && !/^\d{10}$/.test(value)).length).toBe(
        expected?.quarantined.NHS_NUMBER_MALFORMED ?? 0,
      );
      expect(
        classes.filter((value) => /^\d{10}$/.test(value) && !/^(\d)\1{9}$/.test(value) && checkDigit(value) !== Number(value[9])).length,
      ).toBe(expected?.quarantined.NHS_NUMBER_CHECK_DIGIT ?? 0);
    }
  });

  it('sends only columns of the data set, but for those made up to be dropped, and all that must be there', async () => {
    const feeds = await loadFeeds(config);
    const extra = new Set<string>();
    for (const { flow, path } of truth.files.filter(({ path: name }) => name.includes('.csv'))) {
      const feed = feedOf(flow, feeds);
      const [header = []] = await rowsOf(path);
      const known = new Set(feed?.columns.map(({ name }) => name));
      for (const name of header) if (!known.has(name)) extra.add(name);
      expect(feed?.columns.filter(({ name, mustBePresent }) => mustBePresent && !header.includes(name))).toEqual([]);
    }
    expect([...extra].sort()).toEqual(['ExtractBatch', 'LocalTeamNote', 'Social_Worker_Name', 'TRIAGE_NURSE']);
  });

  it('writes FHIR that parses: lines for the hospital, one transaction for the practice', async () => {
    const lines = (await text(join(folder, 'one/deliveries/fhir-acute.ndjson')))
      .trim()
      .split('\n')
      .filter((line) => line !== '');
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('resourceType');
    expect(lines.length).toBe(truth.flows['fhir-acute']?.rows);
    const bundle = JSON.parse(await text(join(folder, 'one/deliveries/fhir-gp.json'))) as { type: string; entry: unknown[] };
    expect(bundle.type).toBe('transaction');
    expect(bundle.entry.length).toBe(truth.flows['fhir-gp']?.rows);
  });

  it('lists objections by number, kind and source, one line each', async () => {
    const [header, ...rows] = await rowsOf(truth.objections.path);
    expect(header).toEqual(['nhs_number', 'kind', 'set_on', 'withdrawn_on', 'source']);
    expect(rows.length).toBe(truth.objections.rows);
    expect(rows.filter(([, kind]) => kind === 'type-1').length).toBe(truth.objections.byKind['type-1']);
  });
});
