import type { Queryable, Transaction } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import type { Return } from '../return.ts';
import { digestOfAnswers, digestOfReturn } from './digest.ts';
import { type ReturnKey, recordStep } from './history.ts';
import { requireNone } from './refused.ts';
import { isFrozen, stateOf, type VersionState } from './state.ts';

/** One data version of a place's return. */
export interface Version {
  readonly version: number;
  readonly amends: number | null;
  readonly amendsBecause: string | null;
  readonly state: VersionState;
  readonly returnId: string;
  /** Hex digest of its answers. */
  readonly answers: string;
  readonly declarations: number;
  readonly openedAt: string;
  readonly openedBy: string;
  readonly signedAt: string | null;
  readonly signedBy: string | null;
  readonly signedAs: string | null;
  readonly submittedAt: string | null;
  readonly submittedHow: string | null;
  readonly fileSha256: string | null;
}

const moment = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
const columns = `version_no as version, amends, amends_because as "amendsBecause", state, return_id as "returnId",
  encode(answers, 'hex') as answers, declarations::int as declarations, ${moment('opened_at')} as "openedAt", opened_by as "openedBy",
  ${moment('signed_at')} as "signedAt", signed_by as "signedBy", signed_as as "signedAs", ${moment('submitted_at')} as "submittedAt",
  submitted_how as "submittedHow", encode(file_sha256, 'hex') as "fileSha256"`;

/** Every version of a return, oldest first. */
export async function listVersions(db: Queryable, { place, template }: ReturnKey): Promise<Version[]> {
  const { rows } = await db.query<Version & Record<string, unknown>>(
    `select ${columns} from returns.version where place = $1 and template = $2 order by version_no`,
    [place, template],
  );
  return rows;
}

const noReturn = (): GatewayError =>
  new GatewayError(
    'RETURN_UNKNOWN',
    'This place has no such return yet. Build it for its own quarter, with neither --as-of nor --period; a rehearsal is never signed.',
    { status: 404 },
  );

/** A version, the newest unless its number is given. @throws GatewayError RETURN_UNKNOWN */
export async function requireVersion(db: Queryable, key: ReturnKey, version?: number): Promise<Version> {
  const versions = await listVersions(db, key);
  const found = version === undefined ? versions.at(-1) : versions.find((one) => one.version === version);
  if (found === undefined) throw noReturn();
  return found;
}

/** Takes the lock of a return and requires that nobody has signed its newest version. @throws ReturnRefusedError RETURN_FROZEN */
export async function requireOpen(tx: Transaction, key: ReturnKey): Promise<void> {
  await tx.query('select returns.lock_return($1, $2)', [key.place, key.template]);
  const last = (await listVersions(tx, key)).at(-1);
  if (last !== undefined && isFrozen(last.state)) requireNone([{ reason: 'RETURN_FROZEN', about: [] }]);
}

/** The document a version holds. */
export async function readBuild(db: Queryable, returnId: string): Promise<Return> {
  const { rows } = await db.query<{ document: Return }>('select document from returns.return where return_id = $1', [returnId]);
  if (rows[0] === undefined) throw noReturn();
  return rows[0].document;
}

/** What a build knew when it was made. */
export interface BuildMarks {
  /** Newest declaration, by number. */
  readonly declarations: number;
}
/** Of a document somebody made beside us: it is kept, and built again before anything is decided on it. */
export const noMarks: BuildMarks = { declarations: 0 };

/** The answers each sheet had when it was last reviewed in this version, with who did. */
export async function lastReviews(
  db: Queryable,
  { place, template }: ReturnKey,
  version: number,
): Promise<Map<string, { answers: string; by: string }>> {
  const { rows } = await db.query<{ sheet: string; answers: string; by: string }>(
    `select distinct on (sheet) sheet, encode(answers, 'hex') as answers, reviewed_by as "by"
     from returns.review where place = $1 and template = $2 and version_no = $3 order by sheet, review_no desc`,
    [place, template, version],
  );
  return new Map(rows.map(({ sheet, answers, by }) => [sheet, { answers, by }]));
}

/** Draft or reviewed: whether every sheet was reviewed with the answers it has. */
export async function openStateOf(db: Queryable, key: ReturnKey, version: number, document: Return): Promise<'draft' | 'reviewed'> {
  const reviews = await lastReviews(db, key, version);
  return stateOf(
    document.sheets.map(({ name, questions }) => ({ answers: digestOfAnswers(questions), reviewed: reviews.get(name)?.answers })),
  );
}

export interface Attached {
  readonly version: number;
  readonly state: VersionState;
}

interface Attaching {
  readonly document: Return;
  readonly returnId: string;
  readonly actor: string;
  readonly marks: BuildMarks;
}

/**
 * Gives a kept build to the open version of its return; the first build opens version 1. A rehearsal belongs to none, and
 * what is built after sign-off stays beside the version that was signed.
 */
export async function attachBuild(tx: Transaction, attaching: Attaching, clock: Clock): Promise<Attached | undefined> {
  const { document, returnId, actor, marks } = attaching;
  if (document.rehearsal) return undefined;
  const key = { place: document.place, template: document.template };
  await tx.query('select returns.lock_return($1, $2)', [key.place, key.template]);
  const last = (await listVersions(tx, key)).at(-1);
  if (last !== undefined && isFrozen(last.state)) return undefined;
  if (last === undefined) return openVersion(tx, attaching, { version: 1 }, clock);
  const answers = digestOfReturn(document);
  const state = await openStateOf(tx, key, last.version, document);
  await tx.query(
    `update returns.version set return_id = $4, answers = decode($5, 'hex'), state = $6, declarations = $7
     where place = $1 and template = $2 and version_no = $3`,
    [key.place, key.template, last.version, returnId, answers, state, marks.declarations],
  );
  if (state !== last.state)
    await recordStep(
      tx,
      key,
      { version: last.version, actor, step: state === 'draft' ? 'reopened' : 'reviewed', detail: { answers } },
      clock,
    );
  return { version: last.version, state };
}

/** Begins a version: the first of a return, or one that amends the version before. */
export async function openVersion(
  tx: Transaction,
  { document, returnId, actor, marks }: Attaching,
  opened: { readonly version: number; readonly amends?: number; readonly because?: string },
  clock: Clock,
): Promise<Attached> {
  const key = { place: document.place, template: document.template };
  const answers = digestOfReturn(document);
  const { version, amends, because } = opened;
  await tx.query(
    `insert into returns.version
       (place, template, version_no, amends, amends_because, state, return_id, answers, declarations, opened_at, opened_by)
     values ($1, $2, $3, $4, $5, 'draft', $6, decode($7, 'hex'), $8, $9, $10)`,
    [key.place, key.template, version, amends ?? null, because ?? null, returnId, answers, marks.declarations, clock.now(), actor],
  );
  const detail = amends === undefined ? { answers } : { answers, amends };
  await recordStep(tx, key, { version, actor, step: amends === undefined ? 'opened' : 'amended', detail }, clock);
  return { version, state: 'draft' };
}
