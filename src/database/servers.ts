/** Login roles of the cluster, and nothing more: each process knows one or two of them (design: zones). */
export const roleNames = [
  'haven_owner',
  'haven_gateway',
  'haven_blackbox',
  'haven_ndop',
  'haven_analyst',
  'haven_auditor',
  'haven_jobs',
  'haven_sealer',
  'haven_reidentifier',
  'haven_destroyer',
  'haven_eraser',
] as const;
export type RoleName = (typeof roleNames)[number];

export const databaseKinds = ['haven', 'vault'] as const;
export type DatabaseKind = (typeof databaseKinds)[number];

/**
 * Where the two databases are. The URLs hold no user and no password, so this can be logged, printed and handed to
 * another process; the password of a role is in the file `<secrets>/<role>`, which a container mounts one by one.
 */
export interface DatabaseServers {
  readonly haven: string;
  readonly vault: string;
  readonly secrets: string;
}

/** The database a role works in. The owner has both, and says which. */
export const homeOfRole: Readonly<Record<Exclude<RoleName, 'haven_owner'>, DatabaseKind>> = {
  haven_gateway: 'haven',
  haven_blackbox: 'haven',
  haven_ndop: 'haven',
  haven_analyst: 'haven',
  haven_auditor: 'haven',
  haven_jobs: 'haven',
  haven_sealer: 'vault',
  haven_reidentifier: 'vault',
  haven_destroyer: 'haven',
  haven_eraser: 'vault',
};

/** Name of the database in a URL. */
export const databaseName = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

/** The same server, other database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(name)}`;
  return changed.href;
}

export function withCredentials(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(user);
  changed.password = encodeURIComponent(password);
  return changed.href;
}

export function withoutCredentials(url: string): string {
  const changed = new URL(url);
  changed.username = '';
  changed.password = '';
  return changed.href;
}
