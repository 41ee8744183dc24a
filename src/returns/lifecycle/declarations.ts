import { recordAudit } from '../../audit/record.ts';
import type { Queryable, Transaction } from '../../database/query.ts';
import { type Clock, localDate } from '../../shared/clock.ts';
import { formatProblem, isReadable } from '../answer-format.ts';
import type { Declared } from '../declared.ts';
import type { Answer } from '../return.ts';
import { questionsOf, type ReturnTemplate } from '../template.ts';
import { DeclarationRefusedError, looksLikeNhsNumber } from './declaration-refused.ts';
import type { ReturnKey } from './history.ts';
import { requireOpen } from './version.ts';

interface DeclarationRow extends Record<string, unknown> {
  readonly question: string;
  readonly answer: Answer;
  readonly carried_from: string | null;
  readonly source: string;
  readonly declared_by: string;
  readonly day: string;
}

const newest = `select distinct on (question) question, answer, carried_from, source, declared_by,
    to_char(declared_at at time zone 'Europe/London', 'YYYY-MM-DD') as day
  from returns.declaration where place = $1 and template = $2 order by question, declaration_no desc`;

/**
 * What named people have declared for a return of a place, the newest of each question; an answer taken back is there as
 * null, so that it also takes back what a file says. Undefined when nobody has declared anything.
 */
export async function currentDeclarations(db: Queryable, { place, template }: ReturnKey): Promise<Declared | undefined> {
  const { rows } = await db.query<DeclarationRow>(newest, [place, template]);
  if (rows.length === 0) return undefined;
  return {
    template,
    place,
    source: 'Declared by named people in the gateway',
    filledBy: 'Named people',
    answers: Object.fromEntries(
      rows.map(({ question, answer, carried_from, source, declared_by, day }) => [
        question,
        { answer, filledBy: declared_by, source, at: day, ...(carried_from === null ? {} : { carriedForwardFrom: carried_from }) },
      ]),
    ),
    previous: {},
  };
}

/** All declarations of a return: those of the configuration, and over them what people have declared since. */
export async function declarationsOf(db: Queryable, key: ReturnKey, file: Declared | undefined): Promise<Declared | undefined> {
  const recorded = await currentDeclarations(db, key);
  if (file === undefined || recorded === undefined) return file ?? recorded;
  return { ...file, answers: { ...file.answers, ...recorded.answers } };
}

export interface Declaring {
  readonly place: string;
  readonly template: ReturnTemplate;
  /** By question id; null takes an answer back, and so does the empty string. */
  readonly answers: Readonly<Record<string, Answer>>;
  /** Staff id; whoever calls has asked `actAs`. */
  readonly by: string;
  readonly at: Date;
  /** Where they were written down: 'Interface', 'Workbook', 'Command line'. */
  readonly source: string;
  readonly reason?: string | undefined;
}

export interface DeclaredNow {
  /** Questions whose answer is new. */
  readonly declared: readonly string[];
  /** Questions that had this answer of a person already. */
  readonly unchanged: readonly string[];
}

/** What is wrong with answers to a template, by question, without repeating any of them; empty when they all fit. */
export function declarationProblems(template: ReturnTemplate, answers: Readonly<Record<string, Answer>>): string[] {
  const questions = new Map(questionsOf(template).map((question) => [question.id, question]));
  return Object.entries(answers).flatMap(([id, given], index) => {
    const question = questions.get(id);
    // What is no question of ours may be anything, so it is not repeated.
    if (question === undefined) return [`answer ${index + 1}: is to a question that the template does not ask`];
    const answer = given === '' ? null : given;
    if (typeof answer === 'string' && looksLikeNhsNumber(answer)) return [`${id}: holds a number that could be an NHS number`];
    const problem = formatProblem(template, question, answer);
    return problem === undefined ? [] : [`${id}: ${problem}`];
  });
}

/**
 * Keeps answers of a person, all or none, with their audit entry, in the transaction given. A return that was signed takes
 * no more (the database refuses too); the version is built again by whoever calls (`ReturnsDesk.declare` does both).
 * @throws DeclarationRefusedError with every problem
 */
export async function declareAnswers(tx: Transaction, declaring: Declaring): Promise<DeclaredNow> {
  const { place, template, answers, by, at, source, reason } = declaring;
  const problems = declarationProblems(template, answers);
  if (reason !== undefined && looksLikeNhsNumber(reason)) problems.push('reason: holds a number that could be an NHS number');
  if (reason !== undefined && !isReadable(reason)) problems.push('reason: holds control characters or halves of characters');
  if (problems.length > 0) throw new DeclarationRefusedError(problems);
  await requireOpen(tx, { place, template: template.id });
  const { rows } = await tx.query<DeclarationRow>(newest, [place, template.id]);
  const held = new Map(rows.map((row) => [row.question, row]));
  const given = Object.entries(answers).map(([question, answer]) => ({ question, answer: answer === '' ? null : answer }));
  const isHeld = ({ question, answer }: { question: string; answer: Answer }): boolean => {
    const row = held.get(question);
    return row === undefined ? false : row.answer === answer && row.carried_from === null;
  };
  const fresh = given.filter((one) => !isHeld(one));
  const unchanged = given.filter(isHeld).map(({ question }) => question);
  if (fresh.length === 0) return { declared: [], unchanged };
  await writeDeclarations(tx, { place, template: template.id, by, at, source, reason }, fresh);
  return { declared: fresh.map(({ question }) => question), unchanged };
}

interface Written {
  readonly place: string;
  readonly template: string;
  readonly by: string;
  readonly at: Date;
  readonly source: string;
  readonly reason?: string | undefined;
}

/** Rows and leaf of answers that were judged already. The leaf names the questions and not what was answered. */
export async function writeDeclarations(
  tx: Transaction,
  { place, template, by, at, source, reason }: Written,
  answers: readonly { readonly question: string; readonly answer: Answer; readonly from?: string }[],
): Promise<void> {
  await tx.query(
    `insert into returns.declaration (place, template, question, answer, carried_from, source, reason, declared_by, declared_at)
     select $1, $2, d.question, coalesce(d.answer, 'null'::jsonb), d.carried_from, $3, $4, $5, $6
     from rows from (jsonb_to_recordset($7::jsonb) as (question text, answer jsonb, carried_from text))
       with ordinality as d (question, answer, carried_from, n)
     order by n`,
    [place, template, source, reason ?? null, by, at, JSON.stringify(answers.map((one) => ({ ...one, carried_from: one.from ?? null })))],
  );
  const clock: Clock = { now: () => at };
  const detail = { place, template, day: localDate(at), source, questions: answers.map(({ question }) => question) };
  await recordAudit(tx, { type: 'return.declared', actor: by, subject: `${place}/${template}`, detail }, clock);
}

/** Number of the newest declaration: what a build must know to be current. */
export async function newestDeclaration(db: Queryable, { place, template }: ReturnKey): Promise<number> {
  const { rows } = await db.query<{ newest: string }>(
    'select coalesce(max(declaration_no), 0) as newest from returns.declaration where place = $1 and template = $2',
    [place, template],
  );
  return Number(rows[0]?.newest ?? 0);
}
