import { randomUUID } from 'node:crypto';
import { recordAudit } from '../audit/record.ts';
import { type Transaction, transaction } from '../database/query.ts';
import { holdWhileLanding } from '../objections/lock.ts';
import type { NationalCover } from '../objections/national/cover.ts';
import { discloseUnder, releaseBlock } from '../objections/national/disclose.ts';
import { localDate } from '../shared/clock.ts';
import type { BlackBox } from './box.ts';
import { deriveKey } from './keys.ts';
import { type LandingPseudonym, recipientPseudonymiser } from './pseudonymise.ts';

const page = 20_000;

export interface IssueRequest {
  readonly project: string;
  readonly epoch: number;
  readonly actor: string;
  /** Purposes of the project to which the national opt-out applies (projectCovers); none: no check is needed. */
  readonly covers: readonly NationalCover[];
}

/**
 * Gives every person of the environment the pseudonym one recipient knows them by. Only people who have none yet are
 * computed; two recipients' pseudonyms share nothing, so their extracts cannot be joined. Where the national opt-out applies
 * it is a release: only people whom a fresh check of every such purpose clears are given, with its evidence (RULE-OPT-6).
 * @throws GatewayError NATIONAL_CHECK_MISSING, NATIONAL_CHECK_STALE, NDOP_OTHER_APPROVAL: nothing is issued
 */
export async function issueRecipientPseudonyms(box: BlackBox, request: IssueRequest): Promise<{ readonly issued: number }> {
  const pseudonymise = recipientPseudonymiser(deriveKey(box.rootKey, `recipient:${request.project}`, request.epoch));
  return transaction(box.environment, async (tx) => {
    // An objection that arrives meanwhile is applied behind this, never under it (objections/lock.ts).
    await holdWhileLanding(tx);
    const cleared = await clearedPeople(tx, box, request);
    let issued = 0;
    for (;;) {
      const { rows } = await tx.query<{ person_id: number; landing_pseudonym: string }>(
        `select distinct on (p.person_id) p.person_id, p.landing_pseudonym
           from linkage.pseudonym p join environment.person e using (person_id)
          where not exists (select from environment.recipient_pseudonym r where r.project_id = $1 and r.epoch = $2 and r.person_id = p.person_id)
            and ($4::bigint[] is null or p.person_id = any ($4))
          order by p.person_id, p.landing_pseudonym limit $3`,
        [request.project, request.epoch, page, cleared?.personIds ?? null],
      );
      if (rows.length === 0) break;
      // Another issue of the same project may be under way: what it gave first stays.
      const { rowCount } = await tx.query(
        `insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id)
         select $1, $2, pseudonym, person_id from unnest($3::text[], $4::bigint[]) as t (pseudonym, person_id) order by person_id
         on conflict (project_id, epoch, person_id) do nothing`,
        [
          request.project,
          request.epoch,
          rows.map((row) => pseudonymise(row.landing_pseudonym as LandingPseudonym)),
          rows.map((row) => row.person_id),
        ],
      );
      issued += rowCount ?? 0;
    }
    if (issued > 0) {
      await recordAudit(tx, {
        type: 'recipient.pseudonyms-issued',
        actor: request.actor,
        subject: request.project,
        detail: { epoch: request.epoch, issued, ...(cleared === undefined ? {} : { disclosures: cleared.disclosures }) },
      });
    }
    return { issued };
  });
}

interface Cleared {
  readonly personIds: readonly string[];
  readonly disclosures: readonly string[];
}

/** Who may be given, decided once before the first page; undefined where no check is needed. */
async function clearedPeople(tx: Transaction, { clock }: Pick<BlackBox, 'clock'>, request: IssueRequest): Promise<Cleared | undefined> {
  const { project, epoch, actor, covers } = request;
  if (covers.length === 0) return undefined;
  for (const cover of covers) {
    const block = await releaseBlock(tx, cover, clock.now());
    if (block !== undefined) throw block;
  }
  const { rows } = await tx.query<{ ids: string[] }>(
    `select coalesce(array_agg(e.person_id::text), '{}') as ids from environment.person e
     where not exists (select from environment.recipient_pseudonym r where r.project_id = $1 and r.epoch = $2 and r.person_id = e.person_id)
       and e.person_id not in (select person_id from objections.persons_objecting('{ndop}', $3::date))`,
    [project, epoch, localDate(clock.now())],
  );
  let personIds: readonly string[] = rows[0]?.ids ?? [];
  const disclosures: string[] = [];
  if (personIds.length === 0) return { personIds, disclosures };
  const releaseId = `recipients:${project}:${randomUUID()}`;
  for (const cover of covers) {
    const released = await discloseUnder(tx, cover, { releaseId, personIds, actor }, clock);
    ({ personIds } = released);
    disclosures.push(...released.disclosures);
  }
  return { personIds, disclosures };
}
