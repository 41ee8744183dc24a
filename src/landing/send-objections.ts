import { createReadStream } from 'node:fs';
import type { App } from '../app.ts';
import type { ImportReceipt } from '../objections/import.ts';
import type { ObjectionKind } from '../objections/kinds.ts';
import { commandLineActor } from './command.ts';

/** A list of objections from a file, or from standard input (`-`), as `haven objections import` sends it. */
export async function sendObjections(
  app: App,
  file: string,
  list: { readonly kind?: ObjectionKind; readonly place?: string; readonly actor?: string },
): Promise<ImportReceipt> {
  const box = await app.blackBox();
  const bytes = file === '-' ? process.stdin : createReadStream(file);
  return (await box.call('/objections', { actor: commandLineActor(), ...list }, bytes)) as ImportReceipt;
}
