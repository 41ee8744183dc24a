import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { exitCode, GatewayError } from '../shared/errors.ts';
import { type Checkpoint, splitNotes } from './checkpoint.ts';
import { openCosignature } from './cosignature.ts';
import { openExport } from './export-folder.ts';
import { openKept } from './sign-head.ts';
import { algorithms, readVerifierKey, type VerifierKey } from './signed-note.ts';
import { type Outside, type Sighting, type Verification, verifyLog } from './verify.ts';

/** What an auditor brings from outside: files and keys, no database. */
export interface Evidence {
  /** Files of signed checkpoints, one or many in each. */
  readonly checkpoints?: readonly string[];
  /** Files of checkpoints that a witness cosigned. */
  readonly witnesses?: readonly string[];
  readonly publicKey?: string;
  readonly witnessKeys?: readonly string[];
  readonly witnessDelay?: number;
}

/** @throws GatewayError PUBLIC_KEY_UNREADABLE */
export function readKey(text: string, algorithm: VerifierKey['algorithm']): VerifierKey {
  const key = readVerifierKey(text);
  if (key?.algorithm === algorithm) return key;
  throw new GatewayError(
    'PUBLIC_KEY_UNREADABLE',
    'The public key is not one that `haven audit checkpoint --key` prints (of a log) or `haven audit witness --key` prints (of a witness).',
  );
}

export const readLogKey = (text: string): KeyObject => readKey(text, algorithms.ed25519).key;

async function readNotes(files: readonly string[]): Promise<readonly string[]> {
  // A file that is not there reads as one that is no checkpoint: refused, not skipped.
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '\n\n')));
  return texts.flatMap((text) => (text.trim() === '' ? [''] : splitNotes(text)));
}

/** Opens every checkpoint of these files; one that does not open is an error. @throws GatewayError CHECKPOINT_UNREADABLE */
export async function readCheckpoints(files: readonly string[], key: KeyObject): Promise<Checkpoint[]> {
  return (await readNotes(files)).map((text) => openKept(text, key));
}

/** Checkpoints with the time at which one of these witnesses cosigned them. @throws GatewayError COSIGNATURE_ABSENT */
export async function readSightings(files: readonly string[], key: KeyObject, witnesses: readonly VerifierKey[]): Promise<Sighting[]> {
  return (await readNotes(files)).map((text) => {
    const checkpoint = openKept(text, key);
    const times = witnesses.map((witness) => openCosignature(text, witness)).filter((at) => at !== undefined);
    if (times[0] !== undefined) return { checkpoint, at: times[0] };
    throw new GatewayError('COSIGNATURE_ABSENT', 'A checkpoint is not cosigned by a witness whose key was given with --witness-key.');
  });
}

/** The evidence, read with the key of the log. */
export async function readEvidence(evidence: Evidence, key: KeyObject): Promise<{ checkpoints: Checkpoint[]; outside: Outside }> {
  const witnesses = (evidence.witnessKeys ?? []).map((text) => readKey(text, algorithms.cosignature));
  return {
    checkpoints: await readCheckpoints(evidence.checkpoints ?? [], key),
    outside: {
      sightings: await readSightings(evidence.witnesses ?? [], key, witnesses),
      ...(evidence.witnessDelay === undefined ? {} : { witnessDelay: evidence.witnessDelay }),
    },
  };
}

/** Verifies an export with what was kept elsewhere: needs no database and no installation, so an auditor runs it at home. */
export async function verifyExport(path: string, evidence: Evidence): Promise<Verification> {
  const { reader, checkpoint, key: own } = await openExport(path);
  const key = evidence.publicKey ?? own;
  const given = (evidence.checkpoints?.length ?? 0) + (evidence.witnesses?.length ?? 0);
  if (key === undefined) {
    if (given === 0) return verifyLog(reader, []);
    throw new GatewayError('PUBLIC_KEY_ABSENT', 'Give the public key of the log with --public-key.', { exit: exitCode.usage });
  }
  const { checkpoints, outside } = await readEvidence(evidence, readLogKey(key));
  const over = checkpoint === undefined ? [] : [openKept(checkpoint, readLogKey(key))];
  return verifyLog(reader, [...over, ...checkpoints], outside);
}
