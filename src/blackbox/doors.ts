import { createReadStream } from 'node:fs';
import type { App } from '../app.ts';
import type { BlackBoxDoors } from '../http/services-of-app.ts';
import { commandLineActor } from '../landing/command.ts';
import { deliver } from '../landing/deliver.ts';
import type { ImportReceipt } from '../objections/import.ts';
import type { ObjectionKind } from '../objections/kinds.ts';

/** What the HTTP side asks of the black box, through the gate. */
export const blackBoxDoors: BlackBoxDoors = {
  deliver: (app, { flowId, batchId, bytes, actor }) =>
    deliver(app, { flowId, actor, content: bytes, ...(batchId === undefined ? {} : { batchId }) }),
  ping: async (app) => (await app.blackBox()).ping(),
};

/** A list of objections from a file, or from standard input (`-`), as `haven objections import` sends it. */
export async function sendObjections(app: App, file: string, kind: ObjectionKind | undefined): Promise<ImportReceipt> {
  const box = await app.blackBox();
  const bytes = file === '-' ? process.stdin : createReadStream(file);
  return (await box.call('/objections', { actor: commandLineActor(), ...(kind === undefined ? {} : { kind }) }, bytes)) as ImportReceipt;
}
