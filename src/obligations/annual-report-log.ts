import type { Queryable } from '../database/query.ts';
import type { LocalDate } from '../shared/clock.ts';

/** Both days inclusive, in England. */
export interface Period {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/**
 * Entries of one type in the period, by the time they say themselves: that is what was hashed, and what a restored or imported
 * log keeps. The log has no index by what its entries say; LIKE on the bytes spares reading every entry as JSON.
 */
const ofType = (type: string): string => `
  select said from (
    select convert_from(e.leaf, 'UTF8')::jsonb as said from audit.entry e join audit.leaf l on l.entry_id = e.entry_id
    where e.leaf like convert_to('%"type":"${type}"%', 'UTF8')
  ) entry
  where said ->> 'type' = '${type}'
    and (said ->> 'at')::timestamptz >= ($1::date)::timestamp at time zone 'Europe/London'
    and (said ->> 'at')::timestamptz < ($2::date + 1)::timestamp at time zone 'Europe/London'`;

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
     from (${ofType('destruction.certified')}) log
     where said #>> '{detail,agreement}' = $3 order by 2, 1`,
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
     from (${ofType('access.decided')}) log
     where said #>> '{detail,place}' = $3
     group by 1, 2 order by 1, 2`,
    [period.from, period.to, place],
  );
  return rows;
}
