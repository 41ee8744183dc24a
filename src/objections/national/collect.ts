import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { recordAudit } from '../../audit/record.ts';
import { transaction } from '../../database/query.ts';
import type { ExchangeDeps } from './deps.ts';
import type { Incoming, Mailbox } from './mesh/mailbox.ts';
import { localIdOf } from './request-name.ts';

/** MESH wants a handshake every 24 hours; an hour early, so that a job that runs daily is never late. */
const handshakeEvery = 23 * 60 * 60 * 1000;

/** Lists of a mailbox that is worked off cannot go on for ever; this is 50,000 messages. */
const mostLists = 100;

export interface Collected {
  readonly downloaded: number;
  /** Listed and no longer there: expired after five days, or taken by somebody else. */
  readonly gone: number;
}

/**
 * Takes what waits in the mailbox. Each message goes to a file whole, then on record, then it is acknowledged: at once after
 * the download, as MESH wants, and never before its bytes are safe. A crash in between downloads it once more and no less.
 */
export async function collectReplies(deps: ExchangeDeps & { readonly mailbox: Mailbox }): Promise<Collected> {
  const { mailbox, settings } = deps;
  const { mesh } = settings;
  if (mesh === undefined) return { downloaded: 0, gone: 0 };
  await greet(deps);
  let downloaded = 0;
  let gone = 0;
  for (const workflow of new Set([mesh.workflow, mesh.replyWorkflow ?? mesh.workflow])) {
    const seen = new Set<string>();
    for (let lists = 0; lists < mostLists; lists++) {
      const fresh = (await mailbox.list(workflow)).filter((id) => !seen.has(id));
      if (fresh.length === 0) break;
      for (const id of fresh) {
        seen.add(id);
        if (await collect(deps, id)) downloaded += 1;
        else gone += 1;
      }
    }
  }
  return { downloaded, gone };
}

async function greet({ national, mailbox, clock }: ExchangeDeps & { readonly mailbox: Mailbox }): Promise<void> {
  const now = clock.now();
  const { rows } = await national.query<{ at: Date }>('select handshake_at as at from ndop.mailbox where mailbox = $1', [mailbox.mailbox]);
  const [last] = rows;
  if (last !== undefined && now.getTime() - last.at.getTime() < handshakeEvery) return;
  await mailbox.handshake();
  await national.query(
    'insert into ndop.mailbox (mailbox, handshake_at) values ($1, $2) on conflict (mailbox) do update set handshake_at = excluded.handshake_at',
    [mailbox.mailbox, now],
  );
}

async function collect(deps: ExchangeDeps & { readonly mailbox: Mailbox }, messageId: string): Promise<boolean> {
  const { national, mailbox, clock, actor, spool } = deps;
  const { rows } = await national.query<{ there: boolean }>('select true as there from ndop.message where message_id = $1', [messageId]);
  if (rows.length === 0) {
    const incoming = await mailbox.download(messageId);
    if (incoming === undefined) return false;
    const path = join(spool, `${messageId}.reply`);
    const bytes = await writeWhole(path, incoming);
    const localId = localIdOf(incoming.localId ?? '') ?? (await linkedRequest(deps, incoming));
    await transaction(national, async (tx) => {
      await tx.query(
        `insert into ndop.message (message_id, mailbox, workflow_id, message_type, local_id, subject_success, bytes, path, downloaded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (message_id) do nothing`,
        [
          messageId,
          mailbox.mailbox,
          incoming.workflowId ?? null,
          incoming.messageType,
          localId ?? null,
          incoming.subject?.toUpperCase() === 'SUCCESS',
          bytes,
          path,
          clock.now(),
        ],
      );
      const detail = { mailbox: mailbox.mailbox, messageType: incoming.messageType === 'REPORT' ? 'REPORT' : 'DATA', bytes };
      await recordAudit(tx, { type: 'ndop.downloaded', actor, subject: messageId, detail }, clock);
    });
  }
  await mailbox.acknowledge(messageId);
  await national.query('update ndop.message set acknowledged_at = $2 where message_id = $1 and acknowledged_at is null', [
    messageId,
    clock.now(),
  ]);
  return true;
}

/** A REPORT may name only the message it is about. */
async function linkedRequest({ national }: ExchangeDeps, { linkedMessageId }: Incoming): Promise<string | undefined> {
  if (linkedMessageId === undefined) return undefined;
  const { rows } = await national.query<{ localId: string }>('select local_id as "localId" from ndop.request where message_id = $1', [
    linkedMessageId,
  ]);
  return rows[0]?.localId;
}

async function writeWhole(path: string, { bytes }: Incoming): Promise<number> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const handle = await open(`${path}.part`, 'w', 0o600);
  let size = 0;
  try {
    for await (const part of bytes) {
      await handle.writeFile(part);
      size += part.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.part`, path);
  return size;
}
