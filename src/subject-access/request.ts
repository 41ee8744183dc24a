import { createHash, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { actAs } from '../access/act-as.ts';
import type { Actor } from '../access/decide.ts';
import { type AuditEntry, recordAudit } from '../audit/record.ts';
import type { PayloadSealer } from '../audit/sealed.ts';
import { type Transaction, transaction } from '../database/query.ts';
import { loadRegister } from '../register/load.ts';
import type { Register } from '../register/register.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { SubjectAccessAnswer } from './answer.ts';
import { describeFlow, describeProject } from './describe-flow.ts';
import { countMerges, readFlows, readLooked, readPerson, readRecipients, readScores, readSummary, type Subject } from './gather.ts';
import { notes } from './notes.ts';

/** What the black box says of the person; the number stays there. */
export interface KnownSubject {
  readonly decision: string;
  readonly personId?: number | undefined;
  readonly landingPseudonyms: readonly string[];
  readonly objections: readonly object[];
  readonly nationalChecks: readonly object[];
  /** What projects knew or know the person by; only the log is asked by them. */
  readonly recipients: readonly { readonly project: string; readonly pseudonym: string }[];
}

export interface SubjectAccessParts {
  readonly gateway: Pool;
  readonly clock: Clock;
  readonly sealer: PayloadSealer;
  /** The black box's door: from the opaque request to what is known. */
  findSubject(bytes: AsyncIterable<Buffer>): Promise<KnownSubject>;
  /** The re-identifier's: one person for this decision. */
  openIdentity(decision: {
    readonly decisionId: string;
    readonly decidedBy: string;
    readonly landingPseudonyms: readonly string[];
  }): Promise<readonly { readonly nhsNumber: string }[]>;
}

/** Requests one IG lead may decide in an hour. */
export const requestsPerHour = 10;
const requestLock = 0x5341_5230;

/**
 * Answers one person's request to see what is held about them (UK GDPR article 15), by an IG lead's decision that says how
 * the person was identified. Request and answer are on record before the answer is given; the identity is opened by the
 * re-identifier, for this decision and once.
 * @param bytes JSON `{"nhsNumber": …, "decision": …}`, opaque here: only the black box reads it.
 * @throws AccessRefusedError; GatewayError TOO_MANY_SUBJECT_REQUESTS (429), DECISION_UNUSABLE (422), and the black box's own.
 */
export async function answerSubjectAccess(
  parts: SubjectAccessParts,
  request: { readonly person: string; readonly place?: string; readonly bytes: AsyncIterable<Buffer> },
): Promise<SubjectAccessAnswer> {
  const { gateway, clock } = parts;
  const actor = await actAs(gateway, {
    person: request.person,
    roles: ['ig-lead'],
    action: 'subject-access.answer',
    clock,
    ...(request.place === undefined ? {} : { place: request.place }),
  });
  const known = await parts.findSubject(request.bytes);
  const decisionId = randomUUID();
  await recordRequest(parts, actor, decisionId, known);
  const register = await loadRegister(gateway);
  const identity =
    known.personId === undefined
      ? []
      : await parts.openIdentity({ decisionId, decidedBy: actor.person, landingPseudonyms: known.landingPseudonyms });
  const answer = await gather(parts, register, { actor, decisionId, known, identity });
  const sha256 = createHash('sha256').update(answerBytes(answer)).digest();
  const outcome = known.personId === undefined && known.objections.length + known.nationalChecks.length === 0 ? 'nothing-held' : 'answered';
  await transaction(gateway, async (tx) => {
    await tx.query('update subject_access.request set answered_at = $2, outcome = $3, answer_sha256 = $4 where request_id = $1', [
      decisionId,
      clock.now(),
      outcome,
      sha256,
    ]);
    const detail = { request: decisionId, place: actor.place, outcome, flows: answer.flows.length, sha256: sha256.toString('hex') };
    await recordAbout(parts, tx, known, { type: 'subject-access.answered', actor: actor.person, detail });
  });
  return answer;
}

/** The exact bytes of the JSON file: their digest is on record. */
export const answerBytes = (answer: SubjectAccessAnswer): Buffer => Buffer.from(`${JSON.stringify(answer, undefined, 2)}\n`, 'utf8');

/** A leaf about somebody, whose pseudonym is in its sealed part, so that a lawful erasure reaches the log (docs/adr/0011). */
async function recordAbout(
  { sealer, clock }: SubjectAccessParts,
  tx: Transaction,
  { landingPseudonyms: [landingPseudonym] }: KnownSubject,
  entry: AuditEntry,
): Promise<void> {
  if (landingPseudonym === undefined) return recordAudit(tx, entry, clock);
  await sealer.record(tx, { ...entry, holder: landingPseudonym, sealed: { landingPseudonym } }, clock);
}

async function recordRequest(parts: SubjectAccessParts, actor: Actor, decisionId: string, known: KnownSubject): Promise<void> {
  const { gateway, clock } = parts;
  await transaction(gateway, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [requestLock]);
    const { rows } = await tx.query<{ many: number }>(
      `select count(*)::int as many from subject_access.request where requested_by = $1 and requested_at > $2::timestamptz - interval '1 hour'`,
      [actor.person, clock.now()],
    );
    if ((rows[0]?.many ?? 0) >= requestsPerHour) {
      throw new GatewayError('TOO_MANY_SUBJECT_REQUESTS', `One person decides at most ${requestsPerHour} requests in an hour.`, {
        status: 429,
      });
    }
    await tx
      .query(
        'insert into subject_access.request (request_id, place_id, requested_by, decision, requested_at) values ($1, $2, $3, $4, $5)',
        [...[decisionId, actor.place, actor.person, known.decision, clock.now()]],
      )
      .catch((error: { code?: string }) => {
        if (error.code !== '23514') throw error;
        throw new GatewayError(
          'DECISION_UNUSABLE',
          'Say in 20 to 2000 characters how the person was identified and why this is answered, without an NHS number or any other number of ten digits.',
          { status: 422 },
        );
      });
    const detail = { request: decisionId, place: actor.place };
    await recordAbout(parts, tx, known, { type: 'subject-access.decided', actor: actor.person, detail });
  });
}

interface Decided {
  readonly actor: Actor;
  readonly decisionId: string;
  readonly known: KnownSubject;
  readonly identity: SubjectAccessAnswer['identity'];
}

async function gather(parts: SubjectAccessParts, register: Register, decided: Decided): Promise<SubjectAccessAnswer> {
  const { actor, known } = decided;
  const at = localDate(parts.clock.now());
  const head = {
    request: decided.decisionId,
    place: actor.place,
    placeName: register.places.get(actor.place)?.place.name ?? actor.place,
    answeredOn: at,
    decidedBy: actor.person,
    decision: known.decision,
    identity: decided.identity,
  };
  const objections = known.objections.map((objection) => ({ ...objection }));
  const nationalChecks = known.nationalChecks.map((check) => ({ ...check }));
  const numbers = known.landingPseudonyms.length;
  const nothing = { person: null, flows: [], summary: null, scores: [], projects: [], projectsBefore: [] };
  const ofPlace = ({ project }: { readonly project: string }): boolean =>
    (register.projects.get(project)?.place.place.id ?? actor.place) === actor.place;
  const asked = [...known.landingPseudonyms, ...known.recipients.filter(ofPlace).map(({ pseudonym }) => pseudonym)];
  if (known.personId === undefined) {
    const linkage = { grade: null, doubts: [], numbers: 0, merges: 0 };
    const looked = await readLooked(parts.gateway, asked);
    return { ...head, ...nothing, objections, nationalChecks, linkage, looked, notes };
  }
  const subject: Subject = { personId: known.personId, landingPseudonyms: known.landingPseudonyms, place: actor.place };
  // One snapshot, so that the parts of the answer agree with one another.
  return transaction(parts.gateway, async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    const own = (await readRecipients(tx, subject)).filter(ofPlace);
    const looked = await readLooked(tx, [...new Set([...asked, ...own.map(({ pseudonym }) => pseudonym)])]);
    const now = new Set(own.map(({ project }) => project));
    const before = new Set(
      looked.flatMap(({ project }) => (project === null || now.has(project) || !ofPlace({ project }) ? [] : [project])),
    );
    const flows = (await readFlows(tx, subject)).map((rows) => describeFlow(register, rows, at));
    const person = await readPerson(tx, subject);
    return {
      ...head,
      person,
      flows,
      objections,
      nationalChecks,
      linkage: {
        grade: typeof person?.linkage_grade === 'string' ? person.linkage_grade : null,
        doubts: Array.isArray(person?.doubts) ? person.doubts.map(String) : [],
        numbers,
        merges: await countMerges(tx, subject),
      },
      summary: await readSummary(tx, subject),
      scores: await readScores(tx, subject),
      projects: [...now].map((project) => describeProject(register, project)),
      projectsBefore: [...before].map((project) => describeProject(register, project)),
      looked,
      notes,
    };
  });
}
