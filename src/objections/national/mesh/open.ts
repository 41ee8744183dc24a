import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../shared/clock.ts';
import { readPrivateFile } from '../../../shared/private-file.ts';
import type { MeshSettings } from '../settings.ts';
import { openMeshMailbox } from './client.ts';
import type { Mailbox } from './mailbox.ts';

/** Files of the secrets folder, each with mode 0600; `mesh-ca.pem` only where MESH is known by an authority of its own. */
const files = {
  password: 'mesh-password',
  sharedKey: 'mesh-shared-key',
  certificate: 'mesh-certificate.pem',
  key: 'mesh-key.pem',
} as const;
const authorities = 'mesh-ca.pem';

/** Opens the mailbox with the secrets of a folder. Over plain http (a sandbox on this machine) there is no certificate. */
export async function openConfiguredMailbox(
  settings: MeshSettings,
  mailbox: string,
  secrets: string,
  parts: { readonly version: string; readonly clock: Clock },
): Promise<Mailbox & { close(): void }> {
  const read = async (name: string): Promise<string> => readPrivateFile(join(secrets, name));
  const secure = new URL(settings.url).protocol === 'https:';
  const hasAuthorities = await stat(join(secrets, authorities)).then(
    () => true,
    () => false,
  );
  const tls = secure
    ? {
        certificate: await read(files.certificate),
        key: await read(files.key),
        ...(hasAuthorities ? { authorities: await read(authorities) } : {}),
      }
    : undefined;
  return openMeshMailbox({
    url: settings.url,
    mailbox,
    secrets: { password: (await read(files.password)).trim(), sharedKey: (await read(files.sharedKey)).trim() },
    chunkBytes: settings.chunkBytes,
    timeoutSeconds: settings.timeoutSeconds,
    ...parts,
    ...(tls === undefined ? {} : { tls }),
  });
}
