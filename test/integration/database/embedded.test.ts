import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/database/connect.ts';
import { startEmbedded } from '../../../src/database/embedded.ts';
import { type HavenHome, openHome } from '../../../src/database/home.ts';
import { migrate } from '../../../src/database/migrate.ts';
import { createLogger } from '../../../src/shared/logger.ts';

const log = createLogger('silent');
const small = { shared_buffers: '128MB' };
let home: HavenHome;
beforeAll(() => {
  home = openHome({ home: mkdtempSync(join(tmpdir(), 'haven-embedded-')) });
});
afterAll(() => rmSync(home.root, { recursive: true, force: true }));

const serverProcess = (): number => Number(readFileSync(join(home.database, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);

describe('the embedded server', () => {
  it('is started by its first user, shared by all, and stopped by the last', async () => {
    const [first, second] = await Promise.all([startEmbedded(home, log, small), startEmbedded(home, log, small)]);
    expect(first.servers).toEqual(second.servers);
    await first.stop();
    await first.stop();
    const pool = connect(second.servers, 'haven_gateway');
    await expect(pool.query('select 1')).resolves.toBeDefined();
    await pool.end();
    await second.stop();
    expect(existsSync(join(home.database, 'data', 'postmaster.pid'))).toBe(false);
    expect(readdirSync(home.run)).toEqual([]);
  });

  it('keeps what was committed when it is killed, and starts again by itself', async () => {
    const first = await startEmbedded(home, log, small);
    await migrate(first.servers);
    const owner = connect(first.servers, 'haven_owner');
    await owner.query('create table public.kept as select generate_series(1, 1000) as n');
    await owner.end();
    process.kill(serverProcess(), 'SIGKILL');
    const second = await startEmbedded(home, log, small);
    const again = connect(second.servers, 'haven_owner');
    expect((await again.query('select count(*) as kept from public.kept')).rows).toEqual([{ kept: 1000 }]);
    await again.end();
    await first.stop();
    await second.stop();
  });

  it('writes no value to its log, neither of a parameter nor of a failing statement', async () => {
    const server = await startEmbedded(home, log, small);
    const pool = connect(server.servers, 'haven_gateway', { max: 1 });
    const value = '9434765919';
    await expect(pool.query('select $1::date', [value])).rejects.toThrow();
    await expect(pool.query(`select '${value}'::date`)).rejects.toThrow();
    await expect(pool.query(`select nothing_${value}`)).rejects.toThrow();
    await pool.end();
    await server.stop();
    expect(readFileSync(join(home.database, 'server.log'), 'utf8')).not.toContain(value);
  });

  it('is durable, checks its pages and listens to this machine alone', async () => {
    const server = await startEmbedded(home, log, small);
    const pool = connect(server.servers, 'haven_gateway', { max: 1 });
    const { rows } = await pool.query<{ name: string; setting: string }>('select name, setting from pg_settings where name = any($1)', [
      ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'listen_addresses', 'password_encryption', 'TimeZone'],
    ]);
    await pool.end();
    await server.stop();
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      listen_addresses: '127.0.0.1',
      password_encryption: 'scram-sha-256',
      TimeZone: 'UTC',
    });
  });
});
