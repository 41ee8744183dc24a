import type { Queryable } from '../database/query.ts';
import type { LocalDate } from '../shared/clock.ts';

/** Both days inclusive, in England. */
export interface Period {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/** The log has no index by what its entries say: it is read from the first entry of the period to the last. */
const inPeriod = `e.recorded_at >= ($1::date)::timestamp at time zone 'Europe/London'
  and e.recorded_at < ($2::date + 1)::timestamp at time zone 'Europe/London'`;

const said = `select convert_from(e.leaf, 'UTF8')::jsonb as said from audit.entry e join audit.leaf l on l.entry_id = e.entry_id where ${inPeriod}`;

export interface DestructionInYear extends Record<string, unknown> {
  readonly id: string;
  readonly on: LocalDate;
  readonly reason: string;
  readonly keys: number;
}

/** Certified destructions under one agreement. */
export async function destructionsInYear(auditor: Queryable, agreement: string, period: Period): Promise<readonly DestructionInYear[]> {
  const { rows } = await auditor.query<DestructionInYear>(
    `select said ->> 'subject' as id, left(said ->> 'at', 10) as on, said #>> '{detail,reason}' as reason,
            coalesce((said #>> '{detail,keyCount}')::bigint, 0) as keys
     from (${said}) log
     where said ->> 'type' = 'destruction.certified' and said #>> '{detail,agreement}' = $3 order by 2, 1`,
    [period.from, period.to, agreement],
  );
  return rows;
}

export interface AccessInYear extends Record<string, unknown> {
  readonly role: string;
  readonly action: string;
  /** Staff, not patients: these need no protection. */
  readonly people: number;
  readonly allowed: number;
  readonly refused: number;
}

/** Who did what in a place, by role: every decision of the one door people act through. */
export async function accessInYear(auditor: Queryable, place: string, period: Period): Promise<readonly AccessInYear[]> {
  const { rows } = await auditor.query<AccessInYear>(
    `select coalesce(said #>> '{detail,role}', 'none') as role, said #>> '{detail,action}' as action,
            count(distinct said ->> 'actor') as people,
            count(*) filter (where said #>> '{detail,decision}' = 'allowed') as allowed,
            count(*) filter (where said #>> '{detail,decision}' <> 'allowed') as refused
     from (${said}) log
     where said ->> 'type' = 'access.decided' and said #>> '{detail,place}' = $3
     group by 1, 2 order by 1, 2`,
    [period.from, period.to, place],
  );
  return rows;
}
