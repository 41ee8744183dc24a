import type { KeyObject } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Queryable } from '../database/query.ts';
import type { Clock } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import { type Checkpoint, openCheckpoint, signCheckpoint, splitNotes } from './checkpoint.ts';
import { compactRange, foldSubtrees } from './merkle.ts';
import { readHead, readSubtrees } from './proofs.ts';
import { verifierKey } from './signed-note.ts';
import { openAuditKey } from './signing-key.ts';

/** Where the key of the log is, and where its checkpoints are kept. */
export interface CheckpointFolders {
  readonly keys: string;
  /** A folder that may be elsewhere (another host's share, write-once storage): checkpoints are appended there too. */
  readonly witness?: string | undefined;
}

export interface SignedHead {
  readonly text: string;
  readonly origin: string;
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly root: string;
  /** The public key in the notation of signed notes. */
  readonly verifier: string;
}

/** Entries to recompute before signing: those since the last checkpoint, or all of them. */
export type Reading = 'news' | 'everything';

export const auditKeyPath = (keys: string): string => join(keys, 'audit.key');
const lastCheckpointPath = (keys: string): string => join(keys, 'audit.checkpoint');

const broken = (): GatewayError =>
  new GatewayError(
    'AUDIT_LOG_BROKEN',
    'The log does not verify, so no checkpoint was signed. Run `haven audit verify` and keep its findings.',
    { status: 500, exit: exitCode.findings },
  );

/**
 * Signs the head of the tree, but never one that contradicts the last checkpoint signed (C2SP tlog-checkpoint: a log must
 * not sign an inconsistent one). The tree is recomputed from the bytes of every entry since then; the tree before is
 * held to its root. The last checkpoint is kept beside the key and in the witness folder, outside the database: whichever
 * has more leaves counts, so that neither an old database nor an old key folder alone passes.
 * @param db one client of haven_gateway or haven_auditor in a `repeatable read` transaction
 * @throws GatewayError AUDIT_LOG_BROKEN
 */
export async function signHead(db: Queryable, folders: CheckpointFolders, clock: Clock, reading: Reading = 'news'): Promise<SignedHead> {
  const key = await openAuditKey(auditKeyPath(folders.keys));
  const head = await readHead(db);
  const known = await keptCheckpoints(folders, key);
  for (const checkpoint of known) await holdTo(db, checkpoint, head);
  const from = reading === 'everything' ? 0 : Math.max(0, ...known.map(({ size }) => size));
  await recompute(db, from, head);
  const text = signCheckpoint(head, key);
  const last = known.find(({ size }) => size === head.size);
  if (last === undefined) await keep(text, folders, clock);
  return { text, origin: head.origin, size: head.size, root: head.root.toString('hex'), verifier: verifierKey(head.origin, key) };
}

async function holdTo(db: Queryable, checkpoint: Checkpoint, head: Checkpoint): Promise<void> {
  if (checkpoint.origin !== head.origin || checkpoint.size > head.size) throw broken();
  if (!foldSubtrees(await readSubtrees(db, checkpoint.size)).equals(checkpoint.root)) throw broken();
}

const batchSize = 10_000;

/** Leaf hashes come from the bytes of the entries, which the signing role cannot read (audit.recomputed). */
async function recompute(db: Queryable, from: number, head: Checkpoint): Promise<void> {
  const range = compactRange({ size: from, hashes: await readSubtrees(db, from) });
  for (let read = batchSize; read === batchSize; ) {
    const { rows } = await db.query<{ index: string; hash: Buffer | null }>('select index, hash from audit.recomputed($1, $2)', [
      ...[range.size, batchSize],
    ]);
    for (const { index, hash } of rows) {
      if (Number(index) !== range.size || hash === null) throw broken();
      range.add(hash);
    }
    read = rows.length;
  }
  if (range.size !== head.size || !range.root().equals(head.root)) throw broken();
}

/** The newest checkpoint beside the key and the newest in the witness folder. One that cannot be read is an error: it may have been tampered with. */
export async function keptCheckpoints({ keys, witness }: CheckpointFolders, key: KeyObject): Promise<Checkpoint[]> {
  const beside = await readFile(lastCheckpointPath(keys), 'utf8').catch(absent);
  const files = witness === undefined ? [] : ((await readdir(witness).catch(absent)) ?? []);
  const newest = files.filter(isWitnessFile).sort().at(-1);
  const elsewhere = newest === undefined || witness === undefined ? undefined : await readFile(join(witness, newest), 'utf8');
  const last = elsewhere === undefined ? undefined : splitNotes(elsewhere).at(-1);
  return [beside, last].filter((text) => text !== undefined).map((text) => openKept(text, key));
}

/** The checkpoint last signed here, as it was signed; undefined before the first. */
export const lastSigned = async (keys: string): Promise<string | undefined> => readFile(lastCheckpointPath(keys), 'utf8').catch(absent);

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** A checkpoint that cannot be read proves nothing, so it is refused, not skipped. */
export function openKept(text: string, key: KeyObject): Checkpoint {
  const checkpoint = openCheckpoint(text, key);
  if (checkpoint !== undefined) return checkpoint;
  throw new GatewayError(
    'CHECKPOINT_UNREADABLE',
    'A checkpoint file is missing, is not a signed note, or was not signed with the key of this log.',
  );
}

const isWitnessFile = (name: string): boolean => /^checkpoints-\d{4}-\d\d-\d\d\.txt$/.test(name);

/** One file a day in the witness folder, only appended to: storage that refuses to overwrite can hold it. */
async function keep(text: string, { keys, witness }: CheckpointFolders, clock: Clock): Promise<void> {
  if (witness !== undefined) {
    await mkdir(witness, { recursive: true });
    const file = await open(join(witness, `checkpoints-${clock.now().toISOString().slice(0, 10)}.txt`), 'a');
    try {
      await file.write(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  const path = lastCheckpointPath(keys);
  await writeFile(`${path}.${process.pid}`, text, { mode: 0o600 });
  await rename(`${path}.${process.pid}`, path);
}
