import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { transaction } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';
import { moveRequest } from './move.ts';
import { classifyReply, headBytes, type ReplyClass, type ReplyRow } from './reply-classes.ts';
import { lockRequest } from './request-row.ts';
import type { RequestState } from './states.ts';
import { type AnswerOutcome, storeAnswer } from './store-answer.ts';

export interface IncomingReply {
  readonly localId: string;
  /** `Mex-MessageType`; undefined for a file carried by hand. */
  readonly messageType?: string;
  /** MESH message id. */
  readonly responseId?: string;
  readonly bytes: AsyncIterable<Buffer>;
  readonly actor: string;
  /** The person who accepts a reply that would be held as empty or implausible. */
  readonly acceptedBy?: string;
}

export interface ReplyOutcome {
  readonly localId: string;
  readonly class: ReplyClass;
  readonly state: RequestState;
  readonly reason?: string;
  readonly asked?: number;
  readonly returned?: number;
  readonly optedOut?: number;
}

/** A line of a list that is not ten digits: the list is cut short, or no list. */
export class MalformedReply extends Error {}

export interface ReplyTools {
  /** haven as haven_ndop. */
  readonly national: Pool;
  readonly holdAboveShare: number;
  readonly clock: Clock;
  /** The black box's part: bytes of a list in, landing pseudonyms out, a line each. @throws MalformedReply */
  readonly toPseudonyms: (bytes: AsyncIterable<Buffer>) => AsyncIterable<string>;
}

/**
 * Takes one reply: first what it is (RULE-NDOP-1), then what follows. Taken twice it changes nothing the second time, so
 * whoever resumes an exchange simply takes everything again that it is not sure of.
 */
export async function takeReply(tools: ReplyTools, reply: IncomingReply): Promise<ReplyOutcome> {
  const hash = createHash('sha256');
  const { head, whole, bytes } = await peek(reply.bytes, (chunk) => hash.update(chunk));
  const row = classifyReply({
    head,
    bytes: whole ? head.length : head.length + 1,
    ...(reply.messageType === undefined ? {} : { messageType: reply.messageType }),
  });
  const accepted = row.class === 'empty' && reply.acceptedBy !== undefined;
  if (row.action !== 'answer' && !accepted) return { localId: reply.localId, class: row.class, ...(await follow(tools, reply, row)) };
  let digest: string | undefined;
  const sha256 = (): string => {
    digest ??= hash.digest('hex');
    return digest;
  };
  const { responseId, acceptedBy, localId, actor } = reply;
  try {
    const outcome: AnswerOutcome = await storeAnswer(
      tools.national,
      {
        localId,
        lines: tools.toPseudonyms(bytes),
        sha256,
        actor,
        ...(responseId === undefined ? {} : { responseId }),
        ...(acceptedBy === undefined ? {} : { acceptedBy }),
      },
      tools,
    );
    return { localId, class: row.class, ...outcome };
  } catch (error) {
    if (!(error instanceof MalformedReply)) throw error;
    return { localId, class: 'unknown', ...(await follow(tools, reply, { action: 'hold', reason: 'NDOP_REPLY_MALFORMED' })) };
  }
}

type Follow = Pick<ReplyRow, 'action' | 'reason'>;

async function follow(
  { national, clock }: ReplyTools,
  { localId, responseId, actor }: IncomingReply,
  { action, reason }: Follow,
): Promise<Pick<ReplyOutcome, 'state' | 'reason'>> {
  return transaction(national, async (tx) => {
    const request = await lockRequest(tx, localId);
    const detail = responseId === undefined ? {} : { response: responseId };
    if (action === 'receipt') {
      await moveRequest(tx, request, { to: 'receipted', actor, detail, set: { receipted_at: clock.now() } }, clock);
    } else {
      const to = action === 'void' ? 'failed' : 'held';
      await moveRequest(tx, request, { to, actor, detail, reason: reason ?? 'NDOP_REPLY_UNKNOWN' }, clock);
    }
    const { state, reason: because } = await lockRequest(tx, localId);
    return { state, ...(because === null ? {} : { reason: because }) };
  });
}

/** The first bytes as text, and the same bytes again with all that follow. */
async function peek(
  source: AsyncIterable<Buffer>,
  see: (chunk: Buffer) => void,
): Promise<{ readonly head: string; readonly whole: boolean; readonly bytes: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let size = 0;
  let whole = false;
  while (size <= headBytes && !whole) {
    const { value, done } = await iterator.next();
    if (done === true) whole = true;
    else {
      see(value);
      first.push(value);
      size += value.length;
    }
  }
  async function* bytes(): AsyncGenerator<Buffer> {
    yield* first;
    for (;;) {
      const { value, done } = whole ? { value: undefined, done: true } : await iterator.next();
      if (done === true || value === undefined) return;
      see(value);
      yield value;
    }
  }
  return { head: Buffer.concat(first).toString('latin1', 0, headBytes), whole: whole && size <= headBytes, bytes: bytes() };
}
