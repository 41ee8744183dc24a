import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { recordAudit } from '../../audit/record.ts';
import { type Transaction, transaction } from '../../database/query.ts';
import type { Purpose } from '../../register/terms.ts';
import { type Clock, localDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { lastSequence, nameRequest } from './request-name.ts';
import type { NationalSettings } from './settings.ts';

export interface RequestDecision {
  readonly purpose: Purpose;
  /** Reference of the approval under section 251 whose disclosures the check is for. */
  readonly approval: string;
  /** The person who decided it: an information governance lead of the register. */
  readonly decidedBy: string;
  /** Where each file goes, by its name without `.dat`. */
  readonly pathOf: (localId: string) => string;
}

export interface DecidedRequest {
  readonly exchangeId: string;
  readonly files: readonly { readonly localId: string; readonly path: string }[];
}

/**
 * Records the decision to ask the nation about everybody held: who decided it, for which purpose and approval, who is asked
 * about, and how the files are named. No identity is opened here; the re-identifier opens those of a recorded decision and
 * no others (docs/adr/0009). Everybody held is asked about and nobody else: a relationship is what being held means.
 * @param national as haven_ndop
 * @throws GatewayError NDOP_NOBODY_HELD, NDOP_SEQUENCE_EXHAUSTED
 */
export async function decideRequest(
  national: Pool,
  settings: Pick<NationalSettings, 'mailbox' | 'lineEnding' | 'rowsPerFile'>,
  decision: RequestDecision,
  clock: Clock,
): Promise<DecidedRequest> {
  const exchangeId = randomUUID();
  return transaction(national, async (tx) => {
    const now = clock.now();
    const { rows } = await tx.query<{ held: number }>('select count(*) as held from linkage.pseudonym');
    const held = rows[0]?.held ?? 0;
    if (held === 0) throw new GatewayError('NDOP_NOBODY_HELD', 'Nobody is held, so there is nobody to ask about.', { status: 409 });
    const { purpose, approval, decidedBy } = decision;
    await tx.query('insert into ndop.exchange (exchange_id, purpose, approval, decided_by, decided_at) values ($1, $2, $3, $4, $5)', [
      exchangeId,
      purpose,
      approval,
      decidedBy,
      now,
    ]);
    const parts = Math.ceil(held / settings.rowsPerFile);
    const first = await claimSequences(tx, settings.mailbox, localDate(now), parts);
    const files = Array.from({ length: parts }, (_, part) => {
      const localId = nameRequest(settings.mailbox, localDate(now), first + part);
      return { localId, path: decision.pathOf(localId) };
    });
    // One snapshot for all parts: numbered once, cut into parts, so that nobody is in two of them or in none.
    await tx.query(
      `with made as (
         insert into ndop.request (exchange_id, part, local_id, mailbox, line_ending, path, asked)
         select $1, f.part, f.local_id, $4, $5, f.path, 0
         from unnest($2::text[], $3::text[]) with ordinality as f (local_id, path, part)
         returning request_no, part
       )
       insert into ndop.asked (request_no, landing_pseudonym)
       select m.request_no, p.landing_pseudonym
       from (select landing_pseudonym, (row_number() over (order by landing_pseudonym) - 1) / $6::bigint + 1 as part from linkage.pseudonym) p
       join made m on m.part = p.part`,
      [
        exchangeId,
        files.map(({ localId }) => localId),
        files.map(({ path }) => path),
        settings.mailbox,
        settings.lineEnding,
        settings.rowsPerFile,
      ],
    );
    await tx.query(
      `update ndop.request r set asked = (select count(*) from ndop.asked a where a.request_no = r.request_no) where r.exchange_id = $1`,
      [exchangeId],
    );
    await recordAudit(
      tx,
      {
        type: 'ndop.decided',
        actor: decidedBy,
        subject: exchangeId,
        detail: { purpose, approval, people: held, requests: files.map(({ localId }) => localId) },
      },
      clock,
    );
    return { exchangeId, files };
  });
}

/** The first of `count` numbers in a row of this mailbox and month; the row lock makes two requests at once take turns. */
async function claimSequences(tx: Transaction, mailbox: string, date: string, count: number): Promise<number> {
  const exhausted = () => nameRequest(mailbox, date, lastSequence + 1);
  if (count > lastSequence) exhausted();
  const { rows } = await tx.query<{ last: number }>(
    `insert into ndop.sequence as s (mailbox, month, last) values ($1, date_trunc('month', $2::date), $3)
     on conflict (mailbox, month) do update set last = s.last + $3 where s.last + $3 <= ${lastSequence}
     returning last`,
    [mailbox, date, count],
  );
  const last = rows[0]?.last;
  if (last === undefined) exhausted();
  return (last ?? 0) - count + 1;
}
