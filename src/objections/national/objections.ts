import type { Transaction } from '../../database/query.ts';
import type { RequestRow } from './request-row.ts';

/** Source of objections that the national check gave. */
export const nationalSource = 'national-check';

/** Of two answers about one person the one that was asked for later counts, whatever the order they arrive in. */
const noLaterAnswer = `not exists (
  select 1 from ndop.asked later join ndop.request r on r.request_no = later.request_no
  where later.landing_pseudonym = a.landing_pseudonym and r.request_no <> a.request_no
    and r.state in ('answered', 'applied') and r.prepared_at > $2::timestamptz
)`;

/**
 * Turns an answer into the objections that landing and every read honour: those newly opted out object from today, those
 * who opted back in no longer do, from today and for new data only (RULE-OPT-5). It is the register of objections that says
 * so and never the record of the patient (RULE-NDOP-5). Rows are only added: what was once said stays as history, and of
 * the national opt-out the later word wins, whoever said it.
 */
export async function keepObjections(
  tx: Transaction,
  { requestNo, preparedAt }: RequestRow,
  today: string,
  now: Date,
): Promise<{ readonly newlyOptedOut: number; readonly optedBackIn: number }> {
  const set = await tx.query(
    `with standing as materialized (
       select s.landing_pseudonym from objections.standing($3::date) s
       join objections.objection o on o.objection_no = s.objection_no
       where s.kind = 'ndop' and o.source = '${nationalSource}'
     )
     insert into objections.objection (landing_pseudonym, kind, set_on, source, recorded_at)
     select a.landing_pseudonym, 'ndop', $3::date, '${nationalSource}', $4::timestamptz from ndop.opted_out a
     where a.request_no = $1 and ${noLaterAnswer}
       and not exists (select 1 from standing s where s.landing_pseudonym = a.landing_pseudonym)
     on conflict on constraint objection_said_once do nothing`,
    [requestNo, preparedAt, today, now],
  );
  const ended = await tx.query(
    `with standing as materialized (
       select distinct s.landing_pseudonym from objections.standing($3::date) s
       join objections.objection o on o.objection_no = s.objection_no
       where s.kind = 'ndop' and o.set_on < $3::date
     )
     insert into objections.objection (landing_pseudonym, kind, set_on, withdrawn_on, source, ends_only, recorded_at)
     select a.landing_pseudonym, 'ndop', $3::date, $3::date, '${nationalSource}', true, $4::timestamptz
     from standing s join ndop.asked a on a.landing_pseudonym = s.landing_pseudonym
     where a.request_no = $1 and ${noLaterAnswer}
       and not exists (select 1 from ndop.opted_out x where x.request_no = a.request_no and x.landing_pseudonym = a.landing_pseudonym)
     on conflict on constraint objection_said_once do nothing`,
    [requestNo, preparedAt, today, now],
  );
  return { newlyOptedOut: set.rowCount ?? 0, optedBackIn: ended.rowCount ?? 0 };
}
