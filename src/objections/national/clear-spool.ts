import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExchangeDeps } from './deps.ts';

/**
 * Numbers in clear rest on a disk no longer than they are needed: files of requests that are over go, with their replies. It
 * looks at what is there and not at what was just done, so that a crash leaves nothing behind for ever. Messages that belong to
 * no request stay for a person to look at.
 * @param options.parts also what was half written: only for who works with the mailbox alone
 */
export async function clearSpool({ national, spool }: ExchangeDeps, options: { readonly parts?: boolean } = {}): Promise<void> {
  const names = await readdir(spool).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0) return;
  const { rows } = await national.query<{ path: string }>(
    `select f.path from unnest($1::text[]) as f (path)
     where exists (select 1 from ndop.request r where r.path = f.path and r.state in ('applied', 'failed'))
       or exists (
         select 1 from ndop.message m join ndop.request r on r.local_id = m.local_id
         where m.path = f.path and m.read_at is not null and r.state in ('applied', 'failed')
       )`,
    [names.map((name) => join(spool, name))],
  );
  const halves = options.parts === true ? names.filter((name) => name.endsWith('.part')).map((name) => join(spool, name)) : [];
  for (const path of [...rows.map((row) => row.path), ...halves]) await rm(path, { force: true });
}
