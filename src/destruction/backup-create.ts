import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { recordAudit } from '../audit/record.ts';
import { appliedVersion } from '../database/migrate.ts';
import type { Queryable } from '../database/query.ts';
import type { Clock } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { type BackupContents, type BackupSegment, type BackupTable, ownData, writeContents } from './backup-contents.ts';
import { type BackedUpTable, backedUpTables, prepareDatasets } from './backup-queries.ts';
import type { DataKey, DataKeys } from './data-keys.ts';
import { backupLock } from './decide.ts';
import { SegmentSealer } from './sealed-segment.ts';
import { findUnruledTables } from './tables.ts';

export interface BackupTools {
  /** Both databases as their owner: nobody else may read everything. */
  readonly haven: Pool;
  readonly vault: Pool;
  readonly keys: DataKeys;
  /** The folder of the outer key of sealed audit entries. */
  readonly auditKeys: string;
  readonly clock: Clock;
  progress(text: string): void;
}

export interface BackupReceipt {
  readonly backup: string;
  readonly folder: string;
  readonly madeAt: string;
  readonly rows: number;
  readonly segments: number;
  readonly bytes: number;
  readonly keys: number;
}

/** Data sets of this snapshot by their number, each with its key. */
type Datasets = ReadonlyMap<string, DataKey>;

/**
 * Writes everything of both databases into an empty folder, as of one moment, each data set and month under its own key.
 * Plain bytes are never on disk; memory is one chunk. The vault is read after the environment, and has everybody in it,
 * because an identity is sealed before its person is registered.
 * @throws GatewayError FOLDER_NOT_EMPTY, BACKUP_MUST_WAIT, TABLE_WITHOUT_RULE
 */
export async function createBackup(
  tools: BackupTools,
  request: { readonly folder: string; readonly actor: string },
): Promise<BackupReceipt> {
  const folder = resolve(request.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new GatewayError('FOLDER_NOT_EMPTY', 'A backup is written into an empty folder. Name another one.');
  const backupId = randomUUID();
  const madeAt = tools.clock.now();
  const haven = await tools.haven.connect();
  const vault = await tools.vault.connect();
  let broken: Error | undefined;
  try {
    await haven.query('begin isolation level repeatable read');
    await haven.query('select pg_advisory_xact_lock($1)', [backupLock]);
    await refuseWhileDestroying(haven);
    await haven.query(prepareDatasets);
    await vault.query('begin isolation level repeatable read');
    await vault.query('create temporary table wanted (landing_pseudonym text collate "C", dataset_no integer) on commit drop');
    await pipeline(
      haven.query(
        copyTo('copy (select l.landing_pseudonym, m.dataset_no from linkage.pseudonym l join member m using (person_id)) to stdout'),
      ),
      vault.query(copyFrom('copy wanted from stdin')),
    );
    await vault.query('create index on wanted (landing_pseudonym); analyze wanted');
    const datasets = await keysFor(haven, tools.keys);
    const tables: BackupTable[] = [];
    for (const [database, client] of [
      ['haven', haven],
      ['vault', vault],
    ] as const) {
      for (const table of await backedUpTables(client)) {
        tools.progress(table.table);
        const file = `${database}.${table.table}.sealed`;
        const segments = await writeTable(client, table, join(folder, file), { datasets, backupId, keys: tools.keys });
        tables.push({ database, table: table.table, columns: [...table.columns], file, segments });
      }
    }
    const contents: BackupContents = {
      format: 'haven-backup-1',
      backupId,
      madeAt: madeAt.toISOString(),
      versions: { haven: await appliedVersion(haven), vault: await appliedVersion(vault) },
      tables,
      sequences: [...(await sequencesOf(haven, 'haven')), ...(await sequencesOf(vault, 'vault'))],
    };
    const { text, mark } = writeContents(tools.keys.authority, contents);
    await writeFile(join(folder, 'contents.json'), text);
    await writeFile(join(folder, 'contents.mark'), Buffer.from(mark));
    await vault.query('rollback');
    const receipt = summarise(contents, folder);
    await haven.query('insert into destruction.backup (backup_id, made_at, made_by, folder, segments) values ($1, $2, $3, $4, $5)', [
      backupId,
      madeAt,
      request.actor,
      folder,
      receipt.segments,
    ]);
    const { folder: _, ...detail } = receipt;
    await recordAudit(haven, { type: 'backup.created', actor: request.actor, subject: backupId, detail: { ...detail } }, tools.clock);
    await haven.query('commit');
    return receipt;
  } catch (error) {
    broken = error instanceof Error ? error : new Error('failed');
    throw error;
  } finally {
    // A connection in the middle of a copy is of no use to anybody.
    haven.release(broken);
    vault.release(broken);
  }
}

async function refuseWhileDestroying(db: Queryable): Promise<void> {
  const { rows } = await db.query(`select from destruction.destruction where state = 'destroying' limit 1`);
  if (rows.length > 0) {
    throw new GatewayError('BACKUP_MUST_WAIT', 'A destruction is under way. Finish it with `haven destroy resume`, then make the backup.', {
      status: 409,
    });
  }
  const unruled = await findUnruledTables(db);
  if (unruled.length > 0) {
    throw new GatewayError(
      'TABLE_WITHOUT_RULE',
      `No rule says which data set these tables are of: ${unruled.join(', ')}. Nothing was written.`,
      {
        status: 500,
      },
    );
  }
}

async function keysFor(db: Queryable, keys: DataKeys): Promise<Datasets> {
  const { rows } = await db.query<{ dataset_no: number; flow_id: string; period: string }>(
    'select dataset_no, flow_id, period from dataset',
  );
  const wanted = [{ no: 0, ...ownData }, ...rows.map((row) => ({ no: row.dataset_no, flowId: row.flow_id, period: row.period }))];
  const made = await keys.ensure(wanted);
  return new Map(wanted.map(({ no, flowId, period }) => [String(no), made.get(`${flowId} ${period}`) as DataKey]));
}

interface Sealing {
  readonly datasets: Datasets;
  readonly backupId: string;
  readonly keys: DataKeys;
}

/** Copies one table and seals each run of rows of one data set. Rows are cut at line ends, which copied values never hold. */
async function writeTable(client: PoolClient, table: BackedUpTable, path: string, sealing: Sealing): Promise<BackupSegment[]> {
  const handle = await open(path, 'wx', 0o600);
  const segments: BackupSegment[] = [];
  let written = 0;
  const write = async (pieces: readonly Buffer[]): Promise<void> => {
    for (const piece of pieces) {
      await handle.write(piece);
      written += piece.length;
    }
  };
  let current: { no: string; key: DataKey; sealer: SegmentSealer; at: number; rows: number } | undefined;
  const end = async (): Promise<void> => {
    if (!current) return;
    await write(current.sealer.final());
    const { key, at, rows } = current;
    segments.push({ keyId: key.keyId, flowId: key.flowId, period: key.period, at, length: written - at, rows });
    current = undefined;
  };
  const begin = async (no: string): Promise<void> => {
    await end();
    const key = sealing.datasets.get(no);
    const secret = key && sealing.keys.secret(key.keyId);
    if (!key || !secret) throw new Error('a data set has no key');
    const { flowId, period } = key;
    current = {
      no,
      key,
      sealer: new SegmentSealer(secret, { backupId: sealing.backupId, table: table.table, flowId, period }),
      at: written,
      rows: 0,
    };
  };
  try {
    let rest: Buffer = Buffer.alloc(0);
    for await (const piece of client.query(copyTo(table.copy)) as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      let at = 0;
      for (let stop = bytes.indexOf(10, at); stop !== -1; stop = bytes.indexOf(10, at)) {
        const tab = bytes.indexOf(9, at);
        const no = bytes.toString('latin1', at, tab);
        if (current?.no !== no) await begin(no);
        if (!current) throw new Error('no segment');
        current.rows += 1;
        const ready: Buffer[] = current.sealer.update(bytes.subarray(tab + 1, stop + 1));
        if (ready.length > 0) await write(ready);
        at = stop + 1;
      }
      rest = Buffer.from(bytes.subarray(at));
    }
    await end();
    await handle.sync();
  } finally {
    await handle.close();
  }
  return segments;
}

async function sequencesOf(db: Queryable, database: 'haven' | 'vault'): Promise<BackupContents['sequences']> {
  const { rows } = await db.query<{ name: string; value: number }>(
    `select format('%s.%s', schemaname, sequencename) as name, last_value as value from pg_sequences
      where last_value is not null and schemaname not in ('graphile_worker', 'migration') and schemaname not like 'pg\\_%' order by 1`,
  );
  return rows.map(({ name, value }) => ({ database, name, value }));
}

function summarise(contents: BackupContents, folder: string): BackupReceipt {
  const segments = contents.tables.flatMap((table) => table.segments);
  return {
    backup: contents.backupId,
    folder,
    madeAt: contents.madeAt,
    rows: segments.reduce((sum, { rows }) => sum + rows, 0),
    segments: segments.length,
    bytes: segments.reduce((sum, { length }) => sum + length, 0),
    keys: new Set(segments.map(({ keyId }) => keyId)).size,
  };
}

async function writeFile(path: string, bytes: Buffer): Promise<void> {
  const handle: FileHandle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
