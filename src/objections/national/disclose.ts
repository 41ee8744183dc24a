import { randomUUID } from 'node:crypto';
import { recordAudit } from '../../audit/record.ts';
import type { Transaction } from '../../database/query.ts';
import type { Purpose } from '../../register/terms.ts';
import type { Clock } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { type Releasable, releasable } from './status.ts';

export interface Disclosure {
  readonly purpose: Purpose;
  /** Reference of the approval the disclosure rests on; it must be the one the check was made under. */
  readonly approval: string;
  /** What is disclosed: a release's or run's id. */
  readonly releaseId: string;
  readonly personIds: readonly string[];
  readonly actor: string;
}

export interface DisclosureEvidence extends Releasable {
  readonly disclosureId: string;
}

/**
 * Takes those who may not be disclosed out of a release, and keeps the evidence that it was done: approval, request, reply,
 * how many in and out, and when (RULE-OPT-6), in the transaction of the release.
 * @throws GatewayError NDOP_CHECK_MISSING, NDOP_CHECK_STALE, NDOP_OTHER_APPROVAL: nothing may be released
 */
export async function disclose(tx: Transaction, disclosure: Disclosure, clock: Clock): Promise<DisclosureEvidence> {
  const { purpose, approval, releaseId, actor } = disclosure;
  const at = clock.now();
  const personIds = [...new Set(disclosure.personIds)];
  const found = await releasable(tx, { purpose, at, personIds });
  const { status, optedOut, notCovered } = found;
  if (status.approval !== approval) {
    throw new GatewayError(
      'NDOP_OTHER_APPROVAL',
      'The national opt-out check was made under another approval than this release. Make one for it.',
      {
        status: 409,
      },
    );
  }
  const disclosureId = randomUUID();
  const counts = { peopleIn: personIds.length, peopleOut: found.personIds.length, optedOut, notCovered };
  await tx.query(
    `insert into ndop.disclosure (disclosure_id, exchange_id, purpose, approval, release_id, requests, responses, people_in, people_out,
       opted_out, not_covered, actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      disclosureId,
      status.exchangeId,
      purpose,
      approval,
      releaseId,
      status.requests,
      status.responses,
      counts.peopleIn,
      counts.peopleOut,
      optedOut,
      notCovered,
      actor,
      at,
    ],
  );
  const detail = { disclosure: disclosureId, purpose, approval, exchange: status.exchangeId, ...counts };
  await recordAudit(tx, { type: 'ndop.disclosed', actor, subject: releaseId, detail }, clock);
  return { disclosureId, ...found };
}
