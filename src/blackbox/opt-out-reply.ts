import { transaction } from '../database/query.ts';
import { applyObjections } from '../objections/apply.ts';
import { moveRequest } from '../objections/national/move.ts';
import { lockRequest } from '../objections/national/request-row.ts';
import { foreignLine } from '../objections/national/store-answer.ts';
import { type IncomingReply, MalformedReply, type ReplyOutcome, takeReply } from '../objections/national/take-reply.ts';
import type { Removed } from '../objections/remove.ts';
import { flowTerms } from '../register/flow-terms.ts';
import { GatewayError } from '../shared/errors.ts';
import type { BlackBox } from './box.ts';
import { deriveKey } from './keys.ts';
import { classifyNhsNumber, type NhsNumber } from './nhs-number.ts';
import { landingPseudonymiser } from './pseudonymise.ts';

/** A line is ten digits, a comma and a carriage return; anything longer is no list, and is not collected. */
const longestLine = 12;

/**
 * Bytes of a cleaned list as landing pseudonyms, a line each. LF and CRLF, a comma or none, and a missing last line end are
 * accepted (the published sources differ); empty lines are passed over.
 * @throws MalformedReply at the first line that is not ten digits
 */
export async function* readReplyLines(bytes: AsyncIterable<Buffer>, pseudonymOf: (number: string) => string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of bytes) {
    const text = rest + chunk.toString('latin1');
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    if (rest.length > longestLine) throw new MalformedReply();
    const out = pseudonymsOf(text.slice(0, end), pseudonymOf);
    if (out !== '') yield out;
  }
  const out = pseudonymsOf(rest, pseudonymOf);
  if (out !== '') yield out;
}

function pseudonymsOf(text: string, pseudonymOf: (number: string) => string): string {
  let out = '';
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\n', at);
    const end = next === -1 ? text.length : next;
    const line = text.slice(at, text.charCodeAt(end - 1) === 13 ? end - 1 : end);
    at = end + 1;
    if (line === '') continue;
    if (!/^\d{10},?$/.test(line)) throw new MalformedReply();
    out += `${pseudonymOf(line.slice(0, 10))}\n`;
  }
  return out;
}

/** Takes one reply of the national check (docs/adr/0009): the only place where its numbers and our key meet. */
export async function takeOptOutReply(box: BlackBox, reply: IncomingReply): Promise<ReplyOutcome> {
  const pseudonymise = landingPseudonymiser(deriveKey(box.rootKey, 'landing', box.landingEpoch));
  return takeReply(
    {
      national: box.national,
      holdAboveShare: box.holdAboveShare,
      clock: box.clock,
      toPseudonyms: (bytes) =>
        readReplyLines(bytes, (number) =>
          classifyNhsNumber(number, box.numbers) === 'usable' ? pseudonymise(number as NhsNumber) : foreignLine,
        ),
    },
    reply,
  );
}

export interface AppliedAnswer {
  readonly localId: string;
  readonly removed: Removed;
}

/**
 * Removes what the new objections of an answer cover, behind the deliveries under way, and only then calls it applied. The
 * removal is a transaction of its own and does nothing when it was done, so that a crash between the two repeats it.
 * @throws GatewayError NDOP_NOT_ANSWERED when the request has no answer to apply
 */
export async function applyOptOutAnswer(box: BlackBox, localId: string, actor: string): Promise<AppliedAnswer> {
  const register = await box.register();
  const flows = [...register.flows.values()].flatMap((entry) => {
    const terms = flowTerms(entry);
    return terms ? [terms] : [];
  });
  const removed = await transaction(box.lookups, (tx) => applyObjections(tx, { table: box.decisionTable, flows, actor, clock: box.clock }));
  await transaction(box.national, async (tx) => {
    const request = await lockRequest(tx, localId);
    if (request.state === 'applied') return;
    const detail = { persons: removed.persons, events: removed.events };
    const moved = await moveRequest(tx, request, { to: 'applied', actor, detail, set: { applied_at: box.clock.now() } }, box.clock);
    if (!moved) throw new GatewayError('NDOP_NOT_ANSWERED', 'This request has no answer that could be applied.', { status: 409 });
  });
  return { localId, removed };
}
