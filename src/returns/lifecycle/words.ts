import { readDate, readNumber } from '../answer-format.ts';
import { type Answer, type AnsweredQuestion, answersOf, type Return } from '../return.ts';

/** Longer answers are not repeated in a sentence: their length is. */
const quotable = 80;

const numbers = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });
const blank = (answer: Answer | undefined): answer is null | undefined | '' => answer === null || answer === undefined || answer === '';
const quote = (answer: Answer): string => (typeof answer === 'string' ? `'${answer}'` : String(answer));

/** How one answer became another, in words; undefined when they are the same. */
export function describeChange(before: Answer | undefined, after: Answer | undefined): string | undefined {
  if (before === after || (blank(before) && blank(after))) return undefined;
  if (blank(before)) return isLong(after) ? 'was written' : `is now ${quote(after ?? null)}, and was blank`;
  if (blank(after)) return isLong(before) ? 'was emptied' : `is now blank, and was ${quote(before)}`;
  const [from, to] = [readNumber(before), readNumber(after)];
  if (from !== undefined && to !== undefined) {
    if (from === to) return undefined;
    const by = numbers.format(Math.abs(to - from));
    return `${to > from ? 'rose' : 'fell'} by ${by}, from ${printed(before)} to ${printed(after)}`;
  }
  const [then, now] = [readDate(before), readDate(after)];
  if (then !== undefined && now !== undefined)
    return then === now ? undefined : `moved ${now > then ? 'later' : 'earlier'}, from ${String(before)} to ${String(after)}`;
  if (isLong(before) || isLong(after)) {
    const lengths = [before, after].map((answer) => numbers.format(String(answer).length));
    return `was rewritten (${lengths[0]} characters before, ${lengths[1]} now)`;
  }
  return `is now ${quote(after)}, and was ${quote(before)}`;
}

const isLong = (answer: Answer | undefined): boolean => typeof answer === 'string' && answer.length > quotable;
const printed = (answer: Answer): string => (typeof answer === 'number' ? numbers.format(answer) : String(answer));

/**
 * The difference between two returns in words, in the order of the later one: two data versions of a quarter, or two
 * quarters. Long texts are not repeated. Where nobody's answer changed, a change of what the gateway sees is told.
 */
export function describeDifference(before: Return, after: Return): string[] {
  const [old, next] = [answersOf(before), answersOf(after)];
  const questions = after.sheets.flatMap(({ name, questions: cells }) => cells.flatMap((cell) => changesOf(name, old.get(cell.id), cell)));
  const gone = before.sheets.flatMap(({ name, questions: cells }) =>
    cells.filter(({ id, answer }) => !next.has(id) && !blank(answer)).map(({ text }) => `${placeOf(name, text)} is not asked any more.`),
  );
  return [...questions, ...gone, ...findingsOf(before, after)];
}

/** Some printed texts end with a colon of their own. */
const placeOf = (sheet: string, text: string): string => `${sheet}, ${text.replace(/:\s*$/, '')}:`;

function changesOf(sheet: string, before: AnsweredQuestion | undefined, after: AnsweredQuestion): string[] {
  const where = placeOf(sheet, after.text);
  if (before === undefined)
    return blank(after.answer) ? [] : [`${where} is asked for the first time${isLong(after.answer) ? '' : `; ${quote(after.answer)}`}.`];
  const change = describeChange(before.answer, after.answer);
  if (change !== undefined) return [`${where} ${change}${by(before, after)}.`];
  const seen = describeChange(before.evidence?.observed, after.evidence?.observed);
  if (seen !== undefined && !blank(after.answer)) return [`${where} the answer stands, but what the gateway sees ${seen}.`];
  return [];
}

function by(before: AnsweredQuestion, after: AnsweredQuestion): string {
  if (after.provenance === null || after.provenance === before.provenance) return '';
  return ` (${after.provenance}${before.provenance === null ? '' : `, before ${before.provenance}`})`;
}

function findingsOf(before: Return, after: Return): string[] {
  const [old, next] = [findingsByRule(before), findingsByRule(after)];
  const fresh = [...next].flatMap(([rule, { message, questions }]) => {
    const was = old.get(rule)?.questions;
    if (was === undefined) return [`New finding ${rule}: ${message}`];
    const [added, gone] = [questions.filter((id) => !was.includes(id)).length, was.filter((id) => !questions.includes(id)).length];
    return added + gone === 0 ? [] : [`Finding ${rule} is about ${added} other questions, and about ${gone} no more.`];
  });
  const solved = [...old].flatMap(([rule, { message }]) => (next.has(rule) ? [] : [`No longer found, ${rule}: ${message}`]));
  return [...fresh, ...solved];
}

function findingsByRule({ findings }: Return): Map<string, { readonly message: string; readonly questions: string[] }> {
  const found = new Map<string, { readonly message: string; readonly questions: string[] }>();
  for (const { rule, message, questions } of findings) {
    const said = found.get(rule) ?? { message, questions: [] };
    said.questions.push(...questions);
    found.set(rule, said);
  }
  return found;
}
