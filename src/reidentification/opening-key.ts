import { createPrivateKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { readPrivateFile } from '../shared/private-file.ts';

/** The private key identities are sealed to: read by the re-identifier's process and by no other. */
export const readOpeningKey = async (folder: string): Promise<KeyObject> =>
  createPrivateKey(await readPrivateFile(join(folder, 'reidentifier.key')));
