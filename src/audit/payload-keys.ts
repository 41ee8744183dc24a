import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCode, GatewayError } from '../shared/errors.ts';
import { readPrivateFile } from '../shared/private-file.ts';

/** AES-256-GCM: nonce (12 bytes, random), ciphertext, tag (16). `about` is authenticated: a text moved elsewhere does not open. */
export function encrypt(key: Buffer, plain: Buffer, about: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws when the key, the text or what it is about is another. */
export function decrypt(key: Buffer, sealed: Buffer, about: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(about));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}

/** The key that encrypts the holders' keys in the database: a file outside it, numbered, so that it can be replaced. */
export interface OuterKey {
  readonly number: number;
  readonly key: Buffer;
}

const fileName = /^audit-payload-([1-9]\d{0,3})\.key$/;
const pathOf = (folder: string, number: number): string => join(folder, `audit-payload-${number}.key`);

/** Makes this outer key unless it is there; of two processes that come first, one makes it. */
export async function makeOuterKey(folder: string, number: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const content = `${randomBytes(32).toString('hex')}\n`;
  await writeFile(pathOf(folder, number), content, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** Number of the newest outer key there is; 0 without any. */
export async function newestOuterKey(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return Math.max(0, ...names.map((name) => Number(fileName.exec(name)?.[1] ?? 0)));
}

/**
 * @throws GatewayError PAYLOAD_KEY_REPLACED for the key of a database that was restored from before the last replacement;
 * KEY_MISSING, KEY_FILE_EXPOSED, PAYLOAD_KEY_UNREADABLE
 */
export async function readOuterKey(folder: string, number: number): Promise<OuterKey> {
  const held = await stat(pathOf(folder, number)).catch(() => undefined);
  if (held === undefined && (await newestOuterKey(folder)) > number) {
    throw new GatewayError(
      'PAYLOAD_KEY_REPLACED',
      'The sealed entries of this database are older than the last erasure: their key was replaced and destroyed, so that what was erased stays erased in backups too. Run `haven audit forget-lost-payloads`, which lets go of what nobody can read any more, and try again.',
      { status: 503, exit: exitCode.configuration },
    );
  }
  const hex = (await readPrivateFile(pathOf(folder, number))).trim();
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new GatewayError(
      'PAYLOAD_KEY_UNREADABLE',
      'The key of sealed audit payloads must be 64 hexadecimal digits. Restore it from backup.',
      {
        status: 500,
        exit: exitCode.configuration,
      },
    );
  }
  return { number, key: Buffer.from(hex, 'hex') };
}

/** Destroys every outer key before this one: what only they open, in whatever backup, is gone. */
export async function destroyOuterKeysBefore(folder: string, number: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const found = fileName.exec(name)?.[1];
    if (found !== undefined && Number(found) < number) await rm(join(folder, name));
  }
}
