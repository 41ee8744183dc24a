import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCode, GatewayError } from '../shared/errors.ts';

const keyUnusable = (message: string, cause?: unknown): GatewayError =>
  new GatewayError('AUDIT_KEY_UNUSABLE', message, { status: 500, exit: exitCode.configuration, cause });

/**
 * The private key of the log, or of a witness, from a file of mode 0600; made on first use. Looser rights are refused, not
 * corrected: somebody may have read it.
 */
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
