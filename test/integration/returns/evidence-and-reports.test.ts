import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { unzipSync } from 'fflate';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import { checkpoint } from '../../../src/audit/keep-audit.ts';
import { recordAudit } from '../../../src/audit/record.ts';
import { transaction } from '../../../src/database/query.ts';
import { reportObjections } from '../../../src/objections/report.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { buildReturn } from '../../../src/returns/build.ts';
import { addReturnsCommands } from '../../../src/returns/command.ts';
import { makeEvidencePack } from '../../../src/returns/evidence-pack/make.ts';
import { type EvidencePack, sha256Of } from '../../../src/returns/evidence-pack/pack.ts';
import { verifyPack } from '../../../src/returns/evidence-pack/verify.ts';
import { zipFiles } from '../../../src/returns/evidence-pack/zip.ts';
import { makeReport } from '../../../src/returns/reports/make.ts';
import { cellsOf, type Report } from '../../../src/returns/reports/report.ts';
import { renderReport } from '../../../src/returns/reports/write.ts';
import { answersOf, type Return } from '../../../src/returns/return.ts';
import { saveReturn } from '../../../src/returns/save.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { createOutput } from '../../../src/shared/output.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { flowBetween, openEndpoint, quarter, smallPlace } from '../../fixtures/returns/register.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { parseMarkup, structureFaults } from '../../support/markup.ts';

let now = Date.parse('2026-11-21T12:00:00Z');
const clock = { now: () => new Date(now) };
const anHourLater = (): void => {
  now += 3_600_000;
};
const at = '2026-11-21' as LocalDate;
const place = 'southend-on-sea';
const exact = { received: 1503, expected: 1501, usable: 1492, verified: 1483 };

let db: TestDatabases;
let pool: Pool;
let folder: string;
let config: string;
let saved: { readonly id: string; readonly sha256: string };
let document: Return;
let pack: EvidencePack;
let deliveryId: string;
const app = () => ({
  gateway: pool,
  servers: db.servers,
  home: { keys: join(folder, 'keys') },
  clock,
  config: { configDirectory: config, witness: undefined },
});

/** A delivery of the flow with its leaf, as landing writes both. */
async function land(flow: string, finished: string, { received, expected, usable, verified }: typeof exact): Promise<string> {
  const { rows } = await db.administrator('haven').query<{ id: string }>(
    `insert into landing.delivery
       (delivery_id, flow_id, setting, sha256, bytes, state, register_version, actor, received, landed, updated, unchanged, withheld_total,
        quarantined_total, withheld, quarantined, number_expected, number_usable, number_verified, started, finished)
     values (gen_random_uuid(), $1, 'gp', sha256(($1::text || $2::text)::bytea), 1, 'landed', 1, 'test', $3::bigint, $3::bigint - 5, 0, 0, 5, 0,
       '{"OBJECTION_TYPE1": 4, "OBJECTION_NDOP": 1}', '{}', $4, $5, $6, $2::timestamptz, $2::timestamptz)
     returning delivery_id as id`,
    [flow, finished, received, expected, usable, verified],
  );
  const id = rows[0]?.id ?? '';
  await recordAudit(pool, { type: 'delivery.landed', actor: 'test', subject: id, detail: { flow, received } }, clock);
  return id;
}

const build = async (period = quarter): Promise<Return> => buildReturn(pool, { config, template: 'bcf-2016-17-q2', place, at, period });

beforeAll(async () => {
  db = await testDatabases();
  pool = db.pool('haven_gateway');
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  config = join(folder, 'config');
  await cp(join(packageRoot(), 'config'), config, { recursive: true });
  const flows = [
    flowBetween('gp-hospital', 'gp', 'hospital', { route: 'open-api', endpoint: 'gp-api' }),
    flowBetween('hospital-gp', 'hospital', 'gp'),
    flowBetween('community-gp', 'community', 'gp'),
    flowBetween('mental-health-gp', 'mental-health', 'gp'),
  ];
  await transaction(pool, (tx) => applyRegister(tx, [smallPlace(flows, { gp: [openEndpoint('gp-api')] })], { actor: 'test', clock }));
  deliveryId = await land('gp-hospital', '2026-10-15T08:00:00Z', exact);
  await land('hospital-gp', '2026-10-02T08:00:00Z', { received: 12, expected: 12, usable: 12, verified: 12 });
  await land('hospital-gp', '2026-11-02T08:00:00Z', { received: 6, expected: 6, usable: 6, verified: 6 });
  document = await build();
  saved = await saveReturn(pool, document, 'test', clock);
  pack = await makeEvidencePack(app(), { id: saved.id }, 'an-auditor');
});
afterAll(async () => {
  process.exitCode = 0;
  await db.close();
  await rm(folder, { recursive: true });
});

const textOf = (name: string): string => pack.files.get(name)?.toString('utf8') ?? '';
const altered = (name: string, change: (text: string) => string): ReadonlyMap<string, Buffer> =>
  new Map([...pack.files, [name, Buffer.from(change(textOf(name)))]]);
const rulesOf = (files: ReadonlyMap<string, Buffer>, key?: string): string[] => [
  ...new Set(verifyPack(files, key).findings.map(({ rule }) => rule)),
];

describe('an evidence pack', () => {
  it('is verified from its files alone, with the digest that the log holds of the return', async () => {
    const { verifier } = await checkpoint(app());
    const verification = verifyPack(pack.files, verifier);
    expect(verification.findings).toEqual([]);
    expect(verification.notices).toEqual([]);
    expect(verification.return).toMatchObject({ id: saved.id, sha256: saved.sha256 });
    expect(sha256Of(pack.files.get('return.json') ?? '')).toBe(saved.sha256);
  });

  it('says of each cell its query, period, flows, clause, deliveries, register version, filler and entries of the log', () => {
    const { cells } = JSON.parse(textOf('cells.json')) as { cells: readonly Record<string, unknown>[] };
    expect(cells.length).toBe(answersOf(document).size);
    const cell = cells.find(({ id }) => id === 'am.sharing.gp.hospital');
    expect(cell).toMatchObject({
      answer: 'Shared via Open API',
      filledBy: 'Haven Gateway (observation)',
      evidence: {
        period: quarter,
        registerVersion: 1,
        flows: [{ id: 'gp-hospital', clause: 'Health and Social Care (Safety and Quality) Act 2015, s. 3' }],
        deliveries: [{ flow: 'gp-hospital', deliveries: 1, ids: [deliveryId], received: 1505 }],
      },
      leaves: { return: expect.any(Number), register: expect.any(Number), deliveries: { [deliveryId]: expect.any(Number) } },
    });
    expect(textOf('deliveries.csv')).toContain(deliveryId);
  });

  it('holds no count as it was, in any file, not even in the entries of the log', () => {
    for (const [name, bytes] of pack.files) {
      if (name.endsWith('proofs.json')) continue;
      expect(
        Object.values(exact).filter((count) => new RegExp(`\\b${count}\\b`).test(bytes.toString('utf8'))),
        name,
      ).toEqual([]);
    }
    const { leaves } = JSON.parse(textOf('audit/proofs.json')) as { leaves: readonly { about: string; leaf?: string }[] };
    expect(leaves.some(({ about }) => about === `delivery.landed ${deliveryId}`)).toBe(true);
    expect(leaves.filter(({ leaf, about }) => leaf !== undefined && !about.startsWith('return.'))).toEqual([]);
  });

  it('can be read aloud and printed, page by page, and leads to every page', () => {
    const pages = [...pack.files.keys()].filter((name) => name.endsWith('.html'));
    expect(pages.length).toBe(document.sheets.length + 1);
    for (const name of pages) expect(structureFaults(parseMarkup(textOf(name))), name).toEqual([]);
    for (const name of pages) expect(textOf('index.html')).toContain(name === 'index.html' ? saved.sha256 : `href="${name}"`);
    expect(textOf('index.html')).not.toMatch(/<script|https?:\/\/(?!open-api)/);
  });

  it('leads from a cell that is named to its evidence, and from the sheets to all of them', () => {
    const pages = [...pack.files.keys()].filter((name) => name.endsWith('.html'));
    const links = pages.flatMap((page) => [...textOf(page).matchAll(/href="([^"#]*)#([^"]+)"/g)].map(([, to, id]) => [to || page, id]));
    const named = links.filter(([, id]) => id !== 'main');
    expect(named.length).toBeGreaterThan(100);
    for (const [to = '', id] of named) expect(textOf(to), `${to}#${id}`).toContain(`<section id="${id}">`);
    const counted = [...textOf('index.html').matchAll(/: every cell<\/a><\/th>((?:<td>\d+<\/td>)+)/g)];
    // Cells are what was observed, declared, carried forward, not answered, or not asked.
    for (const [, row = ''] of counted) {
      const [all = 0, ...parts] = [...row.matchAll(/\d+/g)].map(Number);
      expect(parts.reduce((sum, one) => sum + one, 0)).toBe(all);
    }
    expect(counted).toHaveLength(document.sheets.length);
  });

  /** [what was done to it, the files then, the findings] */
  const forgeries: readonly (readonly [string, () => ReadonlyMap<string, Buffer>, readonly string[]])[] = [
    [
      'an answer changed in the table for spreadsheets',
      () => altered('cells.csv', (text) => text.replace('Shared via Open API', 'Not shared')),
      ['FILE_ALTERED'],
    ],
    [
      'an answer changed in the return, and the manifest made to fit',
      () => {
        const forged = Buffer.from(textOf('return.json').replace('Shared via Open API', 'Not currently shared digitally'));
        const manifest = textOf('manifest.json').replaceAll(saved.sha256, sha256Of(forged));
        return new Map([...pack.files, ['return.json', forged], ['manifest.json', Buffer.from(manifest)]]);
      },
      ['MANIFEST_NOT_IN_LOG', 'RETURN_NOT_IN_LOG'],
    ],
    ['a file put in', () => new Map([...pack.files, ['more.html', Buffer.from('<p>Trust me.</p>')]]), ['FILE_UNEXPECTED']],
    ['a file with a name that every object knows', () => new Map([...pack.files, ['constructor', Buffer.from('x')]]), ['FILE_UNEXPECTED']],
    ['a file taken out', () => new Map([...pack.files].filter(([name]) => name !== 'findings.csv')), ['FILE_MISSING']],
    [
      'an entry of the log reworded',
      () => altered('audit/proofs.json', (text) => text.replace('an-auditor', 'nobody-else')),
      ['PROOF_BROKEN', 'MANIFEST_NOT_IN_LOG'],
    ],
    [
      'proofs of deliveries taken out',
      () =>
        altered('audit/proofs.json', (text) => {
          const proofs = JSON.parse(text) as { leaves: readonly { about: string }[] };
          return JSON.stringify({ ...proofs, leaves: proofs.leaves.filter(({ about }) => !about.startsWith('delivery')) });
        }),
      ['PROOF_MISSING'],
    ],
    [
      'a head of the log with another root',
      () => altered('audit/checkpoint.txt', (text) => text.replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${'A'.repeat(43)}=\n`)),
      ['CHECKPOINT_UNREADABLE', 'MANIFEST_NOT_IN_LOG', 'RETURN_NOT_IN_LOG', 'PROOF_MISSING'],
    ],
    [
      'nothing but a manifest',
      () => new Map([['manifest.json', Buffer.from('{}')]]),
      ['MANIFEST_UNREADABLE', 'PROOFS_UNREADABLE', 'PUBLIC_KEY_UNREADABLE', 'RETURN_UNREADABLE'],
    ],
  ];
  it.each(forgeries)('is not believed with %s', (_, forge, rules) => {
    expect(rulesOf(forge())).toEqual(rules);
  });

  it('signed with another key than the one given before is not believed', () => {
    const other = 'haven-gateway.audit/other+00000000+AAAA';
    expect(rulesOf(pack.files, other)).toContain('PUBLIC_KEY_UNREADABLE');
  });

  it('fits into one archive that other programs open', () => {
    const files = unzipSync(zipFiles(pack.files));
    expect(Object.keys(files).sort()).toEqual([...pack.files.keys()].sort());
    expect(Buffer.from(files['return.json'] ?? []).equals(pack.files.get('return.json') ?? Buffer.alloc(0))).toBe(true);
  });

  it('says who signed the return, by the entry that names its digest', async () => {
    const signed = await buildReturn(pool, { config, template: 'bcf-2016-17-q2', place, at });
    const kept = await saveReturn(pool, signed, 'test', clock);
    const subject = `${place}/bcf-2016-17-q2/${kept.version}`;
    const detail = { sha256: kept.sha256, signedAs: 'Chair of the Health and Wellbeing Board' };
    await recordAudit(pool, { type: 'return.signed-off', actor: 'a-chair', subject, detail }, clock);
    const { files } = await makeEvidencePack(app(), { sha256: kept.sha256 }, 'test');
    expect(verifyPack(files)).toMatchObject({ findings: [], signed: { by: 'a-chair', as: 'Chair of the Health and Wellbeing Board' } });
    expect(files.get('index.html')?.toString('utf8')).toContain('signed off: Chair of the Health and Wellbeing Board');
    expect(verifyPack(pack.files).signed).toBeNull();
  });

  it('is made of a kept return only', async () => {
    await expect(makeEvidencePack(app(), { sha256: '0'.repeat(64) }, 'test')).rejects.toMatchObject({ code: 'RETURN_NOT_KEPT', exit: 65 });
  });
});

describe('counts over periods that overlap', () => {
  const hospital = (one: Return) => answersOf(one).get('am.sharing.hospital.gp')?.evidence?.deliveries[0];

  it('are kept back where subtracting them would give a small one away, also when they were built before', async () => {
    const days = (from: string, to: string) => ({ from: from as LocalDate, to: to as LocalDate });
    expect(hospital(document)).toMatchObject({ received: 20 });
    const november = await build(days('2026-11-01', '2026-11-30'));
    expect(hospital(november)).toMatchObject({ received: '*' });
    expect(hospital(november)?.keptBack).toBeUndefined();
    const october = await build(days('2026-10-01', '2026-10-31'));
    expect(hospital(october)).toMatchObject({ received: 10 });
    await saveReturn(pool, october, 'test', clock);
    await expect(saveReturn(pool, november, 'test', clock)).rejects.toMatchObject({ code: 'COUNTS_SHOWN_SINCE' });
    const again = await build(days('2026-11-01', '2026-11-30'));
    expect(hospital(again)?.keptBack).toContain('received');
    expect(answersOf(again).get('am.sharing.hospital.gp')?.evidence?.reason).toContain('kept back');
    await saveReturn(pool, again, 'test', clock);
  });

  it('are kept back of a quarter that is not over, also where time has gone by and nothing has come', async () => {
    const days = (from: string, to: string) => ({ from: from as LocalDate, to: to as LocalDate });
    const mental = (one: Return) => answersOf(one).get('am.sharing.mental-health.gp')?.evidence?.deliveries[0];
    await land('mental-health-gp', '2026-10-02T08:00:00Z', { received: 12, expected: 12, usable: 12, verified: 12 });
    await land('mental-health-gp', '2026-11-02T08:00:00Z', { received: 6, expected: 6, usable: 6, verified: 6 });
    for (const [period, received] of [
      [days('2026-10-01', '2026-10-31'), 10],
      [days('2026-11-01', '2026-11-30'), '*'],
    ] as const) {
      const month = await build(period);
      expect(mental(month)).toMatchObject({ received });
      await saveReturn(pool, month, 'test', clock);
    }
    now += 60_000;
    const both = await build();
    expect(mental(both)?.keptBack ?? []).toContain('received');
    await saveReturn(pool, both, 'test', clock);
  });
});

describe('a report', () => {
  const makeOne = async (report: string, period?: typeof quarter): Promise<Report> =>
    (await makeReport(app(), { report, place, at, ...(period === undefined ? {} : { period }) }, 'test')).report;
  const cellOf = (report: Report, id: string) => [...cellsOf(report)].find(({ cell }) => cell.id === id)?.cell;

  it.each(['cag-annual-report', 'interface-scorecard', 'national-opt-out-compliance', 'open-api-status', 'opt-outs-honoured'])(
    '%s states place, period, register version, day and what it could not know, in pages that can be read aloud',
    async (id) => {
      const report = await makeOne(id);
      expect(report).toMatchObject({
        place,
        placeName: 'Southend-on-Sea',
        madeOn: at,
        registerVersion: 1,
        audit: { treeSize: expect.any(Number) },
      });
      expect(report.couldNotKnow.length).toBeGreaterThan(0);
      const page = renderReport(report, 'html');
      expect(structureFaults(parseMarkup(page))).toEqual([]);
      for (const { why } of report.couldNotKnow) expect(page).toContain(why.slice(0, 40).replaceAll(/[&<>"'].*/g, ''));
      expect(renderReport(report, 'csv').split('\r\n').length).toBeGreaterThan([...cellsOf(report)].length);
    },
  );

  it('protects small numbers wherever they stand', async () => {
    const report = await makeOne('opt-outs-honoured', quarter);
    expect(cellOf(report, 'withheld.objection-type1.gp.records')).toMatchObject({ answer: 20, provenance: 'observed' });
    expect(cellOf(report, 'withheld.objection-ndop.gp.records')).toMatchObject({ answer: '*' });
  });

  it('tells of objections nothing that the report of objections of other days gives away, nor the other way round', async () => {
    await db.administrator('haven').query(
      `insert into objections.objection (landing_pseudonym, kind, set_on, source, recorded_in, place)
       select lpad(n::text, 32, '0'), 'type-1', case when n <= 12 then '2026-10-10'::date else '2026-11-10'::date end, 'test', 'gp', $1 from generate_series(1, 18) n`,
      [place],
    );
    const told = async (from: string, to: string) => {
      const period = { from: from as LocalDate, to: to as LocalDate };
      return (await reportObjections(pool, period, clock, place)).counts.find(({ kind }) => kind === 'type-1');
    };
    expect(await told('2026-11-01', '2026-11-30')).toMatchObject({ inForce: '20', set: '*' });
    // 10 before, few set and 20 now: the few are 6 or 7, so those before are not told.
    expect(await told('2026-10-01', '2026-10-31')).toMatchObject({ inForce: '*', set: '10', bySetting: [{ inForce: '*' }] });
    // 18 in both months are shown as 20, which less 10 would tell the same.
    const report = await makeOne('opt-outs-honoured', quarter);
    expect(cellOf(report, 'objections.type-1.set')).toMatchObject({
      answer: '*',
      evidence: { reason: expect.stringContaining('kept back') },
    });
    expect(await told('2026-10-01', '2026-11-30')).toMatchObject({ set: '*' });
    expect(await told('2026-10-01', '2026-10-31')).toMatchObject({ set: '10' });
  });

  it('shows a setting over time by the register of each quarter, and says where there was none', async () => {
    const report = await makeOne('open-api-status');
    expect(report.sections[0]?.tables[0]?.head).toEqual(['Jan to Mar 2026', 'Apr to Jun 2026', 'Jul to Sep 2026', 'Oct to Dec 2026']);
    expect(report.registerVersions.map(({ version }) => version)).toEqual([null, null, null, 1]);
    expect(cellOf(report, 'open-api.gp.status@2026-10-01..2026-12-31')).toMatchObject({ answer: 'Installed (not live)' });
    expect(cellOf(report, 'open-api.gp.status@2026-01-01..2026-03-31')).toMatchObject({ answer: null });
  });

  it('counts what happened before the place was in the register, and says that the register is of later', async () => {
    const report = await makeOne('interface-scorecard');
    expect(report).toMatchObject({ period: { from: '2026-07-01', to: '2026-09-30' }, registerVersion: 1 });
    expect(report.couldNotKnow[0]?.why).toContain('held nothing of this place yet');
    expect((await makeOne('interface-scorecard', quarter)).couldNotKnow[0]?.why).not.toContain('held nothing');
    await expect(makeReport(app(), { report: 'interface-scorecard', place: 'atlantis', at }, 'test')).rejects.toMatchObject({
      code: 'PLACE_UNKNOWN',
    });
  });

  it('is a file: one that nobody thought of needs no code, and takes what people declare', async () => {
    const template = {
      id: 'corridor-talk',
      title: 'What the board asks in the corridor',
      about: 'A made-up report that puts known figures together anew.',
      source: 'Nobody',
      period: { kind: 'quarter' },
      sections: [
        {
          heading: 'Both in one',
          tables: [
            { caption: 'Cells', source: 'return-cells', rows: ['am.sharing.gp.hospital', 'nc.4ii.answer', 'am.no.such'], none: 'None' },
            {
              caption: 'Files',
              source: 'deliveries',
              rows: ['gp-hospital'],
              columns: [{ column: 'deliveries', heading: 'How many files?' }],
              none: 'None',
            },
          ],
          questions: [{ id: 'mood', text: 'How is the mood?' }],
        },
      ],
      cannotKnow: ['What was said at lunch.'],
    };
    await writeFile(join(config, 'returns', 'reports', 'corridor-talk.json'), JSON.stringify(template));
    const declared = { template: template.id, place, source: 'Minutes', filledBy: 'Programme lead', answers: { mood: { answer: 'Good' } } };
    await mkdir(join(config, 'returns', 'declared', place), { recursive: true });
    await writeFile(join(config, 'returns', 'declared', place, 'corridor-talk.json'), JSON.stringify(declared));
    const report = await makeOne('corridor-talk');
    expect(cellOf(report, 'return-cells.am.sharing.gp.hospital.observed')).toMatchObject({
      answer: 'Shared via Open API',
      provenance: 'observed',
    });
    expect(cellOf(report, 'return-cells.am.no.such.observed')).toMatchObject({ answer: null });
    expect(cellOf(report, 'deliveries.gp-hospital.deliveries')).toMatchObject({ answer: 1 });
    expect(cellOf(report, 'mood')).toMatchObject({ answer: 'Good', provenance: 'declared', filledBy: 'Programme lead' });
    expect(report.sections[0]?.tables[1]?.head).toEqual(['How many files?']);
  });

  it('that was made before more data came stands in nobody’s way', async () => {
    const year = { from: '2026-01-01' as LocalDate, to: '2026-12-31' as LocalDate };
    const received = (one: Report) => cellOf(one, 'deliveries.community-gp.received')?.answer;
    await writeFile(
      join(config, 'returns', 'reports', 'files.json'),
      JSON.stringify({
        ...{ id: 'files', title: 'Files', about: 'What came.', source: 'Nobody', period: { kind: 'calendar-year' } },
        sections: [{ heading: 'Files', tables: [{ caption: 'Files', source: 'deliveries', none: 'None' }] }],
      }),
    );
    const make = async () => (await makeReport(app(), { report: 'files', place, at, period: year }, 'test')).report;
    anHourLater();
    await land('community-gp', '2026-11-21T12:30:00Z', { received: 100, expected: 100, usable: 100, verified: 100 });
    expect(received(await make())).toBe(100);
    await saveReturn(pool, await build(), 'test', clock);
    anHourLater();
    await land('community-gp', '2026-11-21T13:30:00Z', { received: 50, expected: 50, usable: 50, verified: 50 });
    const later = await build();
    expect(answersOf(later).get('am.sharing.community.gp')?.evidence?.deliveries[0]).toMatchObject({ received: 150 });
    await saveReturn(pool, later, 'test', clock);
    anHourLater();
    expect(received(await make())).toBe(150);
  });

  it('is recorded with its digest', async () => {
    const { sha256 } = await makeReport(app(), { report: 'interface-scorecard', place, at }, 'test');
    const { rows } = await db
      .administrator('haven')
      .query<{ leaf: string }>(`select convert_from(leaf, 'UTF8') as leaf from audit.entry where leaf like $1`, [
        Buffer.from(`%${sha256}%`),
      ]);
    expect(JSON.parse(rows[0]?.leaf ?? '{}')).toMatchObject({
      type: 'report.built',
      actor: 'test',
      subject: `${place}/interface-scorecard`,
    });
  });
});

describe('haven return', () => {
  async function run(...words: string[]): Promise<string> {
    const printed: string[] = [];
    const program = new Command('haven').exitOverride();
    const out = createOutput(() => false, { result: { write: (text) => printed.push(text) }, progress: { write: () => true } });
    addReturnsCommands(program, async () => app() as unknown as App, out);
    await program.parseAsync(['return', ...words], { from: 'user' });
    return printed.join('');
  }

  it('writes a pack, verifies it, and finds what was changed in it', async () => {
    const file = join(folder, 'return.json');
    await writeFile(file, JSON.stringify(document, undefined, 2));
    const out = join(folder, 'pack');
    expect(await run('evidence', '--file', file, '--out', out)).toContain(saved.sha256);
    expect(await run('verify-evidence', out)).toContain('is sound');
    expect(process.exitCode ?? 0).toBe(0);
    await writeFile(join(out, 'index.html'), `${await readFile(join(out, 'index.html'), 'utf8')} `);
    expect(await run('verify-evidence', out)).toContain('FILE_ALTERED (index.html)');
    expect(process.exitCode).toBe(1);
    await expect(run('evidence', '--return', saved.id, '--out', out)).rejects.toMatchObject({ code: 'FOLDER_NOT_EMPTY' });
  });

  it('writes every report with a page that leads to each', async () => {
    const out = join(folder, 'reports');
    const text = await run('report', 'build', '--template', 'all', '--place', place, '--as-of', at, '--out', out);
    expect(text).toContain('index.html');
    const files = await readdir(out);
    const index = await readFile(join(out, 'index.html'), 'utf8');
    for (const name of files.filter((one) => one !== 'index.html')) expect(index).toContain(`href="${name}"`);
    await expect(run('report', 'build', '--template', 'nothing', '--place', place, '--out', out)).rejects.toMatchObject({
      code: 'REPORT_UNKNOWN',
    });
  });
});
