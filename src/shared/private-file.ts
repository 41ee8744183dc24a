import { readFile, stat } from 'node:fs/promises';
import { exitCode, GatewayError } from './errors.ts';

/** A key file, which only its owner may read: one that others can read may already have been copied, so it is refused. */
export async function readPrivateFile(path: string): Promise<string> {
  const { mode } = await stat(path).catch(keyMissing);
  if ((mode & 0o077) !== 0) {
    throw new GatewayError(
      'KEY_FILE_EXPOSED',
      'A key file can be read by others. Set its mode to 0600 and consider the key as known to them.',
      {
        status: 500,
        exit: exitCode.configuration,
      },
    );
  }
  return readFile(path, 'utf8');
}

/** For `catch`: a missing file is said in words, anything else is thrown as it is. */
export function keyMissing(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOENT') throw error;
  throw new GatewayError('KEY_MISSING', 'A key file is missing. Make the keys with "haven keys init".', {
    status: 500,
    exit: exitCode.configuration,
  });
}
