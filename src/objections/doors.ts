import { join } from 'node:path';
import type { Actor } from '../access/decide.ts';
import type { App } from '../app.ts';
import { createPayloadSealer } from '../audit/sealed.ts';
import { createRegisterReader } from '../register/reader.ts';
import { loadDecisionTable } from './decision-table.ts';
import type { ExplainParts, KnownObjector } from './explain-person.ts';
import type { ImportReceipt } from './import.ts';

type ComposedApp = Pick<App, 'gateway' | 'clock' | 'blackBox' | 'config' | 'home'>;

/** What explainPerson needs, from the composed application. */
export async function explainOf(app: ComposedApp): Promise<ExplainParts> {
  const { gateway, clock } = app;
  return {
    gateway,
    clock,
    register: createRegisterReader(gateway, { pool: gateway, clock }),
    table: await loadDecisionTable(join(app.config.configDirectory, 'objections')),
    sealer: createPayloadSealer(app.home.keys),
    findSubject: async (bytes) => (await (await app.blackBox()).call('/subject', {}, bytes)) as KnownObjector,
  };
}

/** One objection, by the IG lead who was let in; the bytes are opaque here. */
export const recordObjectionOf =
  (app: ComposedApp) =>
  async ({ person, place }: Pick<Actor, 'person' | 'place'>, bytes: AsyncIterable<Buffer>): Promise<ImportReceipt> =>
    (await (await app.blackBox()).call('/objection', { actor: person, place }, bytes)) as ImportReceipt;
