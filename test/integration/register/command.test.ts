import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addRegisterCommands } from '../../../src/register/command.ts';
import { createOutput } from '../../../src/shared/output.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

const southend = join(import.meta.dirname, '../../../config/register');

describe('haven register', () => {
  let databases: TestDatabases;
  let folder: string;
  beforeAll(async () => {
    databases = await testDatabases();
    folder = await mkdtemp(join(tmpdir(), 'register-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await databases.close();
  });
  afterEach(() => {
    process.exitCode = undefined;
  });

  async function haven(json: boolean, ...args: string[]): Promise<{ text: string; exit: number }> {
    let text = '';
    const stream = { write: (part: string) => (text += part) };
    const program = new Command().exitOverride();
    addRegisterCommands(
      program,
      async () => ({
        gateway: databases.pool('haven_gateway'),
        clock: { now: () => new Date('2026-11-21T09:00:00Z') },
        config: { configDirectory: join(southend, '..') },
      }),
      createOutput(() => json, { result: stream, progress: stream }),
    );
    await program.parseAsync(['register', ...args], { from: 'user' });
    const exit = Number(process.exitCode ?? 0);
    process.exitCode = undefined;
    return { text, exit };
  }

  it('says what would change, applies it, and then nothing would', async () => {
    expect(await haven(false, 'diff', southend)).toMatchObject({ exit: 1, text: expect.stringContaining('Place southend-on-sea: added') });
    expect(await haven(false, 'apply', southend)).toMatchObject({ exit: 0, text: expect.stringContaining('southend-on-sea: now version') });
    expect(await haven(false, 'diff', southend)).toEqual({ exit: 0, text: 'Nothing would change\n' });
    expect(await haven(false, 'apply', southend)).toEqual({ exit: 0, text: 'southend-on-sea: nothing changed\n' });
  });

  it('lists every flow as admitted or with its reasons and clauses', async () => {
    const { text, exit } = await haven(false, 'check', '--at', '2026-11-21');
    expect(exit).toBe(1);
    expect(text).toContain('sus-apc-southend: admitted until 2027-02-28\n');
    expect(text).toMatch(/gp-patients-f81036: refused \(live\) - believed to be live\n {2}PRACTICE_NOT_SIGNED: .*\[.*schedule 1\]/);
    const json = JSON.parse((await haven(true, 'check', '--at', '2026-11-21')).text);
    expect(json).toMatchObject({ at: '2026-11-21', admitted: 146 });
    expect(json.flows).toHaveLength(json.admitted + json.refused);
    expect(json.findings).toEqual([]);
  });

  it('checks files without a database, and says what a date in the future brings', async () => {
    const { text } = await haven(false, 'check', '--path', southend, '--at', '2027-04-01');
    expect(text).toContain('0 admitted');
    await expect(haven(false, 'check', '--at', 'tomorrow')).rejects.toMatchObject({ exit: 2 });
  });

  it('writes every document of the applied register, and none of a day before it was applied', async () => {
    const out = join(folder, 'documents');
    const { text } = await haven(true, 'document', 'all', '--place', 'southend-on-sea', '--as-of', '2026-12-01', '--out', out);
    const { files } = JSON.parse(text) as { files: string[] };
    expect(files).toHaveLength(18);
    expect(await readFile(join(out, 'flow-map-southend-on-sea.html'), 'utf8')).toContain('No delivery has been seen');
    expect(await readFile(join(out, 'documents-southend-on-sea.html'), 'utf8')).toContain('haven obligations annual-report --agreement');
    const before = ['document', 'ropa', '--place', 'southend-on-sea', '--as-of', '2020-01-01', '--out', out];
    await expect(haven(false, ...before)).rejects.toMatchObject({ code: 'PLACE_UNKNOWN' });
  });

  it('warns before the end of what a live flow rests on', async () => {
    const { text } = await haven(false, 'check', '--at', '2027-02-01');
    expect(text).toContain('sus-apc-southend: ENDS_SOON: The agreement ends on 2027-03-31, in 58 days.');
  });

  it('changes a register by two people, and answers for any day in between', async () => {
    const edited = join(folder, 'edited');
    await haven(false, 'export', edited);
    const path = join(edited, 'southend-on-sea', 'agreements.json');
    const { agreements } = JSON.parse(await readFile(path, 'utf8')) as { agreements: { id: string; validTo: string }[] };
    for (const agreement of agreements) if (agreement.id === 'linked-data-2025') agreement.validTo = '2028-03-31';
    await writeFile(path, JSON.stringify({ agreements }));

    const lead = ['--as', 'southend-ig-lead'];
    await expect(haven(false, 'propose', edited, '--as', 'southend-auditor')).rejects.toMatchObject({ code: 'ACCESS_REFUSED' });
    const proposed = await haven(false, 'propose', edited, ...lead, '--effective', '2026-11-21');
    expect(proposed.text).toBe(
      [
        'Change 1 of southend-on-sea: waits for the approval of somebody else',
        '  proposed by southend-ig-lead for 2026-11-21',
        '  Agreement linked-data-2025: valid to 2027-03-31 → 2028-03-31',
        '',
      ].join('\n'),
    );
    await expect(haven(false, 'approve', '1', ...lead)).rejects.toMatchObject({ code: 'PROPOSER_CANNOT_APPROVE' });
    await expect(haven(false, 'notify', '1', '--evidence', 'Letter', ...lead)).rejects.toMatchObject({ code: 'NOTICE_NOT_NEEDED' });
    expect((await haven(false, 'approve', '1', '--as', 'southend-ig-deputy')).text).toContain('in force as version');
    expect((await haven(false, 'changes')).text).toBe('No change waits\n');
    expect(JSON.parse((await haven(true, 'changes', '--all')).text).changes).toMatchObject([{ change: 1, state: 'in-force' }]);
    await haven(false, 'propose', join(southend, 'southend-on-sea'), ...lead);
    expect((await haven(false, 'withdraw', '2', ...lead)).text).toContain('withdrawn by southend-ig-lead');
    expect((await haven(false, 'changes', '2')).text).toContain('valid to 2028-03-31 → 2027-03-31');
    await expect(haven(false, 'changes', '99')).rejects.toMatchObject({ code: 'CHANGE_UNKNOWN' });

    expect((await haven(false, 'as-of', '2026-11-21', '--flow', 'sus-apc-southend')).text).toMatch(/^admitted on 2026-11-21/);
    expect(await haven(false, 'as-of', '2026-11-21', '--flow', 'nobody')).toMatchObject({
      exit: 1,
      text: expect.stringContaining('FLOW_UNKNOWN'),
    });
    const then = await haven(true, 'as-of', '2026-11-21', '--out', join(folder, 'then'));
    expect(JSON.parse(then.text).files).toHaveLength(11);
    expect((await haven(false, 'diff', join(folder, 'then'))).exit).toBe(0);
    await expect(haven(false, 'as-of', '2026-11-20')).rejects.toMatchObject({ code: 'REGISTER_EMPTY' });
    await haven(false, 'apply', southend, '--without-approval', 'Back to the example');
    await expect(haven(false, 'apply', southend, '--without-approval', ' ')).rejects.toMatchObject({ code: 'REASON_ABSENT' });
  });

  it('says what stops in the days ahead, from the database and from files', async () => {
    const { text, exit } = await haven(false, 'outlook', '--days', '120');
    expect(exit).toBe(1);
    expect(text).toMatch(/^2027-03-01 southend-on-sea: \d+ flows stop \(.* more\): DPIA_REVIEW_OVERDUE: /);
    expect((await haven(false, 'outlook', '--days', '120', '--path', southend, '--at', '2026-11-21')).text).toBe(text);
    expect(await haven(false, 'outlook', '--days', '1', '--at', '2026-11-21')).toMatchObject({ exit: 0 });
    await expect(haven(false, 'outlook', '--days', 'many')).rejects.toMatchObject({ code: 'commander.invalidArgument' });
  });

  it('exports what it can apply again', async () => {
    const { text } = await haven(true, 'export', join(folder, 'whole'));
    expect(JSON.parse(text).files).toHaveLength(11);
    expect((await haven(false, 'diff', join(folder, 'whole'))).exit).toBe(0);
    await expect(haven(false, 'export', folder, '--place', 'nowhere')).rejects.toMatchObject({ code: 'REGISTER_EMPTY' });
  });
});
