import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importJWK, importPKCS8 } from 'jose';
import { ConfigurationError } from '../../shared/errors.ts';

/** The gateway's own key for access tokens: ES384, the smaller of the two algorithms SMART asks servers to support. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export const accessTokenAlgorithm = 'ES384';
const fileName = 'token-signing.key';

/**
 * Reads the key file, or makes it on first use (PKCS 8, mode 0600).
 * @param keysDirectory the keys folder of the home.
 * @throws ConfigurationError when the file can be read by others or is not an ES384 private key.
 */
export async function openSigningKey(keysDirectory: string): Promise<SigningKey> {
  const path = join(keysDirectory, fileName);
  const pem = (await readPrivateFile(path)) ?? (await makeKeyFile(path));
  try {
    return await signingKeyFrom(await importPKCS8(pem, accessTokenAlgorithm, { extractable: true }));
  } catch {
    throw new ConfigurationError([`${fileName} is not an ES384 (P-384) private key in PKCS 8 form; move it away and a new one is made.`]);
  }
}

/** A key that lives only in memory, for tests and one-off tools. */
export async function makeSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(accessTokenAlgorithm, { extractable: true });
  return signingKeyFrom(privateKey);
}

async function signingKeyFrom(privateKey: CryptoKey): Promise<SigningKey> {
  const { d: _private, ...publicJwk } = await exportJWK(privateKey);
  const publicKey = (await importJWK(publicJwk, accessTokenAlgorithm)) as CryptoKey;
  return { kid: await calculateJwkThumbprint(publicJwk), privateKey, publicKey };
}

async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    // One handle for the question and the answer: a path looked at twice can be two files.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      if (((await file.stat()).mode & 0o077) !== 0) {
        throw new ConfigurationError([`${fileName} can be read by other users of this machine; make its mode 0600.`]);
      }
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError([`${fileName} cannot be read by this process.`]);
  }
}

async function makeKeyFile(path: string): Promise<string> {
  const { privateKey } = await generateKeyPair(accessTokenAlgorithm, { extractable: true });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, await exportPKCS8(privateKey), { mode: 0o600, flag: 'wx' });
    await chmod(draft, 0o600);
    // A link is made whole or not at all and never replaces: of two first starts at once, both use the same key.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const pem = await readPrivateFile(path);
  if (pem === undefined) throw new ConfigurationError([`${fileName} could not be made; is the keys folder writable?`]);
  return pem;
}
