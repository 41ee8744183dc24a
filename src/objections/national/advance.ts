import { createReadStream } from 'node:fs';
import { GatewayError } from '../../shared/errors.ts';
import { clearSpool } from './clear-spool.ts';
import { type Collected, collectReplies } from './collect.ts';
import type { ExchangeDeps } from './deps.ts';
import type { Mailbox } from './mesh/mailbox.ts';
import { openExchanges, requestsOf } from './request-row.ts';
import { sendRequest } from './send.ts';
import type { RequestState } from './states.ts';
import type { ReplyOutcome } from './take-reply.ts';

export interface ExchangeProgress {
  readonly exchangeId: string;
  readonly requests: readonly { readonly localId: string; readonly state: RequestState; readonly reason: string | null }[];
}

/**
 * Takes one exchange as far as it can go now, and says where it stands. Every step is one transaction with its audit leaf and
 * does nothing when it was done before, so this can be called at any time, after any crash, by a job or by a person.
 */
export async function advanceExchange(deps: ExchangeDeps, exchangeId: string): Promise<ExchangeProgress> {
  if ((await requestsOf(deps.national, exchangeId)).some(({ state }) => state === 'decided')) await deps.writeLists(exchangeId);
  const { mailbox } = deps;
  if (mailbox !== undefined) {
    for (const request of await requestsOf(deps.national, exchangeId)) await sendRequest({ ...deps, mailbox }, request);
  }
  for (const request of await requestsOf(deps.national, exchangeId)) await readReplies(deps, request.localId);
  for (const request of await requestsOf(deps.national, exchangeId)) {
    if (request.state === 'answered') await deps.applyAnswer(request.localId);
  }
  const requests = await requestsOf(deps.national, exchangeId);
  await clearSpool(deps);
  return { exchangeId, requests: requests.map(({ localId, state, reason }) => ({ localId, state, reason })) };
}

/**
 * A whole turn for one mailbox: collects what came, then takes every exchange that is not over as far as it goes. Only one
 * process works with a mailbox at a time (MESH assurance); another is told so and may come again.
 * @throws GatewayError MAILBOX_BUSY
 */
export async function runExchanges(
  deps: ExchangeDeps,
): Promise<{ readonly collected: Collected; readonly exchanges: readonly ExchangeProgress[] }> {
  return alone(deps, async () => {
    const { mailbox } = deps;
    const collected = mailbox === undefined ? { downloaded: 0, gone: 0 } : await collectReplies({ ...deps, mailbox });
    const exchanges: ExchangeProgress[] = [];
    for (const id of await openExchanges(deps.national)) exchanges.push(await advanceExchange(deps, id));
    await readStrays(deps);
    await clearSpool(deps, { parts: true });
    return { collected, exchanges };
  });
}

/** Work with a mailbox while no other process does. */
export async function alone<T>({ national, settings }: ExchangeDeps, work: () => Promise<T>): Promise<T> {
  const client = await national.connect();
  const lock = `hashtextextended('ndop:' || $1, 0)`;
  try {
    const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${lock}) as mine`, [settings.mailbox]);
    if (rows[0]?.mine !== true) {
      throw new GatewayError('MAILBOX_BUSY', 'Another process is working with this mailbox. Try again when it is done.', { status: 409 });
    }
    try {
      return await work();
    } finally {
      await client.query(`select pg_advisory_unlock(${lock})`, [settings.mailbox]);
    }
  } finally {
    client.release();
  }
}

interface MessageRow {
  readonly messageId: string;
  readonly messageType: string;
  readonly localId: string | null;
  readonly path: string;
}

const unread = `select message_id as "messageId", message_type as "messageType", local_id as "localId", path from ndop.message where read_at is null`;

async function readReplies(deps: ExchangeDeps, localId: string): Promise<void> {
  const { rows } = await deps.national.query<MessageRow>(`${unread} and local_id = $1 order by message_no`, [localId]);
  for (const message of rows) {
    const outcome: ReplyOutcome = await deps.takeReply({
      localId,
      messageType: message.messageType,
      responseId: message.messageId,
      actor: deps.actor,
      bytes: createReadStream(message.path),
    });
    await markRead(deps, message.messageId, outcome.class);
  }
}

/** Messages that belong to no request of ours: read as unknown, and left where they are for a person. */
async function readStrays(deps: ExchangeDeps): Promise<void> {
  const { rows } = await deps.national.query<MessageRow>(
    `${unread} and (local_id is null or not exists (select 1 from ndop.request r where r.local_id = ndop.message.local_id))`,
  );
  for (const { messageId } of rows) await markRead(deps, messageId, 'unknown');
}

const markRead = ({ national, clock }: ExchangeDeps, messageId: string, found: string): Promise<unknown> =>
  national.query('update ndop.message set class = $2, read_at = $3 where message_id = $1', [messageId, found, clock.now()]);

/** For a job: the mailbox is there, or files are carried by hand and nothing is to be done. */
export const hasMailbox = (deps: ExchangeDeps): deps is ExchangeDeps & { readonly mailbox: Mailbox } => deps.mailbox !== undefined;
