import { type KeyObject, sign, verify } from 'node:crypto';
import { algorithms, keyId, publicHalf, readNote, signaturesOf, type VerifierKey, writeNote } from './signed-note.ts';

/** What a checkpoint says: this log had this size and this root (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Name of the log; also the name of its key. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** Origin of a log: its id is made with its database, so a database made anew is another log. */
export const originOf = (logId: string): string => `haven-gateway.audit/${logId}`;

export const checkpointBody = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${root.toString('base64')}\n`;

const logKey = (origin: string, key: KeyObject): VerifierKey => ({ name: origin, algorithm: algorithms.ed25519, key });

/** The signed note: body, empty line, signature line. */
export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject): string {
  const body = checkpointBody(checkpoint);
  const bytes = Buffer.concat([keyId(logKey(checkpoint.origin, key)), sign(null, Buffer.from(body), key)]);
  return writeNote({ body, signatures: [{ name: checkpoint.origin, bytes }] });
}

/** Reads the body of a checkpoint; undefined when it is none. Lines after the third are extensions, and signed with it. */
export function readCheckpointBody(body: string): Checkpoint | undefined {
  const [origin = '', sizeText = '', rootText = ''] = body.split('\n');
  const root = Buffer.from(rootText, 'base64');
  const size = Number(sizeText);
  if (origin === '' || !/^(0|[1-9]\d{0,15})$/.test(sizeText) || !Number.isSafeInteger(size)) return undefined;
  if (root.length !== 32 || root.toString('base64') !== rootText) return undefined;
  return { origin, size, root };
}

/** Reads a note and checks its signature with the log's key; undefined when either is wrong. Other signatures are ignored. */
export function openCheckpoint(text: string, key: KeyObject): Checkpoint | undefined {
  const note = readNote(text);
  const checkpoint = note && readCheckpointBody(note.body);
  if (note === undefined || checkpoint === undefined) return undefined;
  const signed = signaturesOf(note, logKey(checkpoint.origin, key)).some((signature) =>
    verify(null, Buffer.from(note.body), publicHalf(key), signature),
  );
  return signed ? checkpoint : undefined;
}

/** Splits a file to which one checkpoint after the other was appended, with an empty line between; each is still to be opened. */
export function splitNotes(text: string): readonly string[] {
  const blocks = text.split('\n\n').filter((block) => block.trim() !== '');
  const notes: string[] = [];
  for (let i = 0; i < blocks.length; i += 2) notes.push(`${blocks[i]}\n\n${(blocks[i + 1] ?? '').trimEnd()}\n`);
  return notes;
}
