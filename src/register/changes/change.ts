import type { Queryable } from '../../database/query.ts';
import type { LocalDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';

/** What a proposed change waits for, or what became of it. */
export type ChangeState = 'proposed' | 'awaiting-notice' | 'approved' | 'in-force' | 'withdrawn' | 'held';

/** A proposed change of one place. People are staff ids. */
export interface Change {
  readonly change: number;
  readonly place: string;
  readonly state: ChangeState;
  readonly baseVersion: number;
  /** The difference in words: what is approved, and nothing else comes into force. */
  readonly changes: readonly string[];
  /** Conditions that want notice before it, in words; empty when none does. */
  readonly notices: readonly string[];
  readonly effectiveOn: LocalDate;
  readonly proposedBy: string;
  readonly proposedAt: string;
  readonly notifiedBy?: string;
  readonly notifiedAt?: string;
  readonly noticeEvidence?: string;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  readonly withdrawnBy?: string;
  readonly withdrawnAt?: string;
  /** Why it could not come into force on its day. */
  readonly heldBecause?: readonly string[];
  /** Version of the register that it became. */
  readonly version?: number;
}

interface ChangeRow {
  readonly change_no: string;
  readonly place_id: string;
  readonly base_version: string;
  readonly changes: string[];
  readonly notices: string[];
  readonly effective_on: LocalDate;
  readonly proposed_by: string;
  readonly proposed_at: Date;
  readonly notified_by: string | null;
  readonly notified_at: Date | null;
  readonly notice_evidence: string | null;
  readonly approved_by: string | null;
  readonly approved_at: Date | null;
  readonly withdrawn_by: string | null;
  readonly withdrawn_at: Date | null;
  readonly held_because: string[] | null;
  readonly version: string | null;
}

const columns = `change_no, place_id, base_version, changes, notices, effective_on::text as effective_on, proposed_by, proposed_at,
  notified_by, notified_at, notice_evidence, approved_by, approved_at, withdrawn_by, withdrawn_at, held_because, version`;

function stateOf(row: ChangeRow): ChangeState {
  if (row.version !== null) return 'in-force';
  if (row.withdrawn_by !== null) return 'withdrawn';
  if (row.held_because !== null) return 'held';
  if (row.approved_by === null) return 'proposed';
  return row.notices.length > 0 && row.notified_by === null ? 'awaiting-notice' : 'approved';
}

const present = <Value>(name: string, value: Value | null): Record<string, Value> => (value === null ? {} : { [name]: value });
const moment = (at: Date | null): string | null => at?.toISOString() ?? null;

const changeOf = (row: ChangeRow): Change => ({
  change: Number(row.change_no),
  place: row.place_id,
  state: stateOf(row),
  baseVersion: Number(row.base_version),
  changes: row.changes,
  notices: row.notices,
  effectiveOn: row.effective_on,
  proposedBy: row.proposed_by,
  proposedAt: row.proposed_at.toISOString(),
  ...present('notifiedBy', row.notified_by),
  ...present('notifiedAt', moment(row.notified_at)),
  ...present('noticeEvidence', row.notice_evidence),
  ...present('approvedBy', row.approved_by),
  ...present('approvedAt', moment(row.approved_at)),
  ...present('withdrawnBy', row.withdrawn_by),
  ...present('withdrawnAt', moment(row.withdrawn_at)),
  ...present('heldBecause', row.held_because),
  ...present('version', row.version === null ? null : Number(row.version)),
});

export interface ChangeFilter {
  readonly place?: string;
  /** Only what still waits for something. */
  readonly open?: boolean;
}

/** Changes, newest first; of one place where it is named. */
export async function listChanges(db: Queryable, filter: ChangeFilter = {}): Promise<Change[]> {
  const { rows } = await db.query<ChangeRow>(
    `select ${columns} from register.change
      where ($1::text is null or place_id = $1)
        and (not $2 or (version is null and withdrawn_by is null and held_at is null))
      order by change_no desc`,
    [filter.place ?? null, filter.open ?? false],
  );
  return rows.map(changeOf);
}

/** One change. @throws CHANGE_UNKNOWN */
export async function findChange(db: Queryable, change: number): Promise<Change> {
  const { rows } = await db.query<ChangeRow>(`select ${columns} from register.change where change_no = $1`, [change]);
  const [row] = rows;
  if (row === undefined) {
    throw new GatewayError('CHANGE_UNKNOWN', 'There is no such change. `haven register changes` lists them.', { status: 404 });
  }
  return changeOf(row);
}

/** A change that still waits. @throws CHANGE_UNKNOWN; CHANGE_CLOSED when it is in force, withdrawn or held */
export async function findOpenChange(tx: Queryable, change: number): Promise<Change> {
  const found = await findChange(tx, change);
  if (['in-force', 'withdrawn', 'held'].includes(found.state)) {
    throw new GatewayError('CHANGE_CLOSED', `This change is ${found.state}. Nothing more can be decided about it; propose another.`, {
      status: 409,
    });
  }
  return found;
}
