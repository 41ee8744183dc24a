import { recordAudit } from '../audit/record.ts';
import type { Queryable, Transaction } from '../database/query.ts';
import type { Clock } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';

/** Remembers, before they go, the pseudonyms under which earlier recipients know the people who objected. */
export async function stageNotices(tx: Transaction): Promise<void> {
  await tx.query('drop table if exists pg_temp.told');
  await tx.query(
    `create temporary table told on commit drop as
     select r.project_id, r.epoch, r.recipient_pseudonym
     from covering_person p join environment.recipient_pseudonym r using (person_id)
     where p.profile in (select profile from covering_profile) or p.person_id in (select person_id from touched)`,
  );
}

/**
 * One notice for each project and epoch that was issued a pseudonym of these people, in the transaction of the removal;
 * returns how many. The recipient learns its own pseudonyms and nothing else: neither which objection nor whose.
 */
export async function issueNotices(tx: Transaction, applicationNo: string, at: Date): Promise<number> {
  const { rows } = await tx.query<{ n: string }>(
    `with notice as (
       insert into objections.notice (application_no, project_id, epoch, people, issued_at)
       select $1, project_id, epoch, count(*), $2 from told group by project_id, epoch
       returning notice_no, project_id, epoch
     ), listed as (
       insert into objections.notice_person (notice_no, recipient_pseudonym)
       select notice_no, recipient_pseudonym from told join notice using (project_id, epoch)
     )
     select count(*) as n from notice`,
    [applicationNo, at],
  );
  return Number(rows[0]?.n);
}

export interface Notice {
  readonly notice: string;
  readonly project: string;
  readonly epoch: number;
  readonly people: number;
  readonly issuedAt: string;
  readonly acknowledgedAt: string | null;
}

/** Notices, open ones first. */
export async function listNotices(db: Queryable, project?: string): Promise<readonly Notice[]> {
  const { rows } = await db.query<Notice>(
    `select notice_no::text as notice, project_id as project, epoch, people::int as people,
       to_char(issued_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "issuedAt",
       to_char(acknowledged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "acknowledgedAt"
     from objections.notice where $1::text is null or project_id = $1
     order by acknowledged_at is not null, notice_no desc limit 200`,
    [project ?? null],
  );
  return rows;
}

/** Which notice of which project: the recipient names its own, and another one's does not exist for it. */
export interface NoticeOfProject {
  readonly notice: string;
  readonly project: string;
  /** Client or staff id of whoever acts for the recipient. */
  readonly actor: string;
}

/** bigint, and nothing that PostgreSQL would have to refuse. */
const isNoticeNumber = (text: string): boolean => /^[1-9]\d{0,17}$/.test(text);

const unknownNotice = (): GatewayError =>
  new GatewayError('NOTICE_UNKNOWN', 'There is no open notice of this number. `haven objections notices` lists them.', { status: 404 });

/**
 * The recipient's own pseudonyms of the people it must remove. That it was read is on record.
 * @throws GatewayError NOTICE_UNKNOWN: none of this project, or acknowledged already
 */
export async function readNotice(tx: Transaction, { notice, project, actor }: NoticeOfProject, clock: Clock): Promise<readonly string[]> {
  if (!isNoticeNumber(notice)) throw unknownNotice();
  const { rowCount } = await tx.query(
    `update objections.notice set fetched_at = coalesce(fetched_at, $3)
     where notice_no = $1 and project_id = $2 and acknowledged_at is null`,
    [notice, project, clock.now()],
  );
  if (rowCount !== 1) throw unknownNotice();
  const { rows } = await tx.query<{ pseudonym: string }>(
    'select recipient_pseudonym as pseudonym from objections.notice_person where notice_no = $1 order by 1',
    [notice],
  );
  await recordAudit(tx, { type: 'objection.notice-read', actor, subject: notice, detail: { project, people: rows.length } }, clock);
  return rows.map(({ pseudonym }) => pseudonym);
}

/**
 * The recipient says that it has removed them: the pseudonyms of the notice go, its count and date stay as evidence.
 * @throws GatewayError NOTICE_UNKNOWN; NOTICE_NOT_READ: nobody can have removed whom nobody was told of
 */
export async function acknowledgeNotice(tx: Transaction, { notice, project, actor }: NoticeOfProject, clock: Clock): Promise<void> {
  if (!isNoticeNumber(notice)) throw unknownNotice();
  const { rows } = await tx.query<{ read: boolean }>(
    `select fetched_at is not null as read from objections.notice
     where notice_no = $1 and project_id = $2 and acknowledged_at is null for update`,
    [notice, project],
  );
  if (rows[0] === undefined) throw unknownNotice();
  if (!rows[0].read) {
    throw new GatewayError(
      'NOTICE_NOT_READ',
      'Nobody has read this notice yet. Read it, remove the people it names, then acknowledge it.',
      {
        status: 409,
      },
    );
  }
  await tx.query('update objections.notice set acknowledged_at = $2, acknowledged_by = $3 where notice_no = $1', [
    notice,
    clock.now(),
    actor,
  ]);
  await tx.query('delete from objections.notice_person where notice_no = $1', [notice]);
  await recordAudit(tx, { type: 'objection.notice-acknowledged', actor, subject: notice, detail: { project } }, clock);
}
