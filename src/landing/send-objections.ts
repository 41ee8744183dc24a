import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { App } from '../app.ts';
import type { ImportReceipt } from '../objections/import.ts';
import type { ObjectionKind } from '../objections/kinds.ts';
import { GatewayError } from '../shared/errors.ts';
import { commandLineActor } from './command.ts';

/**
 * A list of objections from a file, or from standard input (`-`), as `haven objections import` sends it.
 * @throws GatewayError FILE_UNREADABLE: the black box was not asked
 */
export async function sendObjections(
  app: App,
  file: string,
  list: { readonly kind?: ObjectionKind; readonly place?: string; readonly actor?: string },
): Promise<ImportReceipt> {
  if (file !== '-') await requireReadable(file);
  const box = await app.blackBox();
  const bytes = file === '-' ? process.stdin : createReadStream(file);
  return (await box.call('/objections', { actor: commandLineActor(), ...list }, bytes)) as ImportReceipt;
}

/** A stream that breaks while it is sent looks like a black box that does not answer; so the file is opened before. */
async function requireReadable(file: string): Promise<void> {
  try {
    await (await open(file)).close();
  } catch (error) {
    throw new GatewayError('FILE_UNREADABLE', 'The file cannot be read. Check that it exists and that you may read it.', { cause: error });
  }
}
