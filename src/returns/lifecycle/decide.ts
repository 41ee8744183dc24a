import type { Transaction } from '../../database/query.ts';
import { addJob } from '../../jobs/add-job.ts';
import { type Clock, localDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { keepBuild } from '../save.ts';
import type { ReturnTemplate } from '../template.ts';
import { refuseIdentifiers } from './declaration-refused.ts';
import { digestOfFinding } from './digest.ts';
import { type ReturnKey, recordStep } from './history.ts';
import { requireNone } from './refused.ts';
import { type LoadedReturn, loadStanding, openErrors, sameHumans } from './standing.ts';
import { refusalsOfReview, refusalsOfSignOff, refusalsOfSubmission } from './state.ts';
import { openStateOf, requireVersion } from './version.ts';

/** What every decision needs: which return, its template with those before it, and the clock. */
export interface Deciding {
  readonly key: ReturnKey;
  readonly template: ReturnTemplate;
  readonly templates: readonly string[];
  readonly clock: Clock;
}

const lock = (tx: Transaction, { place, template }: ReturnKey) => tx.query('select returns.lock_return($1, $2)', [place, template]);

/** Reviews a sheet as its owner, with the answers it holds now. @throws ReturnRefusedError; GatewayError SHEET_UNKNOWN */
export async function reviewSheet(
  tx: Transaction,
  deciding: Deciding,
  given: { readonly sheet: string; readonly by: string },
): Promise<void> {
  const { key, clock } = deciding;
  await lock(tx, key);
  const { version, document, standing } = await loadStanding(tx, deciding);
  const sheet = standing.sheets.find(({ name }) => name === given.sheet);
  if (sheet === undefined) {
    const known = standing.sheets.map(({ name }) => name).join(', ');
    throw new GatewayError('SHEET_UNKNOWN', `The return has no such sheet. Choose from: ${known}.`, { status: 404 });
  }
  requireNone(refusalsOfReview(standing, sheet, given.by, await sameHumans(tx, given.by, sheet.authors)));
  await tx.query(
    `insert into returns.review (place, template, version_no, sheet, answers, reviewed_by, reviewed_at)
     values ($1, $2, $3, $4, decode($5, 'hex'), $6, $7)`,
    [key.place, key.template, version.version, sheet.name, sheet.answers, given.by, clock.now()],
  );
  const state = await openStateOf(tx, key, version.version, document);
  if (state !== version.state)
    await tx.query('update returns.version set state = $4 where place = $1 and template = $2 and version_no = $3', [
      key.place,
      key.template,
      version.version,
      state,
    ]);
  const detail = { sheet: sheet.name, answers: sheet.answers, state };
  await recordStep(tx, key, { version: version.version, actor: given.by, step: 'sheet-reviewed', detail }, clock);
}

export interface Acknowledging {
  readonly rule: string;
  /** Only where the finding is about this question; every open finding of the rule when left out. */
  readonly question?: string | undefined;
  readonly reason: string;
  readonly by: string;
}

/** Lets contradictions of severity error stand, by name and with a reason. @throws GatewayError FINDING_UNKNOWN */
export async function acknowledgeFinding(tx: Transaction, deciding: Deciding, given: Acknowledging): Promise<number> {
  const { key, clock } = deciding;
  refuseIdentifiers(given.reason);
  await lock(tx, key);
  const { version, document, acknowledged } = await loadStanding(tx, deciding);
  const open = openErrors(document, acknowledged).filter(
    ({ rule, questions }) => rule === given.rule && (given.question === undefined || questions.includes(given.question)),
  );
  if (open.length === 0)
    throw new GatewayError(
      'FINDING_UNKNOWN',
      'No open contradiction of severity error is of this rule. `haven return status` lists them.',
      {
        status: 404,
      },
    );
  const findings = open.map((finding) => digestOfFinding(document, finding));
  await tx.query(
    `insert into returns.acknowledgement (place, template, version_no, rule, finding, reason, acknowledged_by, acknowledged_at)
     select $1, $2, $3, $4, decode(finding, 'hex'), $6, $7, $8 from unnest($5::text[]) finding`,
    [key.place, key.template, version.version, given.rule, findings, given.reason, given.by, clock.now()],
  );
  const detail = { rule: given.rule, findings };
  await recordStep(tx, key, { version: version.version, actor: given.by, step: 'acknowledged', detail }, clock);
  return open.length;
}

export interface SigningOff {
  /** Hex digest of the answers, as `haven return status` shows it: what is signed is what was read. */
  readonly answers: string;
  /** The office in which the person signs, e.g. Chair of the Health and Wellbeing Board. */
  readonly signedAs: string;
  readonly by: string;
}

/** Signs a return for the board and freezes it. @returns id and digest of what was signed. @throws ReturnRefusedError with every reason */
export async function signOff(tx: Transaction, deciding: Deciding, given: SigningOff): Promise<{ version: number; sha256: string }> {
  const { key, clock } = deciding;
  refuseIdentifiers(given.signedAs);
  await lock(tx, key);
  const loaded = await loadStanding(tx, deciding);
  const { version, standing } = loaded;
  const isOneOf = await sameHumans(
    tx,
    given.by,
    standing.sheets.flatMap(({ authors }) => authors),
  );
  requireNone(refusalsOfSignOff(standing, given.answers, isOneOf));
  const saved = await keepBuild(tx, signedDocument(loaded), given.by, clock);
  await tx.query(
    `update returns.version set state = 'signed-off', return_id = $4, signed_at = $5, signed_by = $6, signed_as = $7
     where place = $1 and template = $2 and version_no = $3`,
    [key.place, key.template, version.version, saved.id, clock.now(), given.by, given.signedAs],
  );
  const detail = { answers: version.answers, sha256: saved.sha256, signedAs: given.signedAs, acknowledged: loaded.acknowledged.length };
  await recordStep(tx, key, { version: version.version, actor: given.by, step: 'signed-off', detail }, clock);
  await addJob(tx, 'follow-returns', {}, { key: 'follow-returns' });
  return { version: version.version, sha256: saved.sha256 };
}

/** The document as it is signed: with who reviewed each sheet. */
function signedDocument({ version, document, standing }: LoadedReturn): LoadedReturn['document'] {
  const reviewer = new Map(standing.sheets.map(({ name, reviewedBy }) => [name, reviewedBy ?? null]));
  return {
    ...document,
    state: 'signed-off',
    version: version.version,
    ...(version.amends === null ? {} : { amends: version.amends }),
    sheets: document.sheets.map((sheet) => ({
      ...sheet,
      questions: sheet.questions.map((question) => ({ ...question, reviewedBy: reviewer.get(sheet.name) ?? question.reviewedBy })),
    })),
  };
}

export interface Submitting {
  /** By which way it was sent: e-mail, upload. */
  readonly how: string;
  /** Hex SHA-256 of the file that was sent. */
  readonly fileSha256: string;
  readonly at: Date;
  readonly by: string;
}

/** Records that a signed return was sent: when, how, and which file. Nothing changes after that. @throws ReturnRefusedError */
export async function recordSubmission(tx: Transaction, { key, clock }: Deciding, given: Submitting): Promise<void> {
  refuseIdentifiers(given.how);
  await lock(tx, key);
  const version = await requireVersion(tx, key);
  requireNone(refusalsOfSubmission(version.state));
  const now = clock.now();
  if (given.at > now || (version.signedAt !== null && localDate(given.at) < localDate(new Date(version.signedAt))))
    throw new GatewayError('MOMENT_INVALID', 'A return is sent after it was signed off, and not in the future.', { status: 409 });
  await tx.query(
    `update returns.version
     set state = 'submitted', submitted_at = $4, submitted_how = $5, file_sha256 = decode($6, 'hex'), recorded_by = $7, recorded_at = $8
     where place = $1 and template = $2 and version_no = $3`,
    [key.place, key.template, version.version, given.at, given.how, given.fileSha256, given.by, now],
  );
  const detail = { how: given.how, at: given.at.toISOString(), fileSha256: given.fileSha256 };
  await recordStep(tx, key, { version: version.version, actor: given.by, step: 'submitted', detail }, clock);
  await addJob(tx, 'follow-returns', {}, { key: 'follow-returns' });
}
