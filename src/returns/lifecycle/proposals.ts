import { recordAudit } from '../../audit/record.ts';
import type { Queryable, Transaction } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { formatProblem } from '../answer-format.ts';
import { type Answer, answersOf, type Return } from '../return.ts';
import { questionsOf, type ReturnTemplate } from '../template.ts';
import { refuseIdentifiers } from './declaration-refused.ts';
import { writeDeclarations } from './declarations.ts';
import type { ReturnKey } from './history.ts';
import { missingAnswers } from './missing.ts';
import { requireOpen } from './version.ts';

export interface Proposal {
  readonly proposal: number;
  readonly question: string;
  readonly answer: Answer;
  /** The earlier return it is copied from. */
  readonly from: string;
  readonly state: 'open' | 'accepted' | 'rejected';
  readonly proposedBy: string;
  readonly decidedBy: string | null;
}

/** Proposals of a return, open ones first. */
export async function listProposals(db: Queryable, { place, template }: ReturnKey): Promise<Proposal[]> {
  const { rows } = await db.query<Omit<Proposal, 'proposal'> & { proposal: string }>(
    `select p.proposal_no as proposal, p.question, p.answer, p.from_template as "from",
       case when d.accepted is null then 'open' when d.accepted then 'accepted' else 'rejected' end as state,
       p.proposed_by as "proposedBy", d.decided_by as "decidedBy"
     from returns.proposal p left join returns.proposal_decision d using (proposal_no)
     where p.place = $1 and p.template = $2 order by d.accepted is not null, p.proposal_no`,
    [place, template],
  );
  return rows.map(({ proposal, ...row }) => ({ proposal: Number(proposal), ...row }));
}

/**
 * What the quarter before could answer: questions that are owed and nobody has answered, and copies that stand in a file
 * unaccepted, as far as they still fit their cell. Pure.
 * @param accepted questions that a named person has answered
 */
export function carryForward(
  document: Return,
  template: ReturnTemplate,
  accepted: ReadonlySet<string>,
): { question: string; answer: Answer }[] {
  const earlier = template.previous === undefined ? {} : (document.previous[template.previous] ?? {});
  const cells = answersOf(document);
  const missing = new Set(missingAnswers(document, template).map(({ question }) => question));
  return questionsOf(template).flatMap((question) => {
    const cell = cells.get(question.id);
    if (cell === undefined || accepted.has(question.id)) return [];
    const copied = cell.provenance === 'carried forward' ? cell.answer : missing.has(question.id) ? (earlier[question.id] ?? null) : null;
    if (copied === null || copied === '' || formatProblem(template, question, copied) !== undefined) return [];
    return [{ question: question.id, answer: copied }];
  });
}

/** Offers answers of the quarter before; offered once, whatever became of it. @returns how many are new */
export async function proposeAnswers(
  tx: Transaction,
  key: ReturnKey,
  given: { readonly answers: readonly { question: string; answer: Answer }[]; readonly from: string; readonly by: string },
  clock: Clock,
): Promise<number> {
  const { place, template } = key;
  await requireOpen(tx, key);
  const { rows } = await tx.query<{ question: string }>(
    `insert into returns.proposal (place, template, question, answer, from_template, proposed_by, proposed_at)
     select $1, $2, p.question, p.answer, $3, $4, $5
     from rows from (jsonb_to_recordset($6::jsonb) as (question text, answer jsonb)) with ordinality as p (question, answer, n)
     order by n
     on conflict (place, template, question, from_template) do nothing
     returning question`,
    [place, template, given.from, given.by, clock.now(), JSON.stringify(given.answers)],
  );
  if (rows.length === 0) return 0;
  const detail = { ...key, from: given.from, questions: rows.map(({ question }) => question) };
  await recordAudit(tx, { type: 'return.proposed', actor: given.by, subject: `${place}/${template}`, detail }, clock);
  return rows.length;
}

export interface ProposalDecision {
  readonly proposals: readonly number[];
  readonly accept: boolean;
  readonly by: string;
  readonly reason?: string | undefined;
}

/**
 * Accepts or rejects proposals, all or none. What is accepted becomes the answer of the person who accepts, still marked as
 * copied; what is rejected stays on record and is no answer.
 * @throws GatewayError PROPOSAL_UNKNOWN, PROPOSAL_DECIDED
 */
export async function decideProposals(tx: Transaction, key: ReturnKey, decision: ProposalDecision, clock: Clock): Promise<void> {
  const { place, template } = key;
  refuseIdentifiers(decision.reason);
  await requireOpen(tx, key);
  const numbers = [...new Set(decision.proposals)];
  const open = new Map((await listProposals(tx, key)).map((one) => [one.proposal, one]));
  const chosen = numbers.flatMap((number) => open.get(number) ?? []);
  if (chosen.length !== numbers.length || chosen.length === 0)
    throw new GatewayError('PROPOSAL_UNKNOWN', 'This return has no such proposal. `haven return proposals` lists them.', { status: 404 });
  if (chosen.some(({ state }) => state !== 'open'))
    throw new GatewayError('PROPOSAL_DECIDED', 'Somebody has decided about one of these already.', { status: 409 });
  const at = clock.now();
  await tx.query(
    `insert into returns.proposal_decision (proposal_no, accepted, reason, decided_by, decided_at)
     select n, $2, $3, $4, $5 from unnest($1::bigint[]) n`,
    [numbers, decision.accept, decision.reason ?? null, decision.by, at],
  );
  if (decision.accept)
    await writeDeclarations(
      tx,
      { place, template, by: decision.by, at, source: 'Accepted from the quarter before', reason: decision.reason },
      chosen.map(({ question, answer, from }) => ({ question, answer, from })),
    );
  const detail = { ...key, questions: chosen.map(({ question }) => question) };
  const type = decision.accept ? 'return.proposal-accepted' : 'return.proposal-rejected';
  await recordAudit(tx, { type, actor: decision.by, subject: `${place}/${template}`, detail }, clock);
}
