import type { Queryable } from '../../database/query.ts';
import { type Purpose, purposes } from '../../register/terms.ts';
import type { NationalStatus } from './national-check.ts';
import type { RequestState } from './states.ts';
import { nationalStatus } from './status.ts';

export interface ExchangeLine {
  readonly exchangeId: string;
  readonly purpose: string;
  readonly approval: string;
  readonly request: string;
  readonly state: RequestState;
  readonly reason: string | null;
  readonly asked: number;
  readonly notAskable: number;
  readonly returned: number | null;
  readonly decidedAt: Date;
  readonly preparedAt: Date | null;
  readonly answeredAt: Date | null;
  readonly appliedAt: Date | null;
}

export interface NationalOverview {
  /** Purposes that were ever asked for. */
  readonly purposes: readonly { readonly purpose: Purpose; readonly status: NationalStatus }[];
  /** The latest request files, newest first; 100 at most. */
  readonly requests: readonly ExchangeLine[];
}

/** How every exchange stands: counts, codes and times. No person is in it. */
export async function nationalOverview(db: Queryable, at: Date): Promise<NationalOverview> {
  const { rows } = await db.query<ExchangeLine>(
    `select e.exchange_id as "exchangeId", e.purpose, e.approval, r.local_id as request, r.state, r.reason, r.asked, r.not_askable as "notAskable",
       r.returned, e.decided_at as "decidedAt", r.prepared_at as "preparedAt", r.answered_at as "answeredAt", r.applied_at as "appliedAt"
     from ndop.exchange e join ndop.request r on r.exchange_id = e.exchange_id
     order by e.exchange_no desc, r.part limit 100`,
  );
  const asked = await db.query<{ purpose: string }>('select distinct purpose from ndop.exchange order by 1');
  const known = purposes.filter((purpose) => asked.rows.some((row) => row.purpose === purpose));
  const statuses = await Promise.all(known.map(async (purpose) => ({ purpose, status: await nationalStatus(db, { purpose, at }) })));
  return { purposes: statuses, requests: rows };
}
