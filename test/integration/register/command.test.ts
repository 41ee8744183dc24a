import { mkdtemp, rm } from 'node:fs/promises';
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

  it('warns before the end of what a live flow rests on', async () => {
    const { text } = await haven(false, 'check', '--at', '2027-02-01');
    expect(text).toContain('sus-apc-southend: ENDS_SOON: The agreement ends on 2027-03-31, in 58 days.');
  });

  it('exports what it can apply again', async () => {
    const { text } = await haven(true, 'export', folder);
    expect(JSON.parse(text).files).toHaveLength(11);
    expect((await haven(false, 'diff', folder)).exit).toBe(0);
    await expect(haven(false, 'export', folder, '--place', 'nowhere')).rejects.toMatchObject({ code: 'REGISTER_EMPTY' });
  });
});
