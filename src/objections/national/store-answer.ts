import { pipeline } from 'node:stream/promises';
import type { Pool } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type Transaction, transaction } from '../../database/query.ts';
import { type Clock, localDate } from '../../shared/clock.ts';
import { type AnswerCounts, judgeAnswer } from './judge-answer.ts';
import { moveRequest } from './move.ts';
import { keepObjections } from './objections.ts';
import { lockRequest, type RequestRow } from './request-row.ts';
import type { RequestState } from './states.ts';

/** A cleaned list on its way in: lines of landing pseudonyms, read once. */
export interface Answer {
  readonly localId: string;
  /** Id of the reply (RULE-OPT-6): MESH message id; a file carried by hand has only its digest. */
  readonly responseId?: string;
  /** Chunks of text, one pseudonym a line; a number nobody can have is the line `foreign`, so that it is never in the request. */
  readonly lines: AsyncIterable<string>;
  /** Digest of the bytes of the reply, known once `lines` has ended. */
  readonly sha256: () => string;
  readonly actor: string;
  /** The person who looked at an empty or implausible reply and accepts it. */
  readonly acceptedBy?: string;
}

export interface AnswerOutcome {
  readonly state: RequestState;
  readonly reason?: string;
  readonly asked: number;
  readonly returned: number;
  readonly optedOut: number;
}

/** What a pseudonym can never be: stands for a number that is not usable, which no request can hold. */
export const foreignLine = 'foreign';

/**
 * Compares a cleaned list with its request and keeps the answer: who was asked about and is not in the list has opted out.
 * All or nothing, in one transaction with the objections that follow and the audit leaf. A reply with any number that was
 * not asked about is not this request's reply, or not a list at all: nothing of it is kept (RULE-NDOP-2). An empty one is
 * held (RULE-NDOP-3), and so is one that says more people opted out than `holdAboveShare`: most likely it is cut short.
 * @param national as haven_ndop
 */
export async function storeAnswer(
  national: Pool,
  answer: Answer,
  options: { readonly holdAboveShare: number; readonly clock: Clock },
): Promise<AnswerOutcome> {
  const compared = await transaction(national, async (tx) => {
    const request = await lockRequest(tx, answer.localId);
    await stage(tx, request, answer.lines);
    const counts = await compare(tx, request);
    const problem = judgeAnswer({
      state: request.state,
      counts,
      repeated: request.responseSha256 === answer.sha256(),
      accepted: answer.acceptedBy !== undefined,
      holdAboveShare: options.holdAboveShare,
    });
    if (problem === undefined) await keep(tx, request, counts, answer, options.clock);
    await tx.query('delete from ndop.returned where request_no = $1', [request.requestNo]);
    return { request, counts, problem };
  });
  const { request, counts, problem } = compared;
  if (problem === undefined) return { state: 'answered', ...counts };
  if (problem === 'again') return { state: request.state, ...counts };
  const held = await transaction(national, async (tx) => {
    const now = await lockRequest(tx, answer.localId);
    const { asked, returned, foreign } = counts;
    const detail = { asked, returned, foreign, response: answer.responseId ?? answer.sha256() };
    await moveRequest(tx, now, { to: 'held', reason: problem, actor: answer.actor, detail }, options.clock);
    return (await lockRequest(tx, answer.localId)).state;
  });
  return { state: held, reason: problem, ...counts };
}

async function stage(tx: Transaction, { requestNo }: RequestRow, lines: AsyncIterable<string>): Promise<void> {
  const copy = tx.query(copyFrom('copy ndop.returned (request_no, landing_pseudonym) from stdin'));
  async function* rows() {
    for await (const chunk of lines) if (chunk !== '') yield `${requestNo}\t${chunk.trimEnd().replaceAll('\n', `\n${requestNo}\t`)}\n`;
  }
  await pipeline(rows, copy);
}

async function compare(tx: Transaction, { requestNo }: RequestRow): Promise<AnswerCounts> {
  const { rows } = await tx.query<AnswerCounts>(
    `with back as (select distinct landing_pseudonym from ndop.returned where request_no = $1)
     select count(a.landing_pseudonym) as asked,
       count(a.landing_pseudonym) filter (where b.landing_pseudonym is not null) as returned,
       count(a.landing_pseudonym) filter (where b.landing_pseudonym is null) as "optedOut",
       count(b.landing_pseudonym) filter (where a.landing_pseudonym is null) as foreign
     from (select landing_pseudonym from ndop.asked where request_no = $1) a
     full join back b on b.landing_pseudonym = a.landing_pseudonym`,
    [requestNo],
  );
  return rows[0] ?? { asked: 0, returned: 0, optedOut: 0, foreign: 0 };
}

async function keep(tx: Transaction, request: RequestRow, counts: AnswerCounts, answer: Answer, clock: Clock): Promise<void> {
  const now = clock.now();
  await tx.query(
    `insert into ndop.opted_out (request_no, landing_pseudonym)
     select a.request_no, a.landing_pseudonym from ndop.asked a
     where a.request_no = $1
       and not exists (select 1 from ndop.returned b where b.request_no = a.request_no and b.landing_pseudonym = a.landing_pseudonym)`,
    [request.requestNo],
  );
  const objections = await keepObjections(tx, request, localDate(now), now);
  const { asked, returned, optedOut } = counts;
  const accepted = answer.acceptedBy === undefined ? {} : { acceptedBy: answer.acceptedBy };
  await moveRequest(
    tx,
    request,
    {
      to: 'answered',
      actor: answer.actor,
      detail: { asked, returned, optedOut, ...objections, response: answer.responseId ?? answer.sha256(), ...accepted },
      set: {
        asked,
        returned,
        opted_out: optedOut,
        response_id: answer.responseId ?? null,
        response_sha256: answer.sha256(),
        answered_at: now,
        accepted_by: answer.acceptedBy ?? null,
      },
    },
    clock,
  );
}
