import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { validateFiles } from '../../../src/feeds/command.ts';
import { loadCodeLists, loadFeeds, loadPostcodes, loadSensitiveCodes } from '../../../src/feeds/load.ts';
import type { ConfigurationError } from '../../../src/shared/errors.ts';

const list = { id: 'sex', title: 'Sex', source: 'test', values: [{ code: '1', meaning: 'Male' }] };
const feed = {
  id: 'visits',
  version: '1',
  title: 'Visits',
  setting: 'community',
  format: 'csv',
  source: 'test',
  columns: [
    { name: 'NHSNumber', type: 'nhs-number', role: 'nhs-number' },
    { name: 'VisitId', type: 'text', mustBePresent: true },
    { name: 'VisitDate', type: 'date' },
    { name: 'Note', type: 'text', role: 'free-text' },
    { name: 'Sex', type: 'code', role: 'sex', codeList: 'sex' },
  ],
  naturalKey: ['VisitId'],
  event: { kind: 'care-contact', start: ['VisitDate'] },
};

describe('a configuration folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'haven-feeds-'));
    for (const name of ['feeds', 'code-lists', 'sensitive-codes', 'geography']) await mkdir(join(folder, name));
    await put('code-lists/sex.json', list);
  });
  afterEach(() => rm(folder, { recursive: true }));
  const put = (name: string, value: unknown): Promise<void> =>
    writeFile(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  const problemsOf = (promise: Promise<unknown>): Promise<readonly string[]> =>
    promise.then(
      () => [],
      (error: ConfigurationError) => error.problems,
    );

  it('takes a new feed as a file, without code', async () => {
    await put('feeds/visits.json', feed);
    expect((await loadFeeds(folder)).get('visits')?.delimiters).toEqual([',', '|']);
  });

  it('says everything that is wrong with every file at once', async () => {
    await put('feeds/broken.json', '{');
    await put('feeds/twice.json', `{"id":"elsewhere",${JSON.stringify({ ...feed, id: 'twice' }).slice(1)}`);
    await writeFile(join(folder, 'feeds/latin.json'), Buffer.from(JSON.stringify({ ...feed, id: 'latin', title: 'Caf\xe9' }), 'latin1'));
    await put('feeds/other.json', { ...feed, event: { kind: 'care-contact', start: ['VisitDay'], attributes: ['Note', 'NHSNumber'] } });
    await put('feeds/shape.json', { ...feed, id: 'shape', setting: 'seaside' });
    const problems = (await problemsOf(loadFeeds(folder))).join('\n');
    expect(problems).toContain('feeds/broken.json: is not JSON');
    expect(problems).toContain('feeds/twice.json: gives a member twice in one object; remove one of them');
    expect(problems).toContain('feeds/latin.json: is not UTF-8');
    expect(problems).toContain('feeds/other.json: the id differs from the file name');
    expect(problems).toContain('feeds/other.json: event: there is no column VisitDay');
    expect(problems).toContain('feeds/other.json: event.attributes: Note is free-text and is never read');
    expect(problems).toContain('feeds/other.json: event.attributes: NHSNumber is nhs-number and may not rest in the clear');
    expect(problems).toContain('feeds/shape.json: setting');
  });

  it.each<[string, object, string]>([
    [
      'two columns with one role',
      { columns: [...feed.columns, { name: 'Gender', type: 'code', role: 'sex' }] },
      'column Gender: Sex already has the role sex',
    ],
    [
      'a code list that does not exist',
      { columns: [...feed.columns, { name: 'Team', type: 'code', codeList: 'teams' }] },
      'column Team: there is no code list teams',
    ],
    [
      'a map that leads out of its list',
      { columns: [...feed.columns.slice(0, 4), { name: 'Sex', type: 'code', codeList: 'sex', map: { M: '7' } }] },
      'column Sex: the map leads to 7, which is not in sex',
    ],
    [
      'two headers a reader could confuse',
      { columns: [...feed.columns, { name: 'visit_id', type: 'text' }] },
      'column visit_id: the header "visit_id" could also mean VisitId',
    ],
    ['a key that may be missing', { naturalKey: ['VisitDate'] }, 'naturalKey: VisitDate decides what may land, so it needs mustBePresent'],
    ['no key', { naturalKey: [] }, 'naturalKey: a record needs a key of its own, or sending it again would land it twice'],
    [
      'an event that begins in a month',
      {
        columns: [...feed.columns, { name: 'Month', type: 'date', formats: ['MMYYYY'] }],
        event: { kind: 'care-contact', start: ['Month'] },
      },
      'event: Month must be a day, or a day and its time',
    ],
    [
      'an event that begins at a time of no day',
      { columns: [...feed.columns, { name: 'Clock', type: 'time' }], event: { kind: 'care-contact', start: ['Clock', 'VisitDate'] } },
      'event: Clock must be a day, or a day and its time',
    ],
    [
      'a day that has its time already',
      {
        columns: [...feed.columns, { name: 'Moment', type: 'date-time' }, { name: 'Clock', type: 'time' }],
        event: { kind: 'care-contact', start: ['Moment', 'Clock'] },
      },
      'event: Moment and Clock must be a day and a time',
    ],
    [
      'a check on a column that is no date',
      { checks: [{ check: 'not-before', rule: 'A', column: 'VisitDate', earlier: 'VisitId', guidance: 'g' }] },
      'check A: VisitId must be date or date-time or time',
    ],
    ['no event', { event: undefined }, 'event: the specification does not say how a row becomes an event'],
  ])('refuses %s', async (_, change, problem) => {
    await put('feeds/visits.json', { ...feed, ...change });
    expect(await problemsOf(loadFeeds(folder))).toContain(`feeds/visits.json: ${problem}`);
    const [finding] = await validateFiles([join(folder, 'feeds/visits.json')], await loadCodeLists(folder));
    expect(finding?.problems).toContain(problem);
  });

  it('refuses a list where one literal means two codes', async () => {
    await put('code-lists/sex.json', {
      ...list,
      matching: 'normalised',
      values: [
        { code: 'A - b', meaning: 'x' },
        { code: 'a: B', meaning: 'y' },
      ],
    });
    expect(await problemsOf(loadCodeLists(folder))).toEqual(['code-lists/sex.json: "a: B" means both "A - b" and "a: B"']);
  });

  it('refuses to run without any list of restricted codes', async () => {
    expect(await problemsOf(loadSensitiveCodes(folder))).toEqual(['sensitive-codes/: no .json file is here']);
  });

  it('reads the file of the postcode directory under its own header', async () => {
    await put(
      'geography/onspd.csv',
      '\uFEFF"pcd","pcds","doterm","osward","lsoa11"\r\n"SS0 9AC","SS0 9AC","","E05002226","E01015901"\r\n"G1  1AA","G1 1AA","","S13","S01"\r\n"ZZ993VZ","ZZ99 3VZ","","","E01000001"\r\n',
    );
    const areas = await loadPostcodes(folder);
    expect([...areas]).toEqual([['SS09AC', { lsoa: 'E01015901', ward: 'E05002226' }]]);
  });

  it('says which line of a postcode file is wrong, and not what it holds', async () => {
    await put('geography/bad.csv', 'pcds,lsoa11\nnonsense,E01015901\nSS0 9AC,E0101\n');
    expect(await problemsOf(loadPostcodes(folder))).toEqual([
      'geography/bad.csv: line 2: the first column is not a postcode',
      'geography/bad.csv: line 3: the lower layer area is not E01 and six digits',
    ]);
  });
});
