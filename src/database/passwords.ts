import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../shared/errors.ts';

/** Superuser of the embedded server; no process but the one that prepares roles reads it. */
export const superuser = 'postgres';

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Password of a role from `<secrets>/<role>`; a missing file is a configuration error, never an empty password. */
export async function readPassword(secrets: string, role: string): Promise<string> {
  const path = join(secrets, role);
  const password = await readFile(path, 'utf8').catch((error: unknown) => {
    const reason = isMissing(error) ? 'is missing' : 'cannot be read by this user';
    throw new ConfigurationError([`the password file ${path} ${reason}; \`haven migrate\` writes it, and each process needs only its own`]);
  });
  const trimmed = password.trim();
  if (trimmed === '') throw new ConfigurationError([`the password file ${path} is empty; delete it and run \`haven migrate\``]);
  return trimmed;
}

/** Reads the password of a role, or makes one (256 random bits) in a file only its owner reads. */
export async function makePassword(secrets: string, role: string): Promise<string> {
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  try {
    const file = await open(join(secrets, role), 'wx', 0o600);
    try {
      const password = randomBytes(32).toString('base64url');
      await file.writeFile(`${password}\n`);
      await file.sync();
      return password;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return readPassword(secrets, role);
    throw error;
  }
}

/**
 * What PostgreSQL stores for SCRAM-SHA-256 (RFC 5803 §3, RFC 7677). Sending this instead of the password keeps the password
 * out of the logs of a server that logs its statements.
 */
export function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}
