import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/shared/package-root.ts';
import { query } from './support/database.ts';
import { checkpoint, dumpDatabase } from './support/dump.ts';
import { collectIdentifiers, type Identifiers, identifierClasses, toPatterns } from './support/identifiers.ts';
import { type Outcome, World } from './support/program.ts';
import { type Finding, Scanner } from './support/scan.ts';

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
  files.flatMap((file) => scanner.find(relative(world.root, file), readFileSync(file)));

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
