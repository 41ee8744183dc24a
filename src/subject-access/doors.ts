import { join } from 'node:path';
import type { App } from '../app.ts';
import { createPayloadSealer } from '../audit/sealed.ts';
import { withoutCredentials } from '../database/servers.ts';
import { connectReidentifier, type ReidentifierConnection, spawnReidentifier } from '../reidentification/connection.ts';
import { packageRoot } from '../shared/package-root.ts';
import type { KnownSubject, SubjectAccessParts } from './request.ts';

type ComposedApp = Pick<App, 'gateway' | 'clock' | 'blackBox' | 'config' | 'servers' | 'home'>;

/** The re-identifier of this installation: in its own container, or a child for as long as one answer takes. */
async function openReidentifier({ config, servers }: ComposedApp): Promise<ReidentifierConnection> {
  if (config.reidentifierUrl !== undefined) return connectReidentifier(config.reidentifierUrl, join(config.secrets, 'reidentifier-token'));
  return spawnReidentifier({
    program: join(packageRoot(), 'dist', 'src', 'main.js'),
    environment: {
      HAVEN_HOME: config.home,
      HAVEN_SECRETS: servers.secrets,
      HAVEN_KEYS: config.keys,
      HAVEN_DATABASE_URL: withoutCredentials(servers.haven),
      HAVEN_VAULT_URL: withoutCredentials(servers.vault),
    },
  });
}

/** What answerSubjectAccess needs, from the composed application. */
export function subjectAccessOf(app: ComposedApp): SubjectAccessParts {
  return {
    gateway: app.gateway,
    clock: app.clock,
    sealer: createPayloadSealer(app.home.keys),
    findSubject: async (bytes) => (await (await app.blackBox()).call('/subject', {}, bytes)) as KnownSubject,
    openIdentity: async ({ landingPseudonyms, ...decision }) => {
      const reidentifier = await openReidentifier(app);
      try {
        const { identities } = await reidentifier.open({
          ...decision,
          purpose: 'subject-access',
          role: 'ig-lead',
          landingPseudonyms: [...landingPseudonyms],
        });
        return identities;
      } finally {
        await reidentifier.close();
      }
    },
  };
}
