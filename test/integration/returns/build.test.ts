import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import { canonicalJson } from '../../../src/audit/canonical-json.ts';
import { type Queryable, transaction } from '../../../src/database/query.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { buildReturn } from '../../../src/returns/build.ts';
import { addReturnsCommands } from '../../../src/returns/command.ts';
import { countMeasures } from '../../../src/returns/measures/count-measures.ts';
import { loadMeasures } from '../../../src/returns/measures/load-measures.ts';
import { answersOf, type Return } from '../../../src/returns/return.ts';
import { digestOf, saveReturn } from '../../../src/returns/save.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { createOutput } from '../../../src/shared/output.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { flowBetween, openEndpoint, quarter, smallPlace } from '../../fixtures/returns/register.ts';
import { madeOn, printedAnswers, quarters } from '../../fixtures/returns/southend-2016-17.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

const config = join(packageRoot(), 'config');
const clock = { now: () => new Date('2026-11-21T12:00:00Z') };
const request = { config, template: 'bcf-2016-17-q2', place: 'southend-on-sea', at: '2026-11-21' as LocalDate, period: quarter };

let db: TestDatabases;
beforeAll(async () => {
  db = await testDatabases();
  const place = smallPlace(
    [
      flowBetween('gp-hospital', 'gp', 'hospital', { route: 'open-api', endpoint: 'gp-api' }),
      flowBetween('hospital-gp', 'hospital', 'gp'),
      flowBetween('community-gp', 'community', 'gp'),
    ],
    { gp: [openEndpoint('gp-api')] },
  );
  await transaction(db.pool('haven_gateway'), (tx) => applyRegister(tx, [place], { actor: 'test', clock }));
  await land('gp-hospital', '2026-10-01T08:00:00Z', [1000, 990, 980]);
  await land('gp-hospital', '2026-11-01T08:00:00Z', [500, 500, 500]);
  // The last minute of the quarter in England is inside it; the first of the next is not.
  await land('hospital-gp', '2026-12-31T23:59:00Z', [100, 90, 90]);
  await land('community-gp', '2027-01-01T00:00:00Z', [100, 100, 100]);
  await land('community-gp', '2026-11-02T08:00:00Z', [100, 100, 100], 'refused');
  await db.administrator('haven').query(
    `insert into returns.endpoint_probe (place_id, endpoint_id, probed_at, address, outcome, http_status, fhir_version, statement_status, milliseconds)
     values ('southend-on-sea', 'gp-api', '2026-11-20T05:15:00Z', 'https://open-api.example.org/metadata', 'answered', 200, '4.0.1', 'active', 80)`,
  );
});
afterAll(async () => db.close());

/** A delivery of the flow with [records about a person, usable numbers, verified numbers]. */
async function land(
  flow: string,
  finished: string,
  [expected, usable, verified]: readonly [number, number, number],
  state = 'landed',
): Promise<void> {
  const landed = state === 'landed' ? expected : 0;
  await db.administrator('haven').query(
    `insert into landing.delivery
       (delivery_id, flow_id, sha256, bytes, state, register_version, actor, received, landed, updated, unchanged, withheld_total,
        quarantined_total, withheld, quarantined, refusals, number_expected, number_usable, number_verified, started, finished)
     values (gen_random_uuid(), $1, sha256($2::text::bytea), 1, $3, 1, 'test', $4, $4, 0, 0, 0, 0, '{}', '{}', $5::jsonb, $6, $7, $8, $2::timestamptz, $2::timestamptz)`,
    [flow, finished, state, landed, state === 'landed' ? '[]' : '[{"code":"FLOW_SUSPENDED"}]', expected, usable, verified],
  );
}

describe('a return built from the database', () => {
  it('observes what landed in the period and nothing else', async () => {
    const cells = answersOf(await buildReturn(db.pool('haven_gateway'), request));
    expect(cells.get('am.sharing.gp.hospital')).toMatchObject({ answer: 'Shared via Open API', provenance: 'observed' });
    expect(cells.get('am.sharing.hospital.gp')).toMatchObject({ answer: 'Shared via interim solution', provenance: 'observed' });
    expect(cells.get('am.sharing.community.gp')?.evidence?.flags).toEqual(['NO_DATA_IN_PERIOD']);
    expect(cells.get('am.nhs-number.correspondence.gp')).toMatchObject({
      answer: 'Yes',
      evidence: { shares: { 'usable NHS number (%)': 99.3 } },
    });
    expect(cells.get('am.nhs-number.correspondence.hospital')).toMatchObject({ answer: 'No' });
    expect(cells.get('am.nhs-number.correspondence.community')).toMatchObject({ answer: null });
    expect(cells.get('am.open-api.go-live.gp')).toMatchObject({ answer: 'Live' });
    expect(cells.get('am.sharing.gp.hospital')?.evidence?.deliveries).toMatchObject([
      { flow: 'gp-hospital', deliveries: 2, received: 1500 },
    ]);
    expect(cells.get('am.sharing.gp.hospital')?.evidence?.audit?.rootHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('counts personal health budgets in the continuing healthcare feed beside the declared number', async () => {
    const numbers = await db
      .administrator('haven')
      .query<{ flow_no: number }>(`select flow_no from register.flow where flow_id = 'community-gp'`);
    const flowNo = numbers.rows[0]?.flow_no;
    const budget = (start: string, end: string) =>
      JSON.stringify({
        PersonalHealthBudget: 'Y',
        PersonalHealthBudgetStartDate: start,
        PersonalHealthBudgetEndDate: end,
        EligibilityDecision: 'Eligible',
      });
    await db.administrator('haven').query(
      `insert into environment.event (person_id, started_at, source_key, flow_no, delivery_no, setting, kind, attributes)
       select n, '2026-01-01', gen_random_uuid(), $1, 1, 'continuing-healthcare', 'package', case when n <= 12 then $2::jsonb when n <= 15 then $3::jsonb else $4::jsonb end
       from generate_series(1, 40) n`,
      [flowNo, budget('2026-05-01', ''), budget('2026-10-05', ''), budget('2026-05-01', '2026-11-01')],
    );
    await countMeasures(db.pool('haven_gateway'), (await loadMeasures(config)).definitions, clock);
    const document = await buildReturn(db.pool('haven_gateway'), request);
    const cells = answersOf(document);
    expect(cells.get('am.phb.in-place')).toMatchObject({ answer: 24, provenance: 'carried forward', evidence: { observed: 15 } });
    expect(cells.get('am.phb.new')?.evidence?.observed).toBe('*');
    expect(cells.get('am.phb.stopped')?.evidence?.observed).toBe(25);
    expect(document.findings).toContainEqual(expect.objectContaining({ rule: 'OBSERVED_DIFFERS', questions: ['am.phb.in-place'] }));
  });

  it('finds nothing on a count that is kept back, because whether an answer differs from it would tell it', async () => {
    const stopped = async (client: Queryable) => {
      const document = await buildReturn(client, request);
      const found = document.findings.some(({ rule, questions }) => rule === 'OBSERVED_DIFFERS' && questions.includes('am.phb.stopped'));
      return { ...answersOf(document).get('am.phb.stopped')?.evidence, found };
    };
    const client = await db.pool('haven_gateway').connect();
    try {
      const { counted = {}, ...before } = await stopped(client);
      expect(before).toMatchObject({ observed: 25, found: true });
      await client.query('begin');
      // More since November than since October: no history gives both, so nothing is shown.
      await client.query(`insert into returns.released_count values ($1, 'count', '2026-11-01', '40', $2::date + 1, $2::date + 1, now())`, [
        `measure/southend-on-sea/${Object.keys(counted)[0]}`,
        request.at,
      ]);
      expect(await stopped(client)).toMatchObject({ observed: '*', found: false });
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('is kept with its audit entry, and cannot be changed or removed by the gateway', async () => {
    const pool = db.pool('haven_gateway');
    const document = await buildReturn(pool, request);
    const saved = await saveReturn(pool, document, 'test', clock);
    const { rows } = await pool.query<{ document: Return; sha256: Buffer; rehearsal: boolean }>(
      'select document, sha256, rehearsal from returns.return where return_id = $1',
      [saved.id],
    );
    expect(rows[0]?.rehearsal).toBe(true);
    expect(rows[0]?.sha256.toString('hex')).toBe(saved.sha256);
    expect(digestOf(rows[0]?.document as Return).toString('hex')).toBe(saved.sha256);
    const leaves = await db
      .administrator('haven')
      .query<{ leaf: string }>(`select convert_from(leaf, 'UTF8') as leaf from audit.entry where leaf like $1`, [
        Buffer.from(`%${saved.id}%`),
      ]);
    expect(JSON.parse(leaves.rows[0]?.leaf ?? '{}')).toMatchObject({
      type: 'return.built',
      subject: saved.id,
      detail: { sha256: saved.sha256 },
    });
    for (const change of [`update returns.return set state = 'signed-off'`, 'delete from returns.return']) {
      await expect(pool.query(change)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it.each(quarters)('reproduces the printed %s from the register and what was declared, cell for cell', async (template) => {
    const at = madeOn[template] as LocalDate;
    const document = await buildReturn(db.pool('haven_gateway'), { config, template, place: 'southend-on-sea', at });
    const printed = printedAnswers(template);
    const answers = [...answersOf(document).values()];
    expect(document.rehearsal).toBe(false);
    expect(answers.map(({ id, answer }) => [id, id === 'am.phb.percent-chc' ? `${answer}%` : answer])).toEqual(
      answers.map(({ id }) => [id, printed[id] ?? null]),
    );
    expect(Object.values(document.counts).every(({ answered, total }) => answered === total)).toBe(true);
  });

  it('is refused for a place that the register does not hold', async () => {
    await expect(buildReturn(db.pool('haven_gateway'), { ...request, place: 'atlantis' })).rejects.toMatchObject({
      code: 'PLACE_UNKNOWN',
      exit: 2,
    });
  });
});

describe('haven return', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'haven-return-'));
  });
  afterAll(async () => {
    process.exitCode = 0;
    await rm(directory, { recursive: true });
  });

  async function run(...words: string[]): Promise<string> {
    const printed: string[] = [];
    const app = { gateway: db.pool('haven_gateway'), clock, config: { configDirectory: config } } as unknown as App;
    const program = new Command('haven').exitOverride();
    const out = createOutput(() => false, { result: { write: (text) => printed.push(text) }, progress: { write: () => true } });
    addReturnsCommands(program, async () => app, out);
    await program.parseAsync(['return', ...words], { from: 'user' });
    return printed.join('');
  }

  it('builds into files, checks them and compares them', async () => {
    const build = (out: string) =>
      run('build', '--template', 'bcf-2016-17-q2', '--place', 'southend-on-sea', '--as-of', '2026-11-21', '--out', join(directory, out));
    const text = await build('one');
    expect(text).toContain('Rehearsal over 2026-10-01 to 2026-12-31');
    expect(text).toContain('From \\ To');
    expect(await readdir(join(directory, 'one'))).toEqual(
      expect.arrayContaining(['evidence.json', 'matrix.csv', 'return.json', 'return.xlsx']),
    );
    const file = join(directory, 'one', 'return.json');
    const document = JSON.parse(await readFile(file, 'utf8')) as Return;
    expect(document.counts['Additional Measures']?.total).toBe(67);
    expect(JSON.parse(canonicalJson(document))).toEqual(document);

    const checked = await run('check', file);
    expect(process.exitCode).toBe(1);
    for (const { rule } of document.findings) expect(checked).toContain(rule);
    await build('two');
    expect(await run('diff', file, join(directory, 'two', 'return.json'))).toContain('no answer differs');
  });

  it('refuses a file that is no return, without repeating what it holds', async () => {
    await expect(run('check', join(packageRoot(), 'package.json'))).rejects.toMatchObject({
      code: 'RETURN_UNREADABLE',
      exit: 65,
      message: expect.not.stringContaining('haven-gateway'),
    });
  });
});
