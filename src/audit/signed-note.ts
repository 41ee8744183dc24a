import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** What a signature is, as its key id and its verifier key say (C2SP signed-note): a log's own, or a witness's with a time. */
export const algorithms = { ed25519: 0x01, cosignature: 0x04 } as const;
export type Algorithm = (typeof algorithms)[keyof typeof algorithms];

export interface NoteSignature {
  /** Name of the key: the origin of the log, or the name of a witness. */
  readonly name: string;
  /** Key id (four bytes), then what the algorithm says. */
  readonly bytes: Buffer;
}

/** A signed note: the text that was signed, with its last newline, and who signed it. */
export interface SignedNote {
  readonly body: string;
  readonly signatures: readonly NoteSignature[];
}

/** A public key with the name it signs under. */
export interface VerifierKey {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** Head of every Ed25519 public key in DER (RFC 8410 §4); the 32 bytes of the key follow. */
const derHead = Buffer.from('302a300506032b6570032100', 'hex');

export const publicHalf = (key: KeyObject): KeyObject => (key.type === 'public' ? key : createPublicKey(key));
const rawPublicKey = (key: KeyObject): Buffer => publicHalf(key).export({ format: 'der', type: 'spki' }).subarray(derHead.length);

const idOfRaw = (name: string, algorithm: Algorithm, raw: Buffer): Buffer =>
  createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([algorithm]))
    .update(raw)
    .digest()
    .subarray(0, 4);

/** First four bytes of SHA-256(name ‖ newline ‖ algorithm ‖ public key): tells keys apart, proves nothing. */
export const keyId = ({ name, algorithm, key }: VerifierKey): Buffer => idOfRaw(name, algorithm, rawPublicKey(key));

/** The public half in the notation other verifiers read: `name+id+key`. */
export function verifierKey(name: string, key: KeyObject, algorithm: Algorithm = algorithms.ed25519): string {
  const raw = rawPublicKey(key);
  return `${name}+${idOfRaw(name, algorithm, raw).toString('hex')}+${Buffer.concat([Buffer.from([algorithm]), raw]).toString('base64')}`;
}

/** Reads `name+id+key`; undefined when it is not an Ed25519 key of a log or a witness, or its id does not belong to it. */
export function readVerifierKey(text: string): VerifierKey | undefined {
  const [, name = '', id, base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const raw = bytes.subarray(1);
  const algorithm = Object.values(algorithms).find((known) => known === bytes[0]);
  if (raw.length !== 32 || algorithm === undefined || idOfRaw(name, algorithm, raw).toString('hex') !== id) return undefined;
  return { name, algorithm, key: createPublicKey({ key: Buffer.concat([derHead, raw]), format: 'der', type: 'spki' }) };
}

const signatureLine = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;

/** Reads a note; undefined when it has no body, no signature, or a line that is no signature. It verifies none of them. */
export function readNote(text: string): SignedNote | undefined {
  const end = text.lastIndexOf('\n\n');
  if (end < 1 || !text.endsWith('\n')) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of text.slice(end + 2, -1).split('\n')) {
    const [, name, base64] = signatureLine.exec(line) ?? [];
    if (name === undefined || base64 === undefined) return undefined;
    signatures.push({ name, bytes: Buffer.from(base64, 'base64') });
  }
  return { body: text.slice(0, end + 1), signatures };
}

const writeSignature = ({ name, bytes }: NoteSignature): string => `\u2014 ${name} ${bytes.toString('base64')}\n`;

/** The note as text: body, empty line, one line for each signature. */
export const writeNote = ({ body, signatures }: SignedNote): string => `${body}\n${signatures.map(writeSignature).join('')}`;

/** What this key signed of the note, without its key id; a key signs under its name and its id, or not at all. */
export function signaturesOf(note: SignedNote, verifier: VerifierKey): readonly Buffer[] {
  const id = keyId(verifier);
  return note.signatures
    .filter(({ name, bytes }) => name === verifier.name && bytes.subarray(0, 4).equals(id))
    .map(({ bytes }) => bytes.subarray(4));
}
