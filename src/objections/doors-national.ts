import { join } from 'node:path';
import type { App } from '../app.ts';
import { connect } from '../database/connect.ts';
import { spawnOptOutLists } from '../reidentification/spawn-opt-out-lists.ts';
import { packageRoot } from '../shared/package-root.ts';
import { version } from '../shared/version.ts';
import type { ExchangeDeps } from './national/deps.ts';
import { openConfiguredMailbox } from './national/mesh/open.ts';
import { loadNationalSettings } from './national/settings.ts';
import type { ReplyOutcome } from './national/take-reply.ts';

/** Folder for files with numbers between two steps of an exchange; within run/, which only this user enters. */
export const spoolOf = (app: App): string => join(app.home.run, 'ndop');

/**
 * What the national exchange needs, of the composed application; a job calls runExchanges with it. The mailbox is opened only
 * `overMesh`, so that files by hand need no secrets of MESH.
 */
export async function exchangeOf(app: App, actor: string, overMesh: boolean): Promise<ExchangeDeps & { close(): Promise<void> }> {
  const settings = await loadNationalSettings(join(app.config.configDirectory, 'objections'));
  const national = connect(app.servers, 'haven_ndop', { max: 3 });
  const { clock, config, servers } = app;
  const mailbox =
    overMesh && settings.mesh !== undefined
      ? await openConfiguredMailbox(settings.mesh, settings.mailbox, config.secrets, { version: version(), clock })
      : undefined;
  const environment = {
    HAVEN_HOME: config.home,
    HAVEN_CONFIG: config.configDirectory,
    HAVEN_SECRETS: servers.secrets,
    HAVEN_KEYS: config.keys,
    HAVEN_ENVIRONMENT: config.environment,
    HAVEN_DATABASE_URL: servers.haven,
    HAVEN_VAULT_URL: servers.vault,
  };
  return {
    national,
    clock,
    settings,
    actor,
    spool: spoolOf(app),
    writeLists: (exchangeId) =>
      spawnOptOutLists({ program: join(packageRoot(), 'dist', 'src', 'main.js'), environment, exchangeId, actor }),
    takeReply: async ({ bytes, ...reply }) => (await (await app.blackBox()).call('/opt-out-replies', { ...reply }, bytes)) as ReplyOutcome,
    applyAnswer: async (localId) => (await app.blackBox()).call('/opt-out-answers', { localId, actor }),
    ...(mailbox === undefined ? {} : { mailbox }),
    close: async () => {
      mailbox?.close();
      await national.end();
    },
  };
}
