import { recordAudit } from '../audit/record.ts';
import { transaction } from '../database/query.ts';
import { holdWhileLanding } from '../objections/lock.ts';
import type { BlackBox } from './box.ts';
import { deriveKey } from './keys.ts';
import { type LandingPseudonym, recipientPseudonymiser } from './pseudonymise.ts';

const page = 20_000;

/**
 * Gives every person of the environment the pseudonym one recipient knows them by. Only people who have none yet are
 * computed; two recipients' pseudonyms share nothing, so their extracts cannot be joined.
 */
export async function issueRecipientPseudonyms(
  box: BlackBox,
  request: { readonly project: string; readonly epoch: number; readonly actor: string },
): Promise<{ readonly issued: number }> {
  const pseudonymise = recipientPseudonymiser(deriveKey(box.rootKey, `recipient:${request.project}`, request.epoch));
  return transaction(box.environment, async (tx) => {
    // An objection that arrives meanwhile is applied behind this, never under it (objections/lock.ts).
    await holdWhileLanding(tx);
    let issued = 0;
    for (;;) {
      const { rows } = await tx.query<{ person_id: number; landing_pseudonym: string }>(
        `select distinct on (p.person_id) p.person_id, p.landing_pseudonym
           from linkage.pseudonym p join environment.person e using (person_id)
          where not exists (select from environment.recipient_pseudonym r where r.project_id = $1 and r.epoch = $2 and r.person_id = p.person_id)
          order by p.person_id, p.landing_pseudonym limit $3`,
        [request.project, request.epoch, page],
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
        detail: { epoch: request.epoch, issued },
      });
    }
    return { issued };
  });
}
