import type { Queryable } from '../../database/query.ts';
import type { Purpose } from '../../register/terms.ts';
import { isFresh, type NationalStatus, type PersonCheck, requireFresh, usableUntil } from './national-check.ts';

interface StatusRow {
  readonly exchangeId: string;
  readonly approval: string;
  readonly checkedAt: Date;
  readonly people: number;
  readonly optedOut: number;
  readonly requests: readonly string[];
  readonly responses: readonly string[];
}

/**
 * How the national opt-out check stands for a purpose: the youngest one that is whole. An answer counts only when every file
 * of its request was answered and applied; half an answer is none. With an approval, only checks made under it count.
 * @param db haven as haven_gateway, haven_blackbox, haven_ndop or haven_auditor
 */
export async function nationalStatus(
  db: Queryable,
  { purpose, at, approval }: { readonly purpose: Purpose; readonly at: Date; readonly approval?: string },
): Promise<NationalStatus> {
  const { rows } = await db.query<StatusRow>(
    `select exchange_id as "exchangeId", approval, checked_at as "checkedAt", people::int as people, opted_out::int as "optedOut", requests, responses
     from ndop.status($1, $2, $3)`,
    [purpose, at, approval ?? null],
  );
  const [row] = rows;
  if (row === undefined) return { state: 'missing' };
  return { state: isFresh(row.checkedAt, at) ? 'fresh' : 'stale', ...row, usableUntil: usableUntil(row.checkedAt) };
}

/** What the check says about each of these persons (ids of the environment), for whoever decides person by person. */
export async function nationalChecks(
  db: Queryable,
  { purpose, at, personIds }: { readonly purpose: Purpose; readonly at: Date; readonly personIds: readonly string[] },
): Promise<ReadonlyMap<string, PersonCheck>> {
  const status = await nationalStatus(db, { purpose, at });
  if (status.state !== 'fresh') {
    const { state } = status;
    return new Map(personIds.map((id) => [id, { state } as const]));
  }
  const { rows } = await db.query<{ id: string; verdict: string }>(
    'select person_id::text as id, verdict from ndop.judge($1, $2::bigint[])',
    [status.exchangeId, [...personIds]],
  );
  return new Map(
    rows.map(({ id, verdict }) => [
      id,
      { state: 'fresh', optedOut: verdict === 'opted-out', ...(verdict === 'not-covered' ? { notCovered: true } : {}) } as const,
    ]),
  );
}

export interface Releasable {
  readonly status: NationalStatus & { readonly state: 'fresh' };
  /** Of those asked about, in no particular order. */
  readonly personIds: readonly string[];
  readonly optedOut: number;
  /** Never asked about: no NHS number, or arrived after the check. That is no permission (RULE-OPT-4). */
  readonly notCovered: number;
}

/**
 * Those of these persons whom a disclosure under section 251 may hold now. The status at the time of the disclosure counts,
 * not that of the event (RULE-NDOP-4), so ask it in the transaction of the release.
 * @throws GatewayError NATIONAL_CHECK_MISSING, NATIONAL_CHECK_STALE: nothing may be released
 */
export async function releasable(
  db: Queryable,
  request: { readonly purpose: Purpose; readonly at: Date; readonly approval?: string; readonly personIds: readonly string[] },
): Promise<Releasable> {
  const status = await nationalStatus(db, request);
  requireFresh(status, request);
  const { rows } = await db.query<{ id: string; verdict: string }>(
    'select person_id::text as id, verdict from ndop.judge($1, $2::bigint[])',
    [status.exchangeId, [...request.personIds]],
  );
  const count = (wanted: string): number => rows.filter(({ verdict }) => verdict === wanted).length;
  return {
    status,
    personIds: rows.filter(({ verdict }) => verdict === 'releasable').map(({ id }) => id),
    optedOut: count('opted-out'),
    notCovered: count('not-covered'),
  };
}
