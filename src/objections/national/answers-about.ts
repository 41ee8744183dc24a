import type { Queryable } from '../../database/query.ts';

/** What one request to the national check asked about a person and was told. */
export interface NationalAnswer {
  readonly request: string;
  readonly purpose: string;
  readonly approval: string;
  readonly askedOn: string;
  readonly state: string;
  readonly answeredOn: string | null;
  /** Null while there is no answer. */
  readonly optedOut: boolean | null;
}

/**
 * Everything the exchanges hold about one person, for themselves: the right of access is the one use beside applying the
 * opt-out (UK GDPR article 15; RULE-NDOP-5). @param national as haven_ndop: no other role reads people here
 */
export async function nationalAnswersAbout(national: Queryable, landingPseudonyms: readonly string[]): Promise<readonly NationalAnswer[]> {
  const { rows } = await national.query<NationalAnswer & Record<string, unknown>>(
    `select r.local_id as request, e.purpose, e.approval, to_char(e.decided_at at time zone 'Europe/London', 'YYYY-MM-DD') as "askedOn", r.state,
       to_char(r.answered_at at time zone 'Europe/London', 'YYYY-MM-DD') as "answeredOn",
       case when r.state in ('answered', 'applied')
         then exists (select from ndop.opted_out o where o.request_no = a.request_no and o.landing_pseudonym = a.landing_pseudonym) end as "optedOut"
     from ndop.asked a join ndop.request r using (request_no) join ndop.exchange e using (exchange_id)
     where a.landing_pseudonym = any ($1::text[]) order by e.exchange_no, r.part`,
    [landingPseudonyms],
  );
  return rows;
}
