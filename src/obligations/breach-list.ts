import type { Queryable, Transaction } from '../database/query.ts';
import type { LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { BreachRisk } from './breach-clock.ts';

export interface Breach {
  readonly no: number;
  readonly place: string;
  readonly what: string;
  readonly state: 'reported' | 'acting' | 'closed';
  readonly discoveredAt: Date;
  readonly reportedAt: Date;
  readonly reportedBy: string;
  readonly flows: readonly string[];
  readonly agreements: readonly string[];
  readonly organisations: readonly string[];
  readonly persons: number | null;
  readonly identifiable: boolean;
  readonly risk: BreachRisk;
  readonly cagDue: LocalDate | null;
  readonly icoDue: Date | null;
  readonly closedAt: Date | null;
  readonly closedBy: string | null;
}

export interface ListedBreach extends Breach {
  readonly actions: readonly { readonly kind: string; readonly organisation: string | null; readonly at: string; readonly actor: string }[];
}

const columns = `b.breach_no as no, b.place, b.what, b.state, b.discovered_at as "discoveredAt", b.reported_at as "reportedAt",
  b.reported_by as "reportedBy", b.flows, b.agreements, b.organisations, b.persons, b.identifiable, b.risk,
  b.cag_due as "cagDue", b.ico_due as "icoDue", b.closed_at as "closedAt", b.closed_by as "closedBy"`;

export interface BreachFilter {
  readonly place?: string | undefined;
  readonly agreement?: string | undefined;
  readonly no?: number | undefined;
  readonly open?: boolean | undefined;
}

/** Breaches with what was done, newest first. */
export async function listBreaches(db: Queryable, filter: BreachFilter): Promise<ListedBreach[]> {
  const { rows } = await db.query<ListedBreach & Record<string, unknown>>(
    `select ${columns}, coalesce(done.actions, '[]') as actions
     from obligations.breach b
     left join lateral (
       select json_agg(json_build_object('kind', a.kind, 'organisation', a.organisation, 'at', a.taken_at, 'actor', a.actor) order by a.action_no) as actions
       from obligations.breach_action a where a.breach_no = b.breach_no
     ) done on true
     where ($1::text is null or b.place = $1) and ($2::text is null or $2 = any (b.agreements)) and (not $3 or b.state <> 'closed')
       and ($4::bigint is null or b.breach_no = $4)
     order by b.breach_no desc`,
    [filter.place ?? null, filter.agreement ?? null, filter.open ?? false, filter.no ?? null],
  );
  return rows;
}

const unknown = (): GatewayError =>
  new GatewayError('BREACH_UNKNOWN', 'There is no breach of this number. `haven breach list` shows what there is.', { status: 404 });

/** @throws GatewayError BREACH_UNKNOWN, also for one of another place. */
export async function findBreach(db: Queryable, no: number, place?: string): Promise<ListedBreach> {
  const [breach] = await listBreaches(db, { no, place });
  if (breach === undefined) throw unknown();
  return breach;
}

/** @throws GatewayError BREACH_UNKNOWN */
export async function lockBreach(tx: Transaction, no: number): Promise<Breach> {
  const { rows } = await tx.query<Breach & Record<string, unknown>>(
    `select ${columns} from obligations.breach b where b.breach_no = $1 for update`,
    [no],
  );
  const [breach] = rows;
  if (breach === undefined) throw unknown();
  return breach;
}
