import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Tally } from '../../../src/blackbox/candidate.ts';
import { compileCsvPlan } from '../../../src/blackbox/csv-plan.ts';
import { loadCodeLists, loadFeeds, loadSensitiveCodes } from '../../../src/feeds/load.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const config = join(packageRoot(), 'config');
const [feeds, codeLists, sensitiveCodes] = await Promise.all([loadFeeds(config), loadCodeLists(config), loadSensitiveCodes(config)]);
const csvFeeds = [...feeds.values()].filter(({ format }) => format === 'csv');

/**
 * The legal exclusions and the policy ones as senders write them (ICD-10 and OPCS-4 starter lists), and codes whose value is an
 * identifier. The SNOMED reference sets come with the licence of whoever installs them.
 */
const restricted = {
  icd10: ['A50.9', 'a63x', 'B20.1', 'z21x', 'F64.0', 'N98.1', 'O04', 'Z31.2'],
  opcs4: ['Q13.1', 'q38.2', 'X15.4'],
  snomed: ['184095009'],
} as const;
const harmless = { icd10: 'I21.9', opcs4: 'W37.1', snomed: '84114007' } as const;
/** What a person writes beside a code, in a field no rule of codes looks at. */
const told = 'seen in the GUM clinic about syphilis';

/** Reads one row of a feed whose agreement lists every column there is; fields that are not given are empty. */
function read(feedId: string, given: Readonly<Record<string, string>>) {
  const specification = feeds.get(feedId);
  if (specification === undefined) throw new Error(`the feed ${feedId} is installed`);
  const dropped = new Tally();
  const header = [...new Set([...specification.columns.map(({ name }) => name), ...Object.keys(given)])];
  const options = { specification, header, allowedFields: new Set(header), codeLists, sensitiveCodes, numbers: 'test' } as const;
  const plan = compileCsvPlan({ ...options, dropped, warn: () => undefined });
  const candidate = plan(
    header.map((name) => given[name] ?? ''),
    1,
  );
  return { candidate, dropped: dropped.toObject() };
}

const coded = csvFeeds.flatMap(({ id, event }) =>
  (event?.codes ?? []).flatMap(({ column, system }) =>
    system === 'icd10' || system === 'opcs4' || system === 'snomed' ? [{ feed: id, column, system } as const] : [],
  ),
);

describe('RULE-SENS-1: a restricted code keeps the whole row out, before anything is made a pseudonym', () => {
  it.each(coded)('$feed, $column', ({ feed, column, system }) => {
    for (const code of restricted[system]) expect(`${code} ${read(feed, { [column]: code }).candidate.sensitive}`).toBe(`${code} true`);
    expect(read(feed, { [column]: harmless[system] }).candidate.sensitive).toBe(false);
  });

  it('is asked of every feed that carries diagnoses or procedures', () => {
    expect([...new Set(coded.map(({ feed }) => feed))].sort()).toEqual([
      'csds',
      'ecds',
      'gp-coded-records',
      'hospice',
      'mhsds',
      'out-of-hours',
      'sus-apc',
      'sus-op',
    ]);
  });
});

describe('RULE-SENS-2: nothing beside the code tells what was filtered', () => {
  it.each(csvFeeds.map(({ id, columns }) => ({ id, columns })))(
    '$id keeps no free text, though an agreement lists it',
    ({ id, columns }) => {
      const free = columns.filter(({ role }) => role === 'free-text').map(({ name }) => name);
      const { candidate, dropped } = read(id, Object.fromEntries(free.map((name) => [name, told])));
      expect(JSON.stringify(candidate)).not.toContain('GUM');
      expect(dropped.FREE_TEXT ?? 0).toBe(free.length);
    },
  );

  it.each(csvFeeds.map(({ id }) => id))('%s keeps no reason for an appointment that its specification does not know', (id) => {
    const { candidate, dropped } = read(id, { 'Reason for appointment': told, AppointmentReason: told });
    expect(JSON.stringify(candidate)).not.toContain('GUM');
    expect(dropped.COLUMN_NOT_IN_DATA_SET).toBe(2);
  });

  it.each(csvFeeds.map(({ id, columns, event }) => ({ id, columns, event })))(
    '$id keeps no sentence in a field that is meant for a code or a short text',
    ({ id, columns, event }) => {
      const kept = (event?.attributes ?? []).filter((name) => {
        const column = columns.find((one) => one.name === name);
        return column?.type === 'text' || column?.type === 'code';
      });
      const { candidate } = read(id, Object.fromEntries(kept.map((name) => [name, told])));
      expect(candidate.attributes).not.toContain('GUM');
    },
  );
});
