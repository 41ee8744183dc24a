import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asAuditor } from '../../../src/audit/auditor.ts';
import { splitNotes } from '../../../src/audit/checkpoint.ts';
import { addAuditCommands } from '../../../src/audit/command.ts';
import { checkpoint, createAuditKeeper } from '../../../src/audit/keep-audit.ts';
import { readLog } from '../../../src/audit/log-reader.ts';
import { verifyConsistency, verifyInclusion } from '../../../src/audit/merkle-verify.ts';
import { proveConsistency, proveInclusion } from '../../../src/audit/proofs.ts';
import { recordAudit } from '../../../src/audit/record.ts';
import { createPayloadSealer, erasePayload, forgetLostPayloads, replaceOuterKey } from '../../../src/audit/sealed.ts';
import { sequenceAudit } from '../../../src/audit/sequence.ts';
import { verifyLog } from '../../../src/audit/verify.ts';
import { transaction } from '../../../src/database/query.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { folderOfTest } from '../../support/folder.ts';

let databases: TestDatabases;
let gateway: Pool;
let admin: Pool;
let keys: string;
let witness: string;
let now: number;
const clock = { now: () => new Date(now) };
const app = () => ({ gateway, servers: databases.servers, home: { keys }, clock, config: { witness } });
const write = (n: number) => recordAudit(gateway, { type: 'test.happened', actor: 'client-a', detail: { n } }, clock);
const signedSizes = async () => {
  const [file = ''] = await readdir(witness);
  return splitNotes(await readFile(join(witness, file), 'utf8')).map((note) => Number(note.split('\n')[1]));
};

beforeAll(async () => {
  databases = await testDatabases();
  gateway = databases.pool('haven_gateway');
  admin = databases.administrator('haven');
  keys = await mkdtemp(join(tmpdir(), 'audit-keys-'));
  witness = await mkdtemp(join(tmpdir(), 'audit-witness-'));
  now = Date.parse('2026-11-22T10:00:00Z');
});
afterAll(async () => {
  await databases.close();
  await Promise.all([keys, witness].map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('a running gateway', () => {
  it('beats and signs every minute, signs after a thousand entries, and says when it stops', async () => {
    const keeper = createAuditKeeper(app());
    for (const seconds of [0, 1, 30, 29, 1, 58]) {
      now += seconds * 1_000;
      await keeper.tick();
    }
    expect(await signedSizes()).toEqual([1, 2]);
    await gateway.query(
      `select audit.append(convert_to('{"actor":"a","at":"2026-11-22T10:02:00.000Z","type":"t"}', 'UTF8')) from generate_series(1, 1000)`,
    );
    await keeper.tick();
    expect(await signedSizes()).toEqual([1, 2, 1002]);
    await keeper.stop();
    expect(await signedSizes()).toEqual([1, 2, 1002, 1003]);
    const { rows } = await databases.pool('haven_auditor').query(`select type from audit.readable where actor = 'gateway' order by index`);
    expect(rows.map(({ type }) => type)).toEqual(['gateway.started', 'gateway.heartbeat', 'gateway.stopped']);
    expect(await asAuditor(databases.servers, (db) => verifyLog(readLog(db), [], { now: clock.now() }))).toMatchObject({
      findings: [],
      notices: [],
    });
  });

  it('proves any leaf and any earlier size from stored hashes, to a gateway that cannot read the entries', async () => {
    const { rows } = await admin.query<{ hash: Buffer }>('select leaf_hash as hash from audit.leaf order by index');
    const { rows: roots } = await admin.query<{ root: Buffer }>('select audit.root_of(n) as root from generate_series(0, $1::bigint) n', [
      rows.length,
    ]);
    const root = (size: number) => roots[size]?.root as Buffer;
    for (const [a, b] of [
      [0, 1],
      [5, 6],
      [511, 512],
      [512, 1003],
      [1002, 1003],
      [700, 900],
    ] as const) {
      const { leafHash, proof } = await proveInclusion(gateway, a, b);
      expect(leafHash).toEqual(rows[a]?.hash);
      expect(verifyInclusion(leafHash, a, b, proof, root(b))).toBe(true);
      expect(verifyConsistency(a, b, root(a), root(b), (await proveConsistency(gateway, a, b)).proof)).toBe(true);
    }
    await expect(proveInclusion(gateway, 1003, 1003)).rejects.toThrow('no such leaf');
    await expect(proveInclusion(gateway, 0, 1004)).rejects.toThrow('no such leaf');
    await expect(proveConsistency(gateway, 5, 4)).rejects.toThrow('no such leaf');
  });

  it('signs nothing that contradicts what it signed before, although it reads only what is new', async () => {
    const attack = async (sql: string) => admin.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`);
    await write(1);
    await sequenceAudit(gateway);
    const { rows } = await admin.query<{ leaf: Buffer; entry_id: string }>(
      'select leaf, entry_id from audit.entry order by entry_id desc limit 1',
    );
    const last = rows[0];
    await admin.query('set session_replication_role = replica');
    await attack(`update audit.entry set leaf = '\\x7b7d' where entry_id = ${last?.entry_id}`);
    await expect(checkpoint(app())).rejects.toMatchObject({ code: 'AUDIT_LOG_BROKEN' });
    await attack(`update audit.entry set leaf = '\\x${last?.leaf.toString('hex')}' where entry_id = ${last?.entry_id}`);
    const { rows: nodes } = await admin.query<{ hash: Buffer }>('select hash from audit.node where level = 9 and index = 0');
    await attack(`update audit.node set hash = sha256('x') where level = 9 and index = 0`);
    await expect(checkpoint(app())).rejects.toMatchObject({ code: 'AUDIT_LOG_BROKEN' });
    await attack(`update audit.node set hash = '\\x${nodes[0]?.hash.toString('hex')}' where level = 9 and index = 0`);
    expect((await checkpoint(app())).size).toBe(1004);
    // A keys folder restored from backup does not help either: the witness folder knows better.
    await writeFile(
      join(keys, 'audit.checkpoint'),
      splitNotes(await readFile(join(witness, (await readdir(witness))[0] as string), 'utf8'))[0] as string,
    );
    expect((await checkpoint(app())).size).toBe(1004);
    await writeFile(join(keys, 'audit.checkpoint'), 'nothing');
    await expect(checkpoint(app())).rejects.toMatchObject({ code: 'CHECKPOINT_UNREADABLE' });
    await writeFile(
      join(keys, 'audit.checkpoint'),
      splitNotes(await readFile(join(witness, (await readdir(witness))[0] as string), 'utf8')).at(-1) as string,
    );
  });
});

describe('haven audit', () => {
  const printed: (string | object)[] = [];
  const run = async (...args: string[]) => {
    const program = new Command().exitOverride();
    addAuditCommands(program, async () => app(), { json: false, print: (value) => printed.push(value), progress: () => {} });
    await program.parseAsync(['audit', ...args], { from: 'user' });
    return printed.at(-1) as string;
  };
  beforeEach(() => {
    process.exitCode = undefined;
  });
  afterAll(() => {
    process.exitCode = undefined;
  });

  it('exports, proves, is witnessed elsewhere and verified offline, each from what the other prints', async () => {
    const elsewhere = await folderOfTest('audit-elsewhere');
    const logKey = await run('checkpoint', '--key');
    const asWitness = ['witness', '--folder', join(elsewhere, 'w'), '--name', 'example.org/witness', '--log-key', logKey];
    const request = join(elsewhere, 'request');
    await writeFile(request, `${await run('prove', '--from', '0')}\n`);
    const cosigned = await run(...asWitness, request);
    await writeFile(join(elsewhere, 'cosigned'), `${cosigned}\n`);
    await write(2);
    await writeFile(request, `${await run('prove', '--from', '1004')}\n`);
    expect(await run(...asWitness, request)).toContain('\n1005\n');
    await expect(run(...asWitness, request)).rejects.toMatchObject({ code: 'WITNESS_SIZE_DIFFERS' });
    const folder = join(elsewhere, 'export');
    await run('export', '--out', folder);
    await expect(run('export', '--out', folder)).rejects.toThrow();
    const witnessKey = await run(...asWitness, '--key');
    const said = await run(
      'verify',
      '--export',
      folder,
      '--public-key',
      logKey,
      '--checkpoint',
      join(witness, (await readdir(witness))[0] as string),
      '--witness',
      join(elsewhere, 'cosigned'),
      '--witness-key',
      witnessKey,
    );
    // The witness's clock is today's, the gateway's is the test's: only the time of it may be spoken of.
    expect(said).toContain('1005 entries');
    expect(said).not.toMatch(/REWRITTEN|TRUNCATED|ALTERED|GAP/);
    expect(await run('prove', '--leaf', '3')).toMatchObject({ leaf: 3, size: 1005 });
    await expect(run('prove')).rejects.toMatchObject({ code: 'PROOF_OF_WHAT' });
  });
});

describe('erasing', () => {
  const entry = (holder: string) => ({
    type: 'journey.read',
    actor: 'client-a',
    detail: { rows: 3 },
    holder,
    sealed: { recipientPseudonym: holder },
  });
  const commitments = async () =>
    (
      await admin.query<{ sha256: string }>(
        `select convert_from(leaf, 'UTF8')::json -> 'sealed' ->> 'sha256' as sha256 from audit.entry where convert_from(leaf, 'UTF8') like '%"sealed"%' order by entry_id`,
      )
    ).rows.map(({ sha256 }) => sha256);

  it('makes what was logged about one person unreadable, and leaves the tree, its proofs and everybody else alone', async () => {
    const sealer = createPayloadSealer(keys);
    for (const holder of ['AAAA', 'BBBB', 'AAAA']) await transaction(gateway, (tx) => sealer.record(tx, entry(holder), clock));
    const before = await checkpoint(app());
    const [a = '', b = '', again = ''] = await commitments();
    const { rows: stored } = await admin.query("select convert_from(leaf, 'UTF8') as leaf from audit.entry order by entry_id desc limit 3");
    for (const { leaf } of stored) expect(leaf).not.toMatch(/AAAA|BBBB/);
    expect(await sealer.open(databases.pool('haven_auditor'), a)).toEqual({ recipientPseudonym: 'AAAA' });
    const about = async (holder: string) => (await gateway.query('select type from audit.entries_about($1)', [[holder]])).rowCount;
    expect([await about('AAAA'), await about('BBBB')]).toEqual([2, 1]);

    const erased = await transaction(gateway, (tx) => erasePayload(tx, ['AAAA', 'nobody'], { actor: 'ig-lead', reason: 'case-1', clock }));
    expect(erased).toEqual({ keys: 1, payloads: 2 });
    expect(await sealer.open(databases.pool('haven_auditor'), a)).toBeUndefined();
    expect(await sealer.open(databases.pool('haven_auditor'), again)).toBeUndefined();
    expect(await sealer.open(databases.pool('haven_auditor'), b)).toEqual({ recipientPseudonym: 'BBBB' });
    expect([await about('AAAA'), await about('BBBB')]).toEqual([0, 1]);
    const after = await checkpoint(app(), 'everything');
    expect(after.size).toBe(before.size + 1);
    const { findings } = await asAuditor(databases.servers, (db) => verifyLog(readLog(db), []));
    expect(findings).toEqual([]);
  });

  it('kills the key in backups when the outer key is replaced, beside a sealer that still holds the old one', async () => {
    const sealer = createPayloadSealer(keys);
    await transaction(gateway, (tx) => sealer.record(tx, entry('CCCC'), clock));
    const { rows: backup } = await admin.query('select * from audit.payload_key where holder = $1', ['CCCC']);
    await transaction(gateway, (tx) => erasePayload(tx, ['CCCC'], { actor: 'ig-lead', reason: 'case-2', clock }));
    expect(await replaceOuterKey(gateway, keys, 'operator', clock)).toBe(2);
    expect((await readdir(keys)).filter((name) => name.startsWith('audit-payload'))).toEqual(['audit-payload-2.key']);
    await transaction(gateway, (tx) => sealer.record(tx, entry('BBBB'), clock));
    expect(await sealer.open(databases.pool('haven_auditor'), (await commitments()).at(-1) as string)).toEqual({
      recipientPseudonym: 'BBBB',
    });
    await admin.query('insert into audit.payload_key select * from jsonb_populate_record(null::audit.payload_key, $1::jsonb)', [
      JSON.stringify({ ...backup[0], wrapped: `\\x${backup[0].wrapped.toString('hex')}` }),
    ]);
    await expect(sealer.open(databases.pool('haven_auditor'), (await commitments()).at(-2) as string)).rejects.toMatchObject({
      code: 'PAYLOAD_KEY_REPLACED',
    });
    // The same of a database that was restored as a whole: it says what to do, and then goes on.
    await admin.query('update audit.payload_wrapping set number = 1');
    const restored = createPayloadSealer(keys);
    const seal = () => transaction(gateway, (tx) => restored.record(tx, entry('DDDD'), clock));
    await expect(seal()).rejects.toMatchObject({ code: 'PAYLOAD_KEY_REPLACED', message: expect.stringContaining('forget-lost-payloads') });
    const forget = () => transaction(gateway, (tx) => forgetLostPayloads(tx, keys, 'operator', clock));
    expect([await forget(), await forget()]).toEqual([1, 0]);
    await seal();
    expect(await restored.open(databases.pool('haven_auditor'), (await commitments()).at(-1) as string)).toEqual({
      recipientPseudonym: 'DDDD',
    });
  });

  it('refuses a leaf that commits to another payload, and finds a payload that was changed', async () => {
    await expect(
      gateway.query('select audit.append_sealed($1, gen_random_uuid(), $2, $3)', [
        Buffer.from('{"actor":"a","at":"x","sealed":{"sha256":"00"},"type":"t"}'),
        Buffer.alloc(32),
        Buffer.alloc(40),
      ]),
    ).rejects.toThrow('does not commit');
    const attacker = await admin.connect();
    try {
      await attacker.query(
        `begin; set local session_replication_role = replica; delete from audit.payload where entry_id = (select max(entry_id) from audit.payload)`,
      );
      expect((await verifyLog(readLog(attacker), [])).findings.map(({ rule }) => rule)).toEqual(['PAYLOAD_ALTERED']);
    } finally {
      await attacker.query('rollback');
      attacker.release();
    }
  });
});
