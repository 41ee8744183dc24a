import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { transaction } from '../../database/query.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import type { ExchangeDeps } from './deps.ts';
import type { Mailbox } from './mesh/mailbox.ts';
import { moveRequest } from './move.ts';
import { requestFileName } from './request-name.ts';
import { lockRequest, type RequestRow } from './request-row.ts';

/**
 * Sends one prepared file. Before the network is used it is on record that it will be, so that whoever resumes after a crash
 * asks MESH first whether the file arrived: the same file is never sent twice (the service takes a second one for an error).
 */
export async function sendRequest(deps: ExchangeDeps & { readonly mailbox: Mailbox }, request: RequestRow): Promise<void> {
  const { national, clock, mailbox, settings, actor } = deps;
  const { mesh } = settings;
  if (mesh === undefined || request.state !== 'prepared') return;
  const { localId } = request;
  const arrived = request.sending ? await mailbox.findSent(localId) : undefined;
  if (arrived === 'several') return stop(deps, localId, 'held', 'NDOP_SENT_TWICE');
  await national.query('update ndop.request set sending_at = $2 where local_id = $1', [localId, clock.now()]);
  const messageId = arrived?.messageId ?? (await sendFile(deps, request, mesh.recipient, mesh.workflow));
  if (messageId === undefined) return stop(deps, localId, 'failed', 'NDOP_FILE_CHANGED');
  await transaction(national, async (tx) => {
    const now = await lockRequest(tx, localId);
    const detail = { message: messageId, recipient: mesh.recipient, workflow: mesh.workflow };
    await moveRequest(tx, now, { to: 'sent', actor, detail, set: { message_id: messageId, sent_at: clock.now() } }, clock);
  });
}

async function stop({ national, clock, actor }: ExchangeDeps, localId: string, to: 'held' | 'failed', reason: string): Promise<void> {
  await transaction(national, async (tx) => {
    await moveRequest(tx, await lockRequest(tx, localId), { to, reason, actor }, clock);
  });
}

/** Undefined when the file is not the one that was written: it is not sent. */
async function sendFile(
  { mailbox }: { readonly mailbox: Mailbox },
  request: RequestRow,
  to: string,
  workflowId: string,
): Promise<string | undefined> {
  const handle = await open(request.path, 'r').catch(() => {
    throw new GatewayError('NDOP_FILE_MISSING', 'The request file is not where it was written. Put it back, or make a new request.', {
      status: 409,
      exit: exitCode.inputRefused,
    });
  });
  try {
    if ((await digest(handle)) !== request.sha256) return undefined;
    const { size } = await handle.stat();
    const read = async (start: number, end: number): Promise<Buffer> => {
      const part = Buffer.alloc(end - start);
      const { bytesRead } = await handle.read(part, 0, part.length, start);
      return part.subarray(0, bytesRead);
    };
    const { localId } = request;
    return await mailbox.send({ to, workflowId, localId, subject: localId, fileName: requestFileName(localId), bytes: size, read });
  } finally {
    await handle.close();
  }
}

async function digest(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of handle.createReadStream({ start: 0, autoClose: false })) hash.update(part as Buffer);
  return hash.digest('hex');
}
