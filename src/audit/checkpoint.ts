import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCode, GatewayError } from '../shared/errors.ts';

/** What a checkpoint says: this log had this size and this root (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Name of the log; also the name of its key. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** Origin of a log: its id is made with its database, so a database made anew is another log. */
export const originOf = (logId: string): string => `haven-gateway.audit/${logId}`;

/** Ed25519 in signed notes (C2SP signed-note). */
const ed25519 = Buffer.from([1]);

/** Head of every Ed25519 public key in DER (RFC 8410 §4); the 32 bytes of the key follow. */
const derHead = Buffer.from('302a300506032b6570032100', 'hex');

const publicHalf = (key: KeyObject): KeyObject => (key.type === 'public' ? key : createPublicKey(key));
const rawPublicKey = (key: KeyObject): Buffer => publicHalf(key).export({ format: 'der', type: 'spki' }).subarray(derHead.length);

/** First four bytes of SHA-256(name ‖ newline ‖ algorithm ‖ public key): tells keys apart, proves nothing. */
const keyId = (name: string, raw: Buffer): Buffer =>
  createHash('sha256').update(`${name}\n`).update(ed25519).update(raw).digest().subarray(0, 4);

/** The public half in the notation other verifiers read: `name+id+key`. */
export function verifierKey(origin: string, key: KeyObject): string {
  const raw = rawPublicKey(key);
  return `${origin}+${keyId(origin, raw).toString('hex')}+${Buffer.concat([ed25519, raw]).toString('base64')}`;
}

/** Reads `name+id+key`; undefined when it is not one of an Ed25519 key, or its id does not belong to it. */
export function readVerifierKey(text: string): KeyObject | undefined {
  const [, origin = '', id, base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const raw = bytes.subarray(1);
  if (raw.length !== 32 || bytes[0] !== ed25519[0] || keyId(origin, raw).toString('hex') !== id) return undefined;
  return createPublicKey({ key: Buffer.concat([derHead, raw]), format: 'der', type: 'spki' });
}

const noteBody = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${root.toString('base64')}\n`;

/** The signed note: body, empty line, signature line. */
export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject): string {
  const body = noteBody(checkpoint);
  const signature = Buffer.concat([keyId(checkpoint.origin, rawPublicKey(key)), sign(null, Buffer.from(body), key)]);
  return `${body}\n\u2014 ${checkpoint.origin} ${signature.toString('base64')}\n`;
}

/** Reads a note and checks its signature with the log's key; undefined when either is wrong. Other signatures are ignored. */
export function openCheckpoint(note: string, key: KeyObject): Checkpoint | undefined {
  const end = note.indexOf('\n\n');
  if (end < 0) return undefined;
  const body = note.slice(0, end + 1);
  const [origin = '', sizeText = '', rootText = ''] = body.split('\n');
  const root = Buffer.from(rootText, 'base64');
  const size = Number(sizeText);
  if (origin === '' || !/^(0|[1-9]\d{0,15})$/.test(sizeText) || !Number.isSafeInteger(size)) return undefined;
  if (root.length !== 32 || root.toString('base64') !== rootText) return undefined;
  const raw = rawPublicKey(key);
  const id = keyId(origin, raw);
  const signed = note
    .slice(end + 2)
    .split('\n')
    .some((line) => {
      const prefix = `\u2014 ${origin} `;
      if (!line.startsWith(prefix)) return false;
      const signature = Buffer.from(line.slice(prefix.length), 'base64');
      return signature.subarray(0, 4).equals(id) && verify(null, Buffer.from(body), publicHalf(key), signature.subarray(4));
    });
  return signed ? { origin, size, root } : undefined;
}

const keyUnusable = (message: string, cause?: unknown): GatewayError =>
  new GatewayError('AUDIT_KEY_UNUSABLE', message, { status: 500, exit: exitCode.configuration, cause });

/** The log's private key, from a file of mode 0600; made on first use. Looser rights are refused, not corrected. */
export async function openAuditKey(path: string): Promise<KeyObject> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const made = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  try {
    // `wx`: of two processes that come first, one makes the key and the other reads it.
    await writeFile(path, made, { flag: 'wx', mode: 0o600 });
    await chmod(path, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw keyUnusable('The audit key cannot be written; check the keys folder.', error);
  }
  if (((await stat(path)).mode & 0o077) !== 0) {
    throw keyUnusable('The audit key can be read by others; make a new key, or set its mode to 0600 if nobody read it.');
  }
  const key = createPrivateKey(await readFile(path));
  if (key.asymmetricKeyType !== 'ed25519') throw keyUnusable('The audit key is not an Ed25519 key; restore the right one from backup.');
  return key;
}
