import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Checkpoint, openCheckpoint } from '../../../src/audit/checkpoint.ts';
import { addAuditCommands } from '../../../src/audit/command.ts';
import { checkpoint as makeCheckpoint } from '../../../src/audit/keep-audit.ts';
import { exportLog, readExport, readLog } from '../../../src/audit/log-reader.ts';
import { leafHash, root } from '../../../src/audit/merkle.ts';
import { recordAudit } from '../../../src/audit/record.ts';
import { sequenceAudit } from '../../../src/audit/sequence.ts';
import { openAuditKey } from '../../../src/audit/signing-key.ts';
import { verifyLog } from '../../../src/audit/verify.ts';
import { transaction } from '../../../src/database/query.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { folderOfTest } from '../../support/folder.ts';

let databases: TestDatabases;
let gateway: Pool;
let admin: Pool;

async function openDatabases(): Promise<void> {
  databases = await testDatabases();
  gateway = databases.pool('haven_gateway');
  admin = databases.administrator('haven');
}
const closeDatabases = async () => databases.close();

const entry = (n: number) => ({ type: 'test.happened', actor: 'test', detail: { n } });
async function write(count: number, from = 0): Promise<void> {
  for (let n = from; n < from + count; n += 1) await recordAudit(gateway, entry(n));
}
const rules = async (...checkpoints: Parameters<typeof verifyLog>[1]) =>
  (await verifyLog(readLog(admin), checkpoints)).findings.map(({ rule }) => rule);
async function checkpointNow() {
  const { rows } = await admin.query('select log_id, size, root from audit.tree');
  return { origin: `haven-gateway.audit/${rows[0].log_id}`, size: Number(rows[0].size), root: rows[0].root as Buffer };
}

describe('writing', () => {
  beforeEach(openDatabases);
  afterEach(closeDatabases);

  it('is part of the effect: what is rolled back was never logged, and leaves no gap', async () => {
    await write(2);
    await expect(
      transaction(gateway, async (tx) => {
        await recordAudit(tx, entry(99));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await write(1, 2);
    expect((await sequenceAudit(gateway)).size).toBe(3);
    expect(await rules()).toEqual([]);
    const { rows } = await admin.query(
      'select max(entry_id)::int as last, (select max(index)::int from audit.leaf) as index from audit.entry',
    );
    expect(rows[0]).toEqual({ last: 4, index: 2 });
  });

  it('keeps an entry that commits later than a higher id, and in the order of commits', async () => {
    const early = await gateway.connect();
    await early.query('begin');
    await recordAudit(early, entry(1));
    await recordAudit(gateway, entry(2));
    expect((await sequenceAudit(gateway)).size).toBe(1);
    await recordAudit(gateway, entry(3));
    await early.query('commit');
    early.release();
    expect((await sequenceAudit(gateway)).size).toBe(3);
    const { rows } = await databases.pool('haven_auditor').query(`select (detail ->> 'n')::int as n from audit.readable order by index`);
    expect(rows.map(({ n }) => n)).toEqual([2, 1, 3]);
    expect(await rules()).toEqual([]);
  });

  it('refuses bytes that do not say when, what and who', async () => {
    for (const leaf of ['[]', '{}', '{"type":"a","actor":"b"}', 'nonsense', '{"at":"now","type":"","actor":"b"}']) {
      await expect(gateway.query('select audit.append($1)', [Buffer.from(leaf)])).rejects.toThrow();
    }
    expect((await sequenceAudit(gateway)).size).toBe(0);
  });

  it('has the root that the entries give, whatever the batches, with several sequencers at once', async () => {
    for (const count of [1, 1, 2, 5, 8, 16, 3]) {
      await write(count);
      await Promise.all([sequenceAudit(gateway), sequenceAudit(gateway), sequenceAudit(gateway)]);
    }
    const { rows } = await admin.query('select e.leaf from audit.leaf l join audit.entry e using (entry_id) order by l.index');
    const head = await sequenceAudit(gateway);
    expect(head).toEqual({ size: 36, root: root(rows.map(({ leaf }) => leafHash(leaf))).toString('hex') });
    expect(await rules()).toEqual([]);
  });
});

describe('rights', () => {
  beforeAll(openDatabases);
  afterAll(closeDatabases);

  it.each(['haven_gateway', 'haven_blackbox', 'haven_analyst', 'haven_auditor'] as const)('%s can change nothing', async (role) => {
    await write(2);
    await sequenceAudit(gateway);
    const pool = databases.pool(role);
    for (const table of ['entry', 'leaf', 'node', 'tree', 'pending']) {
      for (const attack of [`delete from audit.${table}`, `truncate audit.${table}`, `insert into audit.${table} default values`]) {
        await expect(pool.query(attack)).rejects.toThrow(/permission denied|read-only/);
      }
    }
    await expect(pool.query(`update audit.entry set leaf = '\\x7b7d'`)).rejects.toThrow(/permission denied|read-only/);
    await expect(pool.query(`update audit.tree set size = 0`)).rejects.toThrow(/permission denied|read-only/);
    if (role !== 'haven_auditor') await expect(pool.query('select leaf from audit.entry')).rejects.toThrow('permission denied');
    if (role !== 'haven_gateway') await expect(pool.query('select audit.integrate()')).rejects.toThrow(/permission denied|read-only/);
  });

  it('not even the owner changes or removes what is written', async () => {
    await write(2);
    await sequenceAudit(gateway);
    const owner = databases.pool('haven_owner', 'haven');
    for (const attack of [
      `update audit.entry set leaf = '\\x7b7d'`,
      'delete from audit.entry',
      'truncate audit.entry',
      'delete from audit.leaf',
      'delete from audit.node',
      'delete from audit.tree',
      'update audit.tree set size = 0',
    ]) {
      await expect(owner.query(attack)).rejects.toThrow('only grows');
    }
  });
});

/** Attacks by somebody who is superuser of the database: the triggers are off. */
const attacks: Readonly<Record<string, { sql: string; found: string }>> = {
  'an altered entry': { sql: `update audit.entry set leaf = convert_to('{"x":1}', 'UTF8') where entry_id = 3`, found: 'LEAF_ALTERED' },
  'an altered entry whose leaf was rehashed': {
    sql: `update audit.entry set leaf = '\\x7b7d' where entry_id = 3; update audit.leaf set leaf_hash = sha256('\\x007b7d') where entry_id = 3`,
    found: 'NODE_ALTERED',
  },
  'a deleted entry': { sql: 'delete from audit.entry where entry_id = 3', found: 'ENTRY_MISSING' },
  'a deleted leaf': { sql: 'delete from audit.leaf where index = 3', found: 'SEQUENCE_GAP' },
  'two leaves that changed places': {
    sql: 'update audit.leaf set index = case index when 2 then 103 else 102 end where index in (2, 3); update audit.leaf set index = index - 100 where index > 100',
    found: 'NODE_ALTERED',
  },
  'an entry that was put in twice': {
    sql: `insert into audit.entry (leaf) select leaf from audit.entry where entry_id = 3;
          insert into audit.leaf select 14, max(entry_id), (select leaf_hash from audit.leaf where entry_id = 3) from audit.entry`,
    found: 'SIZE_DIFFERS',
  },
  'a missing node': { sql: 'delete from audit.node where level = 2 and index = 0', found: 'NODE_MISSING' },
  'another root': { sql: `update audit.tree set root = sha256('x')`, found: 'ROOT_DIFFERS' },
  'an entry taken from the queue': {
    sql: `insert into audit.entry (leaf) values (convert_to('{"x":1}', 'UTF8'))`,
    found: 'ENTRY_UNSEQUENCED',
  },
  'a truncated tail, made consistent': {
    sql: `delete from audit.entry where entry_id > 7; delete from audit.leaf where index >= 7; delete from audit.node where ((index + 1) << level) > 7;
          update audit.tree set size = 7, root = audit.root_of(7)`,
    found: 'TAIL_TRUNCATED',
  },
  'a whole tree rebuilt over other entries': {
    sql: `update audit.entry set leaf = convert_to('{"x":1}', 'UTF8') where entry_id = 3; delete from audit.node; delete from audit.leaf;
          insert into audit.pending (entry_id, xid) select entry_id, xid from audit.entry; update audit.tree set size = 0, root = sha256('');
          select audit.integrate()`,
    found: 'HISTORY_REWRITTEN',
  },
  'a database made anew': { sql: 'update audit.tree set log_id = gen_random_uuid()', found: 'CHECKPOINT_OF_ANOTHER_LOG' },
};

describe('verifying', () => {
  beforeAll(async () => {
    await openDatabases();
    await write(11);
    await sequenceAudit(gateway);
    checkpoint = await checkpointNow();
    await write(3, 11);
    await sequenceAudit(gateway);
  });
  afterAll(closeDatabases);
  let checkpoint: Checkpoint;

  it.each(Object.entries(attacks))('finds %s', async (_, { sql, found }) => {
    expect(await rules(checkpoint)).toEqual([]);
    const attacker = await admin.connect();
    try {
      await attacker.query(`begin; set local session_replication_role = replica; ${sql}`);
      const { findings } = await verifyLog(readLog(attacker), [checkpoint]);
      expect(findings.map(({ rule }) => rule)).toContain(found);
    } finally {
      await attacker.query('rollback');
      attacker.release();
    }
  });

  it('finds the same in an export, given the checkpoint alone', async () => {
    let text = '';
    for await (const lines of exportLog(readLog(admin))) text += lines;
    const verify = async (changed: string) => {
      async function* lines() {
        yield* changed.trimEnd().split('\n');
      }
      return (await verifyLog(readExport(lines()), [checkpoint])).findings.map(({ rule }) => rule);
    };
    const lines = text.trimEnd().split('\n');
    expect(await verify(text)).toEqual([]);
    expect(await verify(text.replace('"n":3', '"n":4'))).toContain('LEAF_ALTERED');
    expect(await verify(lines.slice(0, 10).join('\n'))).toEqual(['TAIL_TRUNCATED']);
    expect(await verify(lines.toSpliced(3, 1).join('\n'))).toContain('SEQUENCE_GAP');
    expect(await verify(lines.toSpliced(3, 0, lines[3] as string).join('\n'))).toContain('SEQUENCE_GAP');
    expect(await verify(lines.toReversed().join('\n'))).toContain('SEQUENCE_GAP');
  });
});

describe('haven audit', () => {
  beforeAll(openDatabases);
  afterAll(async () => {
    process.exitCode = undefined;
    await closeDatabases();
  });

  it('signs a checkpoint, verifies against it, and signs no more once the log is broken', async () => {
    const home = await folderOfTest('audit-home');
    const app = { gateway, servers: databases.servers, home: { keys: home }, clock: systemClock };
    const printed: (string | object)[] = [];
    const run = async (...args: string[]) => {
      const program = new Command().exitOverride();
      addAuditCommands(program, async () => app, { json: true, print: (value) => printed.push(value), progress: () => {} });
      await program.parseAsync(['audit', ...args], { from: 'user' });
    };
    await write(5);
    const note = await makeCheckpoint(app);
    const file = join(home, 'kept-elsewhere.txt');
    await writeFile(file, note.text);
    expect(openCheckpoint(note.text, await openAuditKey(join(home, 'audit.key')))?.size).toBe(5);
    expect(await readFile(join(home, 'audit.checkpoint'), 'utf8')).toBe(note.text);
    await write(2);
    await run('verify', '--checkpoint', file);
    expect(printed.at(-1)).toMatchObject({ size: 7, checkpoints: 2, findings: [] });
    await admin.query(
      `set session_replication_role = replica; update audit.entry set leaf = '\\x7b7d' where entry_id = 2; reset session_replication_role`,
    );
    await run('verify', '--checkpoint', file);
    expect(process.exitCode).toBe(1);
    await expect(run('checkpoint')).rejects.toThrow('no checkpoint was signed');
    await writeFile(file, note.text.replace('\n5\n', '\n4\n'));
    await expect(run('verify', '--checkpoint', file)).rejects.toThrow('not a signed note');
  });
});
