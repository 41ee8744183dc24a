import { randomUUID } from 'node:crypto';
import { recordAudit } from '../../audit/record.ts';
import type { Queryable, Transaction } from '../../database/query.ts';
import type { Purpose } from '../../register/terms.ts';
import type { Clock } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { approvalsOf, type NationalCover } from './cover.ts';
import { blockOf } from './national-check.ts';
import { nationalStatus, type Releasable, releasable } from './status.ts';

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
 * @throws GatewayError NATIONAL_CHECK_MISSING, NATIONAL_CHECK_STALE, NDOP_OTHER_APPROVAL: nothing may be released
 */
export async function disclose(tx: Transaction, disclosure: Disclosure, clock: Clock): Promise<DisclosureEvidence> {
  const { purpose, approval, releaseId, actor } = disclosure;
  const at = clock.now();
  const personIds = [...new Set(disclosure.personIds)];
  if (await onlyUnderAnotherApproval(tx, { purpose, approval, at })) throw otherApproval();
  const found = await releasable(tx, { purpose, at, approval, personIds });
  const { status, optedOut, notCovered } = found;
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

/** A check of the purpose that was made for something else is no evidence for this. */
async function onlyUnderAnotherApproval(
  db: Queryable,
  { approval, ...asked }: { readonly purpose: Purpose; readonly approval: string; readonly at: Date },
): Promise<boolean> {
  const own = await nationalStatus(db, { ...asked, approval });
  return own.state === 'missing' && (await nationalStatus(db, asked)).state === 'fresh';
}

const otherApproval = (): GatewayError =>
  new GatewayError(
    'NDOP_OTHER_APPROVAL',
    'The national opt-out check was made under another approval than this release. Make one for it with "haven ndop request".',
    { status: 409 },
  );

/** Why nothing may be released under this cover now, before anybody is looked at; undefined when it may. */
export async function releaseBlock(db: Queryable, cover: NationalCover, at: Date): Promise<GatewayError | undefined> {
  const { purpose } = cover;
  for (const approval of approvalsOf(cover)) {
    if (await onlyUnderAnotherApproval(db, { purpose, approval, at })) return otherApproval();
    const block = blockOf(await nationalStatus(db, { purpose, at, approval }), { purpose, approval });
    if (block !== undefined) return block;
  }
  return undefined;
}

/**
 * The same as `disclose` for a use that may rest on several approvals: who is left has passed the check of each, and each has
 * its evidence.
 * @throws GatewayError as `disclose`
 */
export async function discloseUnder(
  tx: Transaction,
  cover: NationalCover,
  release: Pick<Disclosure, 'releaseId' | 'personIds' | 'actor'>,
  clock: Clock,
): Promise<{ readonly personIds: readonly string[]; readonly disclosures: readonly string[] }> {
  let { personIds } = release;
  const disclosures: string[] = [];
  for (const approval of approvalsOf(cover)) {
    const evidence = await disclose(tx, { ...release, personIds, purpose: cover.purpose, approval }, clock);
    ({ personIds } = evidence);
    disclosures.push(evidence.disclosureId);
  }
  return { personIds, disclosures };
}
