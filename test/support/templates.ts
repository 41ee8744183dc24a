import { connectAdministrator } from '../../src/database/connect.ts';
import { migrate } from '../../src/database/migrate.ts';
import { ensureRoles } from '../../src/database/roles.ts';
import { type DatabaseServers, withDatabase, withoutCredentials } from '../../src/database/servers.ts';

export const templateNames = { haven: 'haven_template', vault: 'haven_vault_template' } as const;

export const serversOf = (adminUrl: string, secrets: string, names: { haven: string; vault: string }): DatabaseServers => ({
  haven: withDatabase(withoutCredentials(adminUrl), names.haven),
  vault: withDatabase(withoutCredentials(adminUrl), names.vault),
  secrets,
});

/** Migrates a pair of databases once, so that every test file starts from a copy instead of from nothing. */
export async function prepareTemplates(adminUrl: string, secrets: string): Promise<void> {
  const servers = serversOf(adminUrl, secrets, templateNames);
  await ensureRoles(adminUrl, servers);
  await migrate(servers);
  const admin = connectAdministrator(adminUrl, 'postgres');
  try {
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)`, [Object.values(templateNames)]);
  } finally {
    await admin.end();
  }
}
