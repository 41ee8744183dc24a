import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { recordAudit } from '../audit/record.ts';
import { forgetLostPayloads } from '../audit/sealed.ts';
import { appliedVersion } from '../database/migrate.ts';
import type { Queryable } from '../database/query.ts';
import { rebuildTouched } from '../linkage/rebuild-persons.ts';
import { GatewayError } from '../shared/errors.ts';
import { type BackupContents, type BackupSegment, type BackupTable, readContents } from './backup-contents.ts';
import type { BackupTools } from './backup-create.ts';
import { keptManyTimes, listTables } from './backup-queries.ts';
import type { DataKeys } from './data-keys.ts';
import { openSegment } from './sealed-segment.ts';

export interface RestoreReceipt {
  readonly backup: string;
  readonly rows: number;
  /** Data sets whose key was destroyed: their rows are in the backup and cannot be opened by anybody. */
  readonly destroyed: readonly { readonly flow: string; readonly periods: readonly string[]; readonly rows: number }[];
}

/**
 * Puts a backup into a pair of empty databases of the same version, in two transactions that commit together. Data sets
 * whose key is destroyed stay closed; every other row comes back as it was, and people are derived from these.
 * @throws GatewayError BACKUP_UNREADABLE, BACKUP_DAMAGED, RESTORE_TARGET_NOT_EMPTY, BACKUP_OF_ANOTHER_VERSION
 */
export async function restoreBackup(
  tools: BackupTools,
  request: { readonly folder: string; readonly actor: string },
): Promise<RestoreReceipt> {
  const contents = await readContents(tools.keys.authority, request.folder);
  const haven = await tools.haven.connect();
  const vault = await tools.vault.connect();
  let broken: Error | undefined;
  try {
    await haven.query('begin');
    await vault.query('begin');
    await refuseTarget(haven, vault, contents);
    await refuseLostKeys(contents, tools.keys);
    for (const [database, client] of [
      ['vault', vault],
      ['haven', haven],
    ] as const) {
      await fill(client, contents, database, tools, request.folder);
    }
    await derivePeople(haven);
    await rememberEnded(haven, tools.keys);
    await forgetLostPayloads(haven, tools.auditKeys, request.actor, tools.clock);
    const receipt = summarise(contents, tools.keys);
    await recordAudit(
      haven,
      {
        type: 'backup.restored',
        actor: request.actor,
        subject: receipt.backup,
        detail: { rows: receipt.rows, destroyed: [...receipt.destroyed] },
      },
      tools.clock,
    );
    // The vault first: an identity without a person is harmless, the other way round is not.
    await vault.query('commit');
    await haven.query('commit');
    return receipt;
  } catch (error) {
    broken = error instanceof Error ? error : new Error('failed');
    throw error;
  } finally {
    haven.release(broken);
    vault.release(broken);
  }
}

async function refuseTarget(haven: Queryable, vault: Queryable, contents: BackupContents): Promise<void> {
  const { rows } = await haven.query(
    'select 1 where exists (select from linkage.person) or exists (select from landing.delivery) or exists (select from register.version)',
  );
  const { rows: identities } = await vault.query('select 1 from vault.identity limit 1');
  if (rows.length + identities.length > 0) {
    throw new GatewayError('RESTORE_TARGET_NOT_EMPTY', 'A backup is restored into new databases only. Make them with `haven migrate`.', {
      status: 409,
    });
  }
  if ((await appliedVersion(haven)) !== contents.versions.haven || (await appliedVersion(vault)) !== contents.versions.vault) {
    throw new GatewayError(
      'BACKUP_OF_ANOTHER_VERSION',
      'The backup was made by another version of this program. Restore it with that version, then run `haven migrate` with this one.',
      { status: 409 },
    );
  }
}

/** A key that is gone without a word about its destruction is a lost key: half a restore would look like a whole one. */
async function refuseLostKeys(contents: BackupContents, keys: DataKeys): Promise<void> {
  const buried = new Set((await keys.tombstones()).map(({ keyId }) => keyId));
  const needed = contents.tables.flatMap((table) => table.segments.map(({ keyId }) => keyId));
  if (needed.some((keyId) => keys.secret(keyId) === undefined && !buried.has(keyId))) {
    throw new GatewayError(
      'BACKUP_KEY_MISSING',
      'Data keys of this backup are missing and were not destroyed. Bring the keys folder back first.',
      {
        status: 409,
      },
    );
  }
}

/** Fills every table of one database. Triggers that keep histories from being changed are for those who work, and rest meanwhile. */
async function fill(
  client: PoolClient,
  contents: BackupContents,
  database: 'haven' | 'vault',
  tools: BackupTools,
  folder: string,
): Promise<void> {
  const tables = await listTables(client);
  for (const { table } of tables) await client.query(`alter table ${table} disable trigger user`);
  await client.query(`truncate ${tables.map(({ table }) => table).join(', ')}`);
  const backward = await backwardReferences(
    client,
    tables.map(({ table }) => table),
  );
  for (const { table, name } of backward) await client.query(`alter table ${table} alter constraint ${name} deferrable initially deferred`);
  const held = new Map(contents.tables.filter((one) => one.database === database).map((one) => [one.table, one]));
  for (const { table } of tables) {
    const source = held.get(table);
    if (!source) continue;
    tools.progress(table);
    await fillTable(client, source, { folder, backupId: contents.backupId, keys: tools.keys });
  }
  await client.query('set constraints all immediate');
  for (const { table, name } of backward) await client.query(`alter table ${table} alter constraint ${name} not deferrable`);
  for (const { table } of tables) await client.query(`alter table ${table} enable trigger user`);
  for (const { name, value } of contents.sequences.filter((one) => one.database === database)) {
    await client.query('select setval($1::regclass, $2)', [name, value]);
  }
}

/** References to a table that is filled later (a circle): they are checked when everything is there. */
async function backwardReferences(db: Queryable, order: readonly string[]): Promise<{ readonly table: string; readonly name: string }[]> {
  const { rows } = await db.query<{ table: string; needs: string; name: string }>(
    `select k.conrelid::regclass::text as table, k.confrelid::regclass::text as needs, quote_ident(k.conname) as name from pg_constraint k
      where k.contype = 'f' and not k.condeferrable and k.conparentid = 0`,
  );
  return rows.filter(({ table, needs }) => order.includes(table) && order.indexOf(needs) > order.indexOf(table));
}

interface Opening {
  readonly folder: string;
  readonly backupId: string;
  readonly keys: DataKeys;
}

async function fillTable(client: PoolClient, source: BackupTable, opening: Opening): Promise<void> {
  const columns = source.columns.join(', ');
  const handle = await open(join(opening.folder, source.file), 'r').catch((cause: unknown) => {
    throw damaged(cause);
  });
  try {
    const rows = Readable.from(openSegments(handle, source, opening), { objectMode: false, highWaterMark: 131_072 });
    // What refers to people waits beside its table: they may have gone with another data set.
    const beside = keptManyTimes.has(source.table) || source.table === 'linkage.merge';
    if (!beside) {
      await pipeline(rows, client.query(copyFrom(`copy ${source.table} (${columns}) from stdin`)));
      return;
    }
    await client.query(`create temporary table incoming on commit drop as select ${columns} from ${source.table} limit 0`);
    await pipeline(rows, client.query(copyFrom(`copy incoming (${columns}) from stdin`)));
    const present =
      source.table === 'linkage.merge'
        ? 'where exists (select from linkage.person p where p.person_id = from_person) and exists (select from linkage.person p where p.person_id = into_person)'
        : '';
    await client.query(
      `insert into ${source.table} (${columns}) overriding system value select ${columns} from incoming ${present} on conflict do nothing`,
    );
    await client.query('drop table incoming');
  } finally {
    await handle.close();
  }
}

async function* openSegments(handle: FileHandle, source: BackupTable, opening: Opening): AsyncGenerator<Buffer> {
  for (const segment of source.segments) {
    const secret = opening.keys.secret(segment.keyId);
    if (!secret) continue;
    try {
      yield* openSegment(
        secret,
        { ...segment, backupId: opening.backupId, table: source.table },
        segment.length,
        readFrom(handle, segment),
      );
    } catch (cause) {
      throw damaged(cause);
    }
  }
}

/** Reads within one segment of an open file. */
export const readFrom =
  (handle: FileHandle, segment: BackupSegment) =>
  async (at: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await handle.read(bytes, 0, length, segment.at + at);
    return bytes.subarray(0, bytesRead);
  };

const damaged = (cause: unknown): GatewayError =>
  new GatewayError('BACKUP_DAMAGED', 'A part of this backup was changed or is missing. Nothing was restored.', { cause });

async function derivePeople(haven: Queryable): Promise<void> {
  await haven.query('create temporary table if not exists touched (person_id bigint not null) on commit drop');
  await haven.query('insert into touched select distinct person_id from linkage.sighting');
  await rebuildTouched(haven, 'added');
}

/** A backup knows nothing of what was destroyed later; the keys folder does, and it stays destroyed. */
async function rememberEnded(haven: Queryable, keys: DataKeys): Promise<void> {
  const ended = (await keys.tombstones()).filter(({ reason }) => reason === 'agreement');
  await haven.query(
    `insert into destruction.ended (agreement_id, destruction_id, ended_on)
     select distinct * from unnest($1::text[], $2::uuid[], $3::date[]) on conflict do nothing`,
    [ended.map(({ agreementId }) => agreementId), ended.map(({ destructionId }) => destructionId), ended.map(({ on }) => on)],
  );
}

function summarise(contents: BackupContents, keys: DataKeys): RestoreReceipt {
  const segments = contents.tables.flatMap((table) => table.segments);
  const closed = segments.filter(({ keyId }) => keys.secret(keyId) === undefined);
  const flows = [...new Set(closed.map(({ flowId }) => flowId))].sort();
  const sum = (some: readonly BackupSegment[]): number => some.reduce((total, { rows }) => total + rows, 0);
  return {
    backup: contents.backupId,
    rows: sum(segments) - sum(closed),
    destroyed: flows.map((flow) => {
      const own = closed.filter(({ flowId }) => flowId === flow);
      return { flow, periods: [...new Set(own.map(({ period }) => period))].sort(), rows: sum(own) };
    }),
  };
}
