import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureRoles } from '../../../src/database/roles.ts';
import { homeOfRole, type RoleName, roleNames } from '../../../src/database/servers.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

let db: TestDatabases;
beforeAll(async () => {
  db = await testDatabases();
});
afterAll(async () => db.close());

const working = roleNames.filter((role): role is Exclude<RoleName, 'haven_owner'> => role !== 'haven_owner');

async function tryConnecting(role: RoleName, url: string): Promise<string> {
  const { hostname, port, pathname } = new URL(url);
  const password = readFileSync(join(db.servers.secrets, role), 'utf8').trim();
  const client = new pg.Client({ host: hostname, port: Number(port), database: pathname.slice(1), user: role, password });
  try {
    await client.connect();
    return 'connected';
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? '') : 'failed';
  } finally {
    await client.end().catch(() => undefined);
  }
}

describe('the zones of trust', () => {
  it.each(working)('let %s into its own database and not into the other', async (role) => {
    const own = homeOfRole[role];
    expect(await tryConnecting(role, db.servers[own])).toBe('connected');
    // 42501: insufficient privilege.
    expect(await tryConnecting(role, db.servers[own === 'haven' ? 'vault' : 'haven'])).toBe('42501');
  });

  it('let the sealer write to the vault and read nothing sealed', async () => {
    const sealer = db.pool('haven_sealer');
    await expect(sealer.query('select sealed from vault.identity')).rejects.toMatchObject({ code: '42501' });
    await expect(sealer.query('select wrapped from vault.data_key')).rejects.toMatchObject({ code: '42501' });
    await expect(sealer.query('select landing_pseudonym from vault.identity')).resolves.toBeDefined();
  });

  it('give nobody but the owner a table of their own', async () => {
    for (const role of working) {
      const client = await db.pool(role).connect();
      // Read-only by default is a courtesy a role can undo; the rights must hold without it.
      await client.query('set default_transaction_read_only = off');
      await expect(client.query('create table public.mine (n integer)')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query('create schema mine')).rejects.toMatchObject({ code: '42501' });
      client.release(true);
    }
  });

  it('let only the black box stage rows in a temporary table', async () => {
    await expect(db.pool('haven_gateway').query('create temporary table staged (n integer)')).rejects.toMatchObject({ code: '42501' });
    await expect(db.pool('haven_blackbox').query('create temporary table staged (n integer)')).resolves.toBeDefined();
  });

  it('make the analyst and the auditor read-only, whatever they are granted', async () => {
    for (const role of ['haven_analyst', 'haven_auditor'] as const) {
      const { rows } = await db.pool(role).query('show default_transaction_read_only');
      expect(rows).toEqual([{ default_transaction_read_only: 'on' }]);
    }
  });
});

describe('the passwords', () => {
  it('are in one file for each role, which only its owner reads', () => {
    const passwords = roleNames.map((role) => {
      const path = join(db.servers.secrets, role);
      expect(statSync(path).mode & 0o077).toBe(0);
      return readFileSync(path, 'utf8').trim();
    });
    expect(new Set(passwords).size).toBe(roleNames.length);
    for (const password of passwords) expect(password.length).toBeGreaterThanOrEqual(43);
  });

  it('stay as they are when the roles are made again', async () => {
    const before = roleNames.map((role) => readFileSync(join(db.servers.secrets, role), 'utf8'));
    await ensureRoles(db.adminUrl, db.servers);
    expect(roleNames.map((role) => readFileSync(join(db.servers.secrets, role), 'utf8'))).toEqual(before);
    expect(await tryConnecting('haven_gateway', db.servers.haven)).toBe('connected');
  });
});
