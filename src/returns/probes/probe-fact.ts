import type { Queryable } from '../../database/query.ts';
import type { LocalDate } from '../../shared/clock.ts';

/** What became of a question for a capability statement. Only `answered` makes an endpoint live. */
export const probeOutcomes = ['answered', 'refused', 'unreachable', 'not-a-capability-statement', 'not-allowed'] as const;
export type ProbeOutcome = (typeof probeOutcomes)[number];

/** The last time an endpoint was asked. */
export interface ProbeFact {
  readonly endpoint: string;
  readonly on: LocalDate;
  readonly outcome: ProbeOutcome;
  readonly reason: string | null;
}

interface Row {
  endpoint: string;
  on_day: LocalDate;
  outcome: ProbeOutcome;
  reason: string | null;
}

/**
 * The last probe of each endpoint on or before a day in England, unless it is older than a probe may be. A later failure
 * hides an earlier answer: it is the last word that counts.
 */
export async function latestProbes(
  db: Queryable,
  request: { readonly place: string; readonly on: LocalDate; readonly maxAgeDays: number },
): Promise<Map<string, ProbeFact>> {
  const { rows } = await db.query<Row>(
    `select distinct on (endpoint_id) endpoint_id as endpoint, to_char(probed_at at time zone 'Europe/London', 'YYYY-MM-DD') as on_day, outcome, reason
     from returns.endpoint_probe
     where place_id = $1
       and probed_at >= ($2::date - $3::int)::timestamp at time zone 'Europe/London'
       and probed_at < ($2::date + 1)::timestamp at time zone 'Europe/London'
     order by endpoint_id, probed_at desc, probe_no desc`,
    [request.place, request.on, request.maxAgeDays],
  );
  return new Map(rows.map(({ endpoint, on_day: on, outcome, reason }) => [endpoint, { endpoint, on, outcome, reason }]));
}
