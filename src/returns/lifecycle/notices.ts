import { recordAudit } from '../../audit/record.ts';
import type { Queryable, Transaction } from '../../database/query.ts';
import type { PlaceRegister } from '../../register/register.ts';
import type { Clock, LocalDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import type { ReturnKey } from './history.ts';

export type NoticeKind = 'populated' | 'late-data' | 'late-after-sign-off';

export interface ReturnNotice {
  readonly notice: number;
  readonly template: string;
  readonly version: number;
  readonly kind: NoticeKind;
  readonly told: readonly string[];
  readonly changed: readonly string[];
  readonly missing: readonly string[];
  readonly issuedAt: string;
  readonly readAt: string | null;
  readonly readBy: string | null;
}

/** Everybody who authors returns of the place on a day. */
export function authorsOf({ document }: PlaceRegister, at: LocalDate): string[] {
  const held = document.seats.filter(({ role, validFrom, validTo }) => role === 'returns-author' && validFrom <= at && at <= validTo);
  return [...new Set(held.map(({ person }) => person))].sort();
}

interface Issuing {
  readonly version: number;
  readonly kind: NoticeKind;
  /** Hex digest of the news: told once. */
  readonly news: string;
  readonly told: readonly string[];
  readonly changed: readonly string[];
  readonly missing: readonly string[];
}

/** Tells the authors something once. @returns false when they were told before */
export async function issueNotice(tx: Transaction, key: ReturnKey, notice: Issuing, clock: Clock): Promise<boolean> {
  const { rows } = await tx.query<{ notice: string }>(
    `insert into returns.notice (place, template, version_no, kind, news, told, changed, missing, issued_at)
     values ($1, $2, $3, $4, decode($5, 'hex'), $6, $7, $8, $9)
     on conflict (place, template, version_no, kind, news) do nothing returning notice_no as notice`,
    [key.place, key.template, notice.version, notice.kind, notice.news, notice.told, notice.changed, notice.missing, clock.now()],
  );
  const [issued] = rows;
  if (issued === undefined) return false;
  const detail = { ...key, version: notice.version, kind: notice.kind, changed: notice.changed.length, missing: notice.missing.length };
  await recordAudit(tx, { type: 'return.notice-issued', actor: 'haven', subject: issued.notice, detail }, clock);
  return true;
}

/** Notices of a place, unread ones unless `all`, newest first. */
export async function listNotices(db: Queryable, place: string, all = false): Promise<ReturnNotice[]> {
  const { rows } = await db.query<Omit<ReturnNotice, 'notice'> & { notice: string }>(
    `select notice_no as notice, template, version_no as version, kind, told, changed, missing,
       to_char(issued_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "issuedAt",
       to_char(read_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "readAt", read_by as "readBy"
     from returns.notice where place = $1 and ($2 or read_at is null) order by notice_no desc limit 200`,
    [place, all],
  );
  return rows.map(({ notice, ...row }) => ({ notice: Number(notice), ...row }));
}

/** Says that a notice was read. @throws GatewayError NOTICE_UNKNOWN for none of the place, and for one that was read before */
export async function readNotice(
  tx: Transaction,
  given: { readonly place: string; readonly notice: number; readonly by: string },
  clock: Clock,
): Promise<void> {
  const { rowCount } = await tx.query(
    'update returns.notice set read_at = $3, read_by = $4 where notice_no = $1 and place = $2 and read_at is null',
    [given.notice, given.place, clock.now(), given.by],
  );
  if (rowCount !== 1)
    throw new GatewayError('NOTICE_UNKNOWN', 'This place has no unread notice of this number. `haven return notices` lists them.', {
      status: 404,
    });
  await recordAudit(
    tx,
    { type: 'return.notice-read', actor: given.by, subject: String(given.notice), detail: { place: given.place } },
    clock,
  );
}
