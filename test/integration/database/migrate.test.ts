import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appliedVersion, checkVersion, knownVersion, migrate } from '../../../src/database/migrate.ts';
import { ensureRoles } from '../../../src/database/roles.ts';
import { databaseName } from '../../../src/database/servers.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

let db: TestDatabases;
beforeAll(async () => {
  db = await testDatabases();
});
afterAll(async () => db.close());

describe('migrate', () => {
  it('changes nothing when it is run again', async () => {
    const before = await db.administrator('haven').query('select id, name, applied_at from migration.applied order by id');
    expect(await migrate(db.servers)).toEqual({ haven: await knownVersion('haven'), vault: await knownVersion('vault') });
    const after = await db.administrator('haven').query('select id, name, applied_at from migration.applied order by id');
    expect(after.rows).toEqual(before.rows);
  });

  it('lets two programs migrate a new pair of databases at once', async () => {
    const fresh = { ...db.servers, haven: `${db.servers.haven}_fresh`, vault: `${db.servers.vault}_fresh` };
    await Promise.all([ensureRoles(db.adminUrl, fresh), ensureRoles(db.adminUrl, fresh)]);
    const [first, second] = await Promise.all([migrate(fresh), migrate(fresh)]);
    expect(first).toEqual(second);
    for (const url of [fresh.haven, fresh.vault]) {
      await db.administrator('haven').query(`drop database ${pg.escapeIdentifier(databaseName(url))} with (force)`);
    }
  });

  it('can be asked by every role which version a database has', async () => {
    expect(await appliedVersion(db.pool('haven_gateway'))).toBe(await knownVersion('haven'));
    await expect(checkVersion(db.pool('haven_reidentifier'), 'vault')).resolves.toBeUndefined();
  });

  it('refuses a database that a newer program has migrated, and says what to do', async () => {
    await db.pool('haven_owner', 'vault').query(`insert into migration.applied (id, name) values (999999, 'of the future')`);
    await expect(migrate(db.servers)).rejects.toMatchObject({
      code: 'DATABASE_IS_NEWER',
      exit: 78,
      message: expect.stringContaining('newer program'),
    });
    await expect(checkVersion(db.pool('haven_sealer'), 'vault')).rejects.toMatchObject({ code: 'DATABASE_IS_NEWER', exit: 78 });
    await db.pool('haven_owner', 'vault').query('delete from migration.applied where id = 999999');
  });

  it('refuses to work on a database that lacks a migration', async () => {
    await db.pool('haven_owner', 'vault').query('delete from migration.applied where id = (select max(id) from migration.applied)');
    await expect(checkVersion(db.pool('haven_sealer'), 'vault')).rejects.toMatchObject({ code: 'DATABASE_IS_OLDER', exit: 78 });
  });
});

describe('a connection', () => {
  it('keeps dates as the calendar has them, whatever the time zone of the machine', async () => {
    const { rows } = await db
      .pool('haven_gateway')
      .query(`select date '2026-06-01' as day, timestamp '2026-06-01 00:30' as moment, 12::bigint as whole`);
    expect(rows).toEqual([{ day: '2026-06-01', moment: '2026-06-01 00:30:00', whole: 12 }]);
  });

  it('fails rather than round a whole number that JavaScript cannot hold', async () => {
    await expect(db.pool('haven_gateway').query(`select 9007199254740993::bigint as whole`)).rejects.toThrow(RangeError);
  });
});
