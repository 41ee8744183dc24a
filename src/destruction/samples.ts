import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Queryable } from '../database/query.ts';
import { type BackupSegment, readContents } from './backup-contents.ts';
import { readFrom } from './backup-restore.ts';
import type { DataKeys } from './data-keys.ts';
import type { Destruction } from './decide.ts';
import { eventDay } from './erase-flows.ts';
import { chunkSize, openSegment, type SegmentName, SegmentSealer } from './sealed-segment.ts';

const sampleSize = 100;
/** Every key that is left is tried on every sample, up to this many keys. */
const keysTried = 200;

const nameOf = (destruction: Destruction): SegmentName => ({
  backupId: destruction.destructionId,
  table: 'sample',
  flowId: 'sample',
  period: 'sample',
});

/** Seals a few of the records as a backup would hold them, with the keys that are about to go. */
export async function takeSamples(tx: Queryable, destruction: Destruction, keys: DataKeys): Promise<void> {
  const { rows } = await tx.query<{ flow_no: number; period: string; text: string }>(
    `select t.flow_no, to_char(${eventDay('t')}, 'YYYY-MM') as period, t::text as text from environment.event t
      where t.flow_no = any ($1::integer[]) and ($2::date is null or ${eventDay('t')} < $2::date) limit $3`,
    [destruction.flows.map(({ flowNo }) => flowNo), destruction.beforeDay ?? null, sampleSize],
  );
  const flowIds = new Map(destruction.flows.map(({ flowNo, flowId }) => [flowNo, flowId]));
  const known = new Map(keys.list().map((key) => [`${key.flowId} ${key.period}`, key.keyId]));
  const samples = rows.flatMap(({ flow_no: flowNo, period, text }) => {
    const keyId = known.get(`${flowIds.get(flowNo)} ${period}`);
    const secret = keyId === undefined ? undefined : keys.secret(keyId);
    if (keyId === undefined || secret === undefined) return [];
    const sealer = new SegmentSealer(secret, nameOf(destruction));
    return [{ keyId, sealed: Buffer.concat([...sealer.update(Buffer.from(text, 'utf8')), ...sealer.final()]) }];
  });
  await tx.query(
    `insert into destruction.sample (destruction_id, sample_no, key_id, sealed)
     select $1, row_number() over (), s.key_id, decode(s.sealed, 'hex') from unnest($2::text[], $3::text[]) as s (key_id, sealed)
     on conflict do nothing`,
    [destruction.destructionId, samples.map(({ keyId }) => keyId), samples.map(({ sealed }) => sealed.toString('hex'))],
  );
}

export interface Tried {
  readonly tried: number;
  readonly failed: number;
}

/** Tries the samples with every key that is left. */
export async function trySamples(db: Queryable, destruction: Destruction, keys: DataKeys): Promise<Tried> {
  const { rows } = await db.query<{ sealed: Buffer }>('select sealed from destruction.sample where destruction_id = $1', [
    destruction.destructionId,
  ]);
  let failed = 0;
  for (const { sealed } of rows) {
    const read = async (at: number, length: number): Promise<Buffer> => sealed.subarray(at, at + length);
    if (!(await opensWithAny(keys, nameOf(destruction), sealed.length, read))) failed += 1;
  }
  return { tried: rows.length, failed };
}

async function opensWithAny(
  keys: DataKeys,
  name: SegmentName,
  length: number,
  read: (at: number, length: number) => Promise<Buffer>,
): Promise<boolean> {
  for (const { keyId } of keys.list().slice(0, keysTried)) {
    const secret = keys.secret(keyId);
    if (!secret) continue;
    try {
      for await (const _ of openSegment(secret, name, length, read)) return true;
    } catch {
      // As it should be.
    }
  }
  return false;
}

export interface TriedBackup extends Tried {
  readonly backup: string;
  readonly madeAt: string;
  readonly inReach: boolean;
}

/** Opens what it can of every backup ever made that is still where it was written: pieces under the destroyed keys. */
export async function tryBackups(db: Queryable, keyIds: ReadonlySet<string>, keys: DataKeys): Promise<readonly TriedBackup[]> {
  const { rows } = await db.query<{ backup_id: string; made_at: Date; folder: string }>(
    'select backup_id, made_at, folder from destruction.backup order by made_at',
  );
  const results: TriedBackup[] = [];
  for (const { backup_id: backup, made_at: madeAt, folder } of rows) {
    const known = { backup, madeAt: madeAt.toISOString() };
    const tried = await tryFolder(folder, backup, keyIds, keys).catch(() => undefined);
    results.push(tried ? { ...known, inReach: true, ...tried } : { ...known, inReach: false, tried: 0, failed: 0 });
  }
  return results;
}

async function tryFolder(folder: string, backupId: string, keyIds: ReadonlySet<string>, keys: DataKeys): Promise<Tried | undefined> {
  const contents = await readContents(keys.authority, folder);
  if (contents.backupId !== backupId) return undefined;
  let [tried, failed] = [0, 0];
  for (const table of contents.tables) {
    const sealed = table.segments.filter(({ keyId }) => keyIds.has(keyId)).slice(0, 20);
    if (sealed.length === 0) continue;
    const handle = await open(join(folder, table.file), 'r');
    try {
      for (const segment of sealed) {
        tried += 1;
        if (!(await opensWithAny(keys, { ...segment, backupId, table: table.table }, firstPiece(segment), readFrom(handle, segment))))
          failed += 1;
      }
    } finally {
      await handle.close();
    }
  }
  return { tried, failed };
}

/** Salt, one chunk, tag and one byte of the next: enough to open the first chunk and know that it is not the last. */
const firstPiece = (segment: BackupSegment): number => Math.min(segment.length, 32 + chunkSize + 16 + 1);
