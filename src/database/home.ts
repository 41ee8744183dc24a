import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where one installation keeps what is its own (interfaces: HAVEN_HOME). */
export interface HavenHome {
  readonly root: string;
  /** Embedded PostgreSQL, owned by the account it runs as. */
  readonly database: string;
  readonly keys: string;
  /** Passwords of the database roles, one file each. */
  readonly secrets: string;
  readonly out: string;
  /** Who is using the embedded server now. */
  readonly run: string;
}

/**
 * Makes the folders of a home. The home itself can be passed through but not listed by others, because as root
 * PostgreSQL runs under another account and must reach database/; keys and passwords are for the owner alone.
 */
export function openHome(config: { readonly home: string; readonly secrets?: string }): HavenHome {
  const root = config.home;
  const home: HavenHome = {
    root,
    database: join(root, 'database'),
    keys: join(root, 'keys'),
    secrets: config.secrets ?? join(root, 'secrets'),
    out: join(root, 'out'),
    run: join(root, 'run'),
  };
  mkdirSync(root, { recursive: true, mode: 0o711 });
  for (const directory of [home.keys, home.secrets, home.run]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  mkdirSync(home.out, { recursive: true, mode: 0o755 });
  return home;
}
