import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventNhsNumbers } from '../../scripts/generate/nhs-numbers.ts';
import { packageRoot } from '../../src/shared/package-root.ts';
import { query } from './support/database.ts';
import { checkpoint, dumpDatabase } from './support/dump.ts';
import { collectIdentifiers, type Identifiers, identifierClasses, toPatterns } from './support/identifiers.ts';
import { type Outcome, World } from './support/program.ts';
import { type Finding, type Pattern, Scanner } from './support/scan.ts';

/**
 * The whole chain once, as `scripts/demo` runs it, with every process as talkative as it can be. Everything it wrote is then
 * searched for everything it was sent. The commands of a user follow on the same home.
 */
const people = 400;
const world = new World();
const deliveries = join(world.home, 'feeds', 'deliveries');
const databases = ['haven', 'haven_vault', 'postgres'] as const;
let demonstration: Outcome;
let adminUrl: string;
let identifiers: Identifiers;
let scanner: Scanner;

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const datesOfConfiguration = (): Set<string> =>
  new Set(filesBelow(join(packageRoot(), 'config')).flatMap((file) => readFileSync(file, 'utf8').match(/\d{4}-\d\d-\d\d/g) ?? []));

const scanFiles = (files: readonly string[]): Finding[] =>
  files.flatMap((file) => scanner.find(relative(world.root, file), readWhatIsThere(file)));

/** A running server makes and removes files of its own; one that is gone since it was listed holds nothing any more. */
function readWhatIsThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

const pathOf = (flow: string): string => filesBelow(deliveries).find((file) => basename(file).startsWith(`${flow}.`)) as string;

const misplacedFlows: Readonly<Record<string, readonly string[]>> = {
  hospital: ['sus-apc-southend', 'sus-op-southend', 'ecds-southend'],
  'community and mental health': ['csds-southend', 'mhsds-southend'],
  'urgent care': ['nhs-111-southend', 'out-of-hours-southend', 'ambulance-southend'],
  'social and specialist care': ['asc-cld-southend', 'hospice-southend', 'drug-and-alcohol-southend', 'continuing-healthcare-southend'],
  'general practice': ['gp-patients-f81001', 'gp-coded-records-f81001', 'gp-prescribing-f81001'],
};

const one = async (sql: string, database = 'haven'): Promise<unknown> => Object.values((await query(adminUrl, database, sql))[0] ?? {})[0];

beforeAll(async () => {
  demonstration = await world.run(['--people', String(people), '--dir', world.home, '--no-serve', '--keep-feeds'], {
    program: 'scripts/demo.js',
  });
  adminUrl = await world.keepDatabase();
  identifiers = collectIdentifiers(deliveries);
  scanner = new Scanner(toPatterns(identifiers, datesOfConfiguration()));
}, 180_000);
afterAll(() => world.remove());

describe('the demonstration', () => {
  it('ends well, and has run every stage', async () => {
    expect(demonstration).toMatchObject({ code: 0 });
    expect(await one(`select count(distinct setting)::int from landing.delivery where state = 'landed'`)).toBe(11);
    // With so few people a small practice may have nothing to send but a header.
    expect(
      await query(
        adminUrl,
        'haven',
        `select distinct refusals->0->>'code' as code from landing.delivery where state = 'refused' order by 1`,
      ),
    ).toEqual(expect.arrayContaining([{ code: 'AGREEMENT_EXPIRED' }]));
    expect(
      await one(
        `select count(*)::int from landing.delivery where state = 'refused' and refusals->0->>'code' not in ('NO_RECORDS', 'AGREEMENT_EXPIRED')`,
      ),
    ).toBe(0);
    expect(await one(`select count(*)::int from objections.import where quarantined <> '{}'`)).toBe(0);
    expect(await one('select count(*)::int from objections.objection')).toBeGreaterThan(people / 20);
    expect(await one(`select sum((withheld->>'OBJECTION_TYPE1')::int)::int from landing.delivery`)).toBeGreaterThan(0);
    expect(await one('select sum(removed_events)::int from objections.import')).toBeGreaterThan(0);
    expect(await one('select count(*)::int from risk.score')).toBeGreaterThan(people / 2);
    expect(await one('select count(*)::int from returns.return')).toBe(1);
    expect(await one('select count(*)::int from audit.leaf')).toBeGreaterThan(100);
  });
});

describe('nothing that was sent to identify somebody', () => {
  it('is missing from what this test looks for', () => {
    for (const kind of identifierClasses) expect(identifiers[kind].size, kind).toBeGreaterThan(kind === 'postcode' ? 50 : people / 5);
    const listed = new Set(readFileSync(join(world.home, 'feeds', 'truth', 'identifiers.txt'), 'utf8').split('\n'));
    // The generator's own list, less the values that only dirt makes of them, and this test's agree about whom it is.
    const numbers = [...identifiers['nhs-number']].map((number) => number.replace(/[^\d]/g, '')).filter((number) => number.length === 10);
    expect(numbers.filter((number) => listed.has(number)).length).toBeGreaterThan(people * 0.9);
    const sent = filesBelow(deliveries).length;
    expect(sent).toBeGreaterThan(100);
  });

  it.each(databases)('is in a table of the database %s, as text or in bytes', async (database) => {
    const { tables, text } = await dumpDatabase(adminUrl, database);
    const rows = (name: string) => tables.find((table) => table.name === name)?.rows ?? 0;
    if (database === 'haven')
      for (const table of ['audit.leaf', 'landing.delivery', 'linkage.sighting']) expect(rows(table)).toBeGreaterThan(100);
    if (database === 'haven_vault') expect(rows('vault.identity')).toBeGreaterThan(people / 2);
    expect(scanner.find(database, text)).toEqual([]);
  });

  it('is in a data file, a write-ahead log or a server log of PostgreSQL', async () => {
    await checkpoint(adminUrl);
    const files = filesBelow(join(world.home, 'database'));
    for (const part of ['/data/base/', '/data/pg_wal/', '/server.log'])
      expect(
        files.some((file) => file.includes(part)),
        part,
      ).toBe(true);
    expect(scanFiles(files)).toEqual([]);
  });

  it('is in the outputs, the keys, the secrets or a temporary file', () => {
    const files = ['out', 'keys', 'secrets', 'run'].flatMap((folder) => filesBelow(join(world.home, folder)));
    expect(files.map((file) => relative(world.home, file))).toEqual(expect.arrayContaining(['out/return/return.xlsx', 'keys/root.key']));
    expect(scanFiles([...files, ...filesBelow(world.temporary)])).toEqual([]);
  });

  it('is in what the processes said, however talkative', () => {
    expect(demonstration.stdout.length).toBeGreaterThan(1000);
    expect(scanner.find('standard output', demonstration.stdout)).toEqual([]);
    expect(scanner.find('standard error', demonstration.stderr)).toEqual([]);
  });

  it('is in a receipt or a row report', async () => {
    const reported = await query<{ delivery_id: string }>(
      adminUrl,
      'haven',
      `select d.delivery_id from landing.delivery d join landing.problem p using (delivery_no)
        group by 1 order by count(distinct p.rule) desc, count(*) desc limit 2`,
    );
    expect(reported).toHaveLength(2);
    const listed = await world.run(['--json', 'deliveries']);
    for (const { delivery_id } of reported) {
      const receipt = await world.run(['deliveries', 'show', delivery_id]);
      expect(JSON.parse(receipt.stdout)).toMatchObject({ delivery: delivery_id });
      const report = await world.run(['deliveries', 'show', delivery_id, '--problems']);
      expect(report.stdout).toMatch(/^row,field,rule,severity,guidance\n\d+,/);
      expect(scanner.find('receipt', `${listed.stdout}${receipt.stdout}${receipt.stderr}${report.stdout}${report.stderr}`)).toEqual([]);
    }
  });

  it('could be missed where it is planted, in any of the places looked at', async () => {
    const number = [...identifiers['nhs-number']].find((value) => /^\d{10}$/.test(value)) as string;
    await query(adminUrl, 'haven', 'create table public.planted (plain text, bytes bytea, document jsonb)');
    await query(
      adminUrl,
      'haven',
      `insert into public.planted values ('x${number}y', convert_to('${number}', 'UTF8'), '{"a": "${number}"}')`,
    );
    await checkpoint(adminUrl);
    const { text } = await dumpDatabase(adminUrl, 'haven');
    expect(scanner.find('dump', text)).toHaveLength(3);
    const found = scanFiles(filesBelow(join(world.home, 'database'))).map(({ source }) => source);
    expect(found.some((file) => file.includes('/base/'))).toBe(true);
    expect(found.some((file) => file.includes('/pg_wal/'))).toBe(true);
    const [workbook] = filesBelow(join(world.home, 'out')).filter((file) => file.endsWith('.xlsx'));
    const words = new Scanner([{ bytes: Buffer.from('Additional Measures'), label: 'a heading', bounded: false }]);
    expect(words.find('return.xlsx', readFileSync(workbook as string)).length).toBeGreaterThan(0);
    const [person] = [...identifiers.name].filter((name) => name.includes(' '));
    expect(scanner.find('log', `{"msg":"no such patient: ${person?.toUpperCase()}."}`)).not.toEqual([]);
    await query(adminUrl, 'haven', 'drop table public.planted');
  });
});

describe('an NHS number in a column that is not for one', () => {
  const numbers = inventNhsNumbers(77);
  const isItsOwn = /^nhs[ _]?(number|no)$/i;

  /** The file again, each row with another number in another column, as when columns have shifted. */
  function misplace(file: string): { readonly csv: string; readonly patterns: Pattern[] } {
    const bytes = readFileSync(file);
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const [header = [], ...rows] = parse(text, { bom: true, delimiter: [',', '|', '\t'], relax_column_count: true }) as string[][];
    const targets = header.flatMap((name, at) => (isItsOwn.test(name) ? [] : [at]));
    const patterns: Pattern[] = [];
    const spoilt = rows
      .filter((row) => row.length === header.length)
      .slice(0, targets.length)
      .map((row, index) => {
        const at = targets[index] as number;
        const number = numbers.next().value;
        patterns.push({ bytes: Buffer.from(number), label: `${basename(file)} ${header[at]}`, bounded: false });
        return row.map((value, column) => (column === at ? number : value));
      });
    const quoted = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    return { csv: `${[header, ...spoilt].map((row) => row.map(quoted).join(',')).join('\n')}\n`, patterns };
  }

  it.each(['hospital', 'community and mental health', 'urgent care', 'social and specialist care', 'general practice'])(
    'does not land from %s',
    async (suppliers) => {
      const flows = misplacedFlows[suppliers] as readonly string[];
      const delivered = await Promise.all(
        flows.map(async (flow) => {
          const { csv, patterns } = misplace(pathOf(flow));
          const outcome = await world.run(['--json', 'deliver', '--flow', flow, '-'], { input: csv });
          expect(JSON.parse(outcome.stdout), flow).toMatchObject({ state: 'landed' });
          return { said: outcome.stdout + outcome.stderr, patterns };
        }),
      );
      const looking = new Scanner(delivered.flatMap(({ patterns }) => patterns));
      const { text } = await dumpDatabase(adminUrl, 'haven');
      expect(looking.find('haven', text)).toEqual([]);
      expect(looking.find('said', delivered.map(({ said }) => said).join('\n'))).toEqual([]);
    },
  );
});

describe('the command line', () => {
  const flow = 'nhs-111-southend';
  const json = (outcome: Outcome): Record<string, unknown> => JSON.parse(outcome.stdout) as Record<string, unknown>;

  it.concurrent.each([
    ['a command that does not exist', ['nonsense'], {}, 2, 'unknown command'],
    ['a delivery without its flow', ['deliver', 'file.csv'], {}, 2, '--flow'],
    ['a delivery that is not known', ['deliveries', 'show', 'nonsense'], {}, 2, 'no delivery'],
    ['a file that is not there', ['deliver', '--flow', flow, 'nowhere.csv'], {}, 65, 'FILE_UNREADABLE'],
    ['a database that does not answer', ['deliveries'], { HAVEN_DATABASE_URL: 'postgres://127.0.0.1:1/haven' }, 69, 'does not answer'],
    ['a setting that means nothing', ['deliveries'], { HAVEN_PORT: 'abc' }, 78, 'HAVEN_PORT'],
    ['keys that are missing', ['deliver', '--flow', flow, '-'], { HAVEN_KEYS: '/nowhere' }, 78, 'KEY_MISSING'],
  ])('ends as its interface says after %s', async (_, parameters, environment, code, said) => {
    const { code: ended, stderr } = await world.run(parameters, { environment });
    expect({ ended, stderr }).toEqual({ ended: code, stderr: expect.stringContaining(said) });
  });

  it('refuses a flow that is not registered and one whose basis has run out, with receipts', async () => {
    const [unknown, expired] = await Promise.all([
      world.run(['--json', 'deliver', '--flow', 'nothing-such', pathOf(flow)]),
      world.run(['--json', 'deliver', '--flow', 'sus-apc-discharge-evaluation', pathOf('sus-apc-southend')]),
    ]);
    expect(unknown.code).toBe(65);
    expect(json(unknown)).toMatchObject({ state: 'refused', received: 0, refusals: [{ code: 'FLOW_UNKNOWN' }] });
    expect(expired.code).toBe(65);
    expect((json(expired).refusals as { code: string }[]).map(({ code }) => code)).toContain('LEGAL_BASIS_EXPIRED');
  });

  it('knows a file again, packed, through a pipe or under another name, and new content from old', async () => {
    const sent = readFileSync(pathOf(flow));
    const [header, ...rows] = sent.toString('utf8').trimEnd().split('\n');
    const changed = `${[header, ...rows.slice(0, 3)].join('\n')}\n`;
    const copy = join(world.root, 'another-name.csv.gz');
    writeFileSync(copy, gzipSync(changed));
    const [again, piped, fewer] = await Promise.all([
      world.run(['--json', 'deliver', '--flow', flow, pathOf(flow)]),
      world.run(['--json', 'deliver', '--flow', flow, '-'], { input: sent }),
      world.run(['--json', 'deliver', '--flow', flow, '--batch', 'b-1', copy]),
    ]);
    for (const outcome of [again, piped]) expect(json(outcome)).toMatchObject({ state: 'duplicate', landed: 0, updated: 0 });
    expect(fewer.code).toBe(0);
    expect(json(fewer)).toMatchObject({ state: 'landed', batch: 'b-1', received: 3, unchanged: 3, landed: 0 });
    const unpacked = await world.run(['--json', 'deliver', '--flow', flow, '--batch', 'b-1', '-'], { input: `${changed}${rows[4]}\n` });
    expect(unpacked.code).toBe(65);
    expect(json(unpacked)).toMatchObject({ state: 'refused', refusals: [{ code: 'BATCH_ID_REUSED' }] });
    expect(gunzipSync(readFileSync(copy)).toString('utf8')).toBe(changed);
  });

  it('scores two files of a stranger without the linked data set', async () => {
    const [codes, index] = [join(world.root, 'codes.csv'), join(world.root, 'index.csv')];
    writeFileSync(codes, 'person,code,date\na,F00,2026-01-01\na,G81,2026-02-01\n');
    writeFileSync(index, 'person,index_date\na,2026-06-01\nb,2026-06-01\n');
    const { code, stdout } = await world.run(['risk', 'score', '--model', 'hfrs', '--codes', codes, '--index', index]);
    // Gilbert et al. 2018, table 2: dementia in Alzheimer's disease 7.1, hemiplegia 4.4.
    expect({ code, lines: stdout.trim().split('\n') }).toEqual({
      code: 0,
      lines: ['person,score,band', 'a,11.5,intermediate', 'b,0.0,low'],
    });
  });

  it('issues pseudonyms for a person by their seat, and for nobody else', async () => {
    const refused = await world.run(['project', 'issue', 'icb-population-health', '--as', 'southend-council-analyst']);
    expect(refused).toMatchObject({ code: 65 });
    expect(refused.stderr).toContain('ACCESS_REFUSED');
    const allowed = await world.run(['--json', 'project', 'issue', 'icb-population-health', '--as', 'southend-icb-analyst']);
    expect(json(allowed)).toMatchObject({ issued: expect.any(Number) });
  });

  it('builds a return that checks itself, and finds what contradicts in it', async () => {
    const out = join(world.root, 'return');
    const built = await world.run(['return', 'build', '--template', 'bcf-2016-17-q2', '--place', 'southend-on-sea', '--out', out]);
    expect(built).toMatchObject({ code: 0 });
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['return.json', 'return.xlsx', 'evidence.json']));
    const checked = await world.run(['return', 'check', join(out, 'return.json')]);
    expect(checked.stdout).toMatch(/^(error|warning) +[A-Z0-9_]+: /m);
    expect(checked.code).toBe(1);
  });

  it('applies the register twice to no effect, and finds the audit log sound', async () => {
    const applied = await world.run(['--json', 'register', 'apply', join(packageRoot(), 'config', 'register', 'southend-on-sea')]);
    expect(json(applied)).toMatchObject({ places: [{ changed: false }] });
    expect(json(await world.run(['--json', 'audit', 'verify']))).toMatchObject({ findings: [] });
  });
});

describe('the demonstration, run again on its own home', () => {
  /** Everything that stands for a person or an event, as one number. */
  const state = async () => [
    await one(
      `select md5(string_agg(t::text, ' ' order by t::text)) from (
         select e::text from environment.event e union all select s::text from linkage.sighting s union all select p::text from environment.person p
         union all select l::text from linkage.pseudonym l union all select o::text from objections.objection o) t`,
    ),
    await one(`select md5(string_agg(landing_pseudonym, ' ' order by landing_pseudonym)) from vault.identity`, 'haven_vault'),
  ];

  it('ends well and changes nothing', async () => {
    const [before, count] = [await state(), await one('select max(delivery_no) from landing.delivery')];
    const again = await world.run(['--people', String(people), '--dir', world.home, '--no-serve'], { program: 'scripts/demo.js' });
    expect(again).toMatchObject({ code: 0 });
    expect(
      await query(adminUrl, 'haven', `select distinct state from landing.delivery where delivery_no > ${count} order by state`),
    ).toEqual([{ state: 'duplicate' }, { state: 'refused' }]);
    expect(await state()).toEqual(before);
    expect(readdirSync(world.home)).not.toContain('feeds');
  });
});
