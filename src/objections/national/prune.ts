import type { Pool } from 'pg';
import { recordAudit } from '../../audit/record.ts';
import { transaction } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';
import { usableFrom } from './national-check.ts';

export interface Pruned {
  readonly requests: number;
  readonly people: number;
}

/** Request files whose people are forgotten in one transaction; a list has 500,000. */
const atOnce = 10;

/**
 * Forgets who was asked about and what was answered, where no release may use it any more (older than the cache) and no
 * request written before it still waits for a reply that it must be compared with (keepObjections: the later word wins). Old
 * statuses are for audit alone (RULE-OPT-6), so the counts, ids and digests of each request and disclosure stay. Doing it
 * twice does nothing more.
 * @param national as haven_ndop
 */
export async function pruneNationalChecks(national: Pool, clock: Clock): Promise<Pruned> {
  let requests = 0;
  let people = 0;
  for (;;) {
    const now = clock.now();
    const done = await transaction(national, async (tx) => {
      const { rows } = await tx.query<{ requestNo: number; localId: string }>(
        `select r.request_no as "requestNo", r.local_id as "localId"
         from ndop.request r join ndop.exchange e on e.exchange_id = r.exchange_id
         where r.pruned_at is null and r.state in ('applied', 'failed') and coalesce(r.prepared_at, e.decided_at) <= $1
           and (r.state = 'failed' or not exists (
             select 1 from ndop.request o where o.state not in ('applied', 'failed') and o.request_no <> r.request_no
               and o.prepared_at <= r.prepared_at))
         order by r.request_no limit ${atOnce}
         for update of r skip locked`,
        [usableFrom(now)],
      );
      if (rows.length === 0) return undefined;
      const numbers = rows.map(({ requestNo }) => requestNo);
      // Their opt-outs go with them (on delete cascade).
      const { rowCount } = await tx.query('delete from ndop.asked where request_no = any ($1::bigint[])', [numbers]);
      await tx.query('update ndop.request set pruned_at = $2 where request_no = any ($1::bigint[])', [numbers, now]);
      const detail = { requests: rows.map(({ localId }) => localId), people: rowCount ?? 0 };
      await recordAudit(tx, { type: 'ndop.pruned', actor: 'haven', detail }, clock);
      return { requests: rows.length, people: rowCount ?? 0 };
    });
    if (done === undefined) return { requests, people };
    requests += done.requests;
    people += done.people;
  }
}
