import { createHash, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import { type Checkpoint, openCheckpoint, readCheckpointBody } from './checkpoint.ts';
import { cosign, openCosignature, type WitnessKey } from './cosignature.ts';
import { verifyConsistency } from './merkle-verify.ts';
import { readNote } from './signed-note.ts';

/** A witness keeps nothing but the newest checkpoint of each log it knows, cosigned, in one small file each. */
export interface Witness extends WitnessKey {
  readonly folder: string;
  readonly clock: Clock;
  /** Public keys of the logs it looks at, by origin: a log it does not know is refused. */
  readonly logs: ReadonlyMap<string, KeyObject>;
}

export interface WitnessRequest {
  /** Size of the checkpoint the sender believes the witness has. */
  readonly older: number;
  readonly proof: readonly Buffer[];
  readonly checkpoint: string;
}

const refuse = (code: string, message: string): GatewayError => new GatewayError(code, message, { status: 422, exit: exitCode.findings });

/** The request as text (C2SP tlog-witness, add-checkpoint): `old N`, a hash a line, an empty line, the checkpoint. */
export const writeWitnessRequest = ({ older, proof, checkpoint }: WitnessRequest): string =>
  `old ${older}\n${proof.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${checkpoint}`;

/** @throws GatewayError WITNESS_REQUEST_UNREADABLE */
export function readWitnessRequest(text: string): WitnessRequest {
  const end = text.indexOf('\n\n');
  const [first = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\n');
  const older = Number(/^old (0|[1-9]\d{0,15})$/.exec(first)?.[1]);
  const proof = lines.map((line) => Buffer.from(line, 'base64'));
  // 63 hashes prove any tree there can be.
  if (
    !Number.isSafeInteger(older) ||
    lines.length > 63 ||
    proof.some((hash, i) => hash.length !== 32 || hash.toString('base64') !== lines[i])
  ) {
    throw refuse(
      'WITNESS_REQUEST_UNREADABLE',
      'This is not what `haven audit prove --from N` prints: old size, proof, empty line, checkpoint.',
    );
  }
  return { older, proof, checkpoint: text.slice(end + 2) };
}

const fileOf = (folder: string, origin: string): string => join(folder, `${createHash('sha256').update(origin).digest('hex')}.checkpoint`);

/**
 * Cosigns a checkpoint that goes on from the one it cosigned last, and no other (C2SP tlog-witness). So whoever holds this
 * witness's cosignature knows that everybody else who trusts it was shown the same log.
 * @returns the checkpoint with the witness's cosignature; it is kept before it is given away.
 * @throws GatewayError WITNESS_LOG_UNKNOWN, WITNESS_SIZE_DIFFERS (asks for a proof from the size it has),
 *   WITNESS_INCONSISTENT (evidence: keep both checkpoints), WITNESS_BUSY
 */
export async function addCheckpoint(witness: Witness, request: WitnessRequest): Promise<string> {
  const origin = readCheckpointBody(readNote(request.checkpoint)?.body ?? '')?.origin ?? '';
  const logKey = witness.logs.get(origin);
  const offered = logKey && openCheckpoint(request.checkpoint, logKey);
  if (logKey === undefined || offered === undefined) {
    throw refuse('WITNESS_LOG_UNKNOWN', 'The checkpoint is not signed by a log this witness knows; give its key with --log-key.');
  }
  await mkdir(witness.folder, { recursive: true, mode: 0o700 });
  return exclusively(witness.folder, async () => {
    const path = fileOf(witness.folder, origin);
    check(request, offered, await readKept(path, witness, logKey));
    const text = cosign(request.checkpoint, witness, witness.clock.now());
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
    return text;
  });
}

/** What it cosigned last: a file with anything else in it was tampered with, and is no reason to begin anew. */
async function readKept(path: string, witness: WitnessKey, logKey: KeyObject): Promise<Checkpoint | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (text === undefined) return undefined;
  const kept = openCheckpoint(text, logKey);
  if (kept !== undefined && openCosignature(text, witness) !== undefined) return kept;
  throw refuse('WITNESS_STATE_BROKEN', 'What this witness kept was changed. Restore its folder; do not begin anew.');
}

function check({ older, proof }: WitnessRequest, offered: Checkpoint, kept: Checkpoint | undefined): void {
  const size = kept?.size ?? 0;
  if (older !== size)
    throw refuse('WITNESS_SIZE_DIFFERS', `This witness has the checkpoint of size ${size}: run \`haven audit prove --from ${size}\`.`);
  const root = kept?.root ?? createHash('sha256').digest();
  if (!verifyConsistency(older, offered.size, root, offered.root, proof)) {
    throw refuse(
      'WITNESS_INCONSISTENT',
      'The checkpoint does not go on from the one this witness cosigned: history was rewritten, or removed. Keep both as evidence.',
    );
  }
}

/** Two requests at once must not both be measured against the same kept checkpoint. */
async function exclusively<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, 'lock');
  const lock = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw refuse('WITNESS_BUSY', 'Another request is at work. If none is, one was interrupted: remove the file "lock".');
  });
  try {
    return await work();
  } finally {
    await lock.close();
    await rm(path, { force: true });
  }
}
