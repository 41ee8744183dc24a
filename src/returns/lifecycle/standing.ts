import type { Queryable } from '../../database/query.ts';
import { type Clock, localDate } from '../../shared/clock.ts';
import { checklistOf } from '../checklist.ts';
import type { Finding, Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { newestDeclaration } from './declarations.ts';
import { digestOfAnswers, digestOfFinding } from './digest.ts';
import type { ReturnKey } from './history.ts';
import { currentOwners } from './owners.ts';
import type { IsOneOf, ReturnStanding, SheetStanding } from './state.ts';
import { lastReviews, readBuild, requireVersion, type Version } from './version.ts';

export interface Acknowledged {
  readonly rule: string;
  readonly finding: string;
  readonly by: string;
  readonly reason: string;
}

/** A version with its document and everything that decides about its next step. */
export interface LoadedReturn {
  readonly version: Version;
  readonly document: Return;
  readonly standing: ReturnStanding;
  readonly acknowledged: readonly Acknowledged[];
  /** Questions that a named person has answered, and not taken back. */
  readonly answeredByPeople: ReadonlySet<string>;
}

interface Asked {
  readonly key: ReturnKey;
  readonly template: ReturnTemplate;
  /** This template and those before it, newest first. */
  readonly templates: readonly string[];
  readonly version?: number | undefined;
  readonly clock: Clock;
}

/** Reads how a version stands; the newest unless its number is given. @throws GatewayError RETURN_UNKNOWN */
export async function loadStanding(db: Queryable, { key, template, templates, version: wanted, clock }: Asked): Promise<LoadedReturn> {
  const version = await requireVersion(db, key, wanted);
  const document = await readBuild(db, version.returnId);
  const reviews = await lastReviews(db, key, version.version);
  const owners = await currentOwners(db, key.place, templates);
  const authors = await authorsOf(db, key);
  const acknowledged = await readAcknowledged(db, key, version.version);
  const sections = checklistOf(document, template);
  // A section that is printed and not in the document can never be complete, and so is never signed.
  const names = [...new Set([...document.sheets.map(({ name }) => name), ...sections.map(({ sheet }) => sheet)])];
  const sheets = names.map((name): SheetStanding => {
    const questions = document.sheets.find((sheet) => sheet.name === name)?.questions ?? [];
    const asked = sections.filter(({ sheet }) => sheet === name);
    const sum = (of: 'answered' | 'total') => asked.reduce((total, section) => total + section[of], 0);
    return {
      name,
      answered: sum('answered'),
      total: sum('total'),
      answers: digestOfAnswers(questions),
      reviewed: reviews.get(name)?.answers,
      reviewedBy: reviews.get(name)?.by,
      owner: owners.get(name),
      authors: [...new Set(questions.flatMap(({ id }) => authors.get(id)?.by ?? []))],
    };
  });
  const cells = document.sheets.flatMap(({ questions }) => questions);
  const standing: ReturnStanding = {
    state: version.state,
    rehearsal: document.rehearsal,
    periodOver: document.period.to < localDate(clock.now()),
    answers: version.answers,
    current: version.declarations === (await newestDeclaration(db, key)),
    sheets,
    // A copy that stands in a file is nobody's answer until a named person has made it theirs.
    unaccepted: cells.flatMap(({ id, provenance }) => (provenance === 'carried forward' && authors.get(id)?.answers !== true ? [id] : [])),
    unacknowledged: [...new Set(openErrors(document, acknowledged).map(({ rule }) => rule))],
  };
  const answeredByPeople = new Set([...authors].filter(([, { answers }]) => answers).map(([question]) => question));
  return { version, document, standing, acknowledged, answeredByPeople };
}

/** Contradictions of severity error that nobody has let stand. */
export function openErrors(document: Return, acknowledged: readonly Acknowledged[]): Finding[] {
  const known = new Set(acknowledged.map(({ finding }) => finding));
  return document.findings.filter((finding) => finding.severity === 'error' && !known.has(digestOfFinding(document, finding)));
}

interface Author {
  readonly by: string;
  /** False when they took the answer back. */
  readonly answers: boolean;
}

async function authorsOf(db: Queryable, { place, template }: ReturnKey): Promise<Map<string, Author>> {
  const { rows } = await db.query<{ question: string; by: string; answers: boolean }>(
    `select distinct on (question) question, declared_by as "by", answer <> 'null'::jsonb as answers
     from returns.declaration where place = $1 and template = $2 order by question, declaration_no desc`,
    [place, template],
  );
  return new Map(rows.map(({ question, by, answers }) => [question, { by, answers }]));
}

async function readAcknowledged(db: Queryable, { place, template }: ReturnKey, version: number): Promise<Acknowledged[]> {
  const { rows } = await db.query<Acknowledged & Record<string, unknown>>(
    `select rule, encode(finding, 'hex') as finding, acknowledged_by as "by", reason
     from returns.acknowledgement where place = $1 and template = $2 and version_no = $3 order by acknowledgement_no`,
    [place, template, version],
  );
  return rows;
}

/** Who of these people is the same human as this one, asked of the register once (register.same_human). */
export async function sameHumans(db: Queryable, person: string, people: readonly string[]): Promise<IsOneOf> {
  const { rows } = await db.query<{ one: string }>('select one from unnest($1::text[]) one where register.same_human(one, $2)', [
    [...new Set(people)],
    person,
  ]);
  const same = new Set(rows.map(({ one }) => one));
  return (asked) => asked.some((one) => same.has(one));
}
