import { readNumber } from '../answer-format.ts';
import { releaseCount } from '../disclosure.ts';
import type { AnsweredQuestion } from '../return.ts';
import type { Rule } from './rule.ts';

/** Fewer repeated answers than this are no sign of copying: most settings do not change in a quarter. */
const suspiciouslyMany = 20;

/** Conditions that have a contradiction rule of their own; the same fault is not reported twice. */
const ownRule = new Set(['nc.4i.answer', 'nc.4ii.answer', 'nc.4iii.answer']);

/** Does the human's answer differ from what was seen? Counts are compared as they may leave. */
export function differs({ id, answer, evidence }: AnsweredQuestion): boolean {
  const observed = evidence?.observed ?? null;
  if (answer === null || observed === null || id === 'am.phb.percent-chc') return false;
  if (!id.startsWith('am.phb.')) return answer !== observed;
  const declared = readNumber(answer);
  return declared !== undefined && releaseCount(declared) !== observed;
}

/** Rules about where answers come from. */
export const evidenceRules: readonly Rule[] = [
  {
    id: 'OBSERVED_DIFFERS',
    severity: 'warning',
    message: 'A human answered otherwise than the gateway observed. The human answer stands.',
    remedy: 'Look at the evidence of the cell: correct the answer, or have it reviewed as it is.',
    source: 'RULE-BCF-1: observation never overwrites a human answer',
    find: ({ document }) =>
      document.sheets
        .flatMap(({ questions }) => questions)
        // What the register only proposes was not observed, so it contradicts nobody.
        .filter((cell) => cell.provenance !== 'observed' && !cell.evidence?.flags.includes('NO_DATA_IN_PERIOD') && differs(cell))
        .filter(({ id }) => !ownRule.has(id))
        .map(({ id }) => ({ questions: [id] })),
  },
  {
    id: 'NO_DATA_IN_PERIOD',
    severity: 'warning',
    message: 'No data was seen in the period for these cells: an answer there is a proposal or is missing.',
    remedy: "Confirm each. No data in the period is not the same as 'Not currently shared digitally'.",
    source: 'RULE-BCF-3',
    find: ({ document }) => {
      const cells = document.sheets
        .flatMap(({ questions }) => questions)
        .filter(({ evidence, provenance }) => provenance !== 'carried forward' && evidence?.flags.includes('NO_DATA_IN_PERIOD'))
        .filter(({ reviewedBy }) => reviewedBy === null);
      return cells.length === 0 ? [] : [{ questions: cells.map(({ id }) => id) }];
    },
  },
  {
    id: 'CARRIED_FORWARD_UNREVIEWED',
    severity: 'warning',
    message: 'Answers are those of the quarter before, and nobody has reviewed them.',
    remedy: 'Have each answer read by someone who knows the setting, and record who.',
    source: 'Southend returns 2016-17: measures 1 to 4 of Q2, Q3 and Q4 repeat Q1',
    find: ({ document, before }) => {
      const unreviewed = document.sheets
        .filter(({ name }) => name === 'Additional Measures')
        .flatMap(({ questions }) => questions)
        .filter(({ reviewedBy, answer }) => reviewedBy === null && answer !== null);
      const marked = unreviewed.filter(({ provenance }) => provenance === 'carried forward');
      const repeated = unreviewed.filter(
        ({ id, provenance, answer, evidence }) => provenance === 'declared' && evidence?.source !== 'register' && before(id) === answer,
      );
      const found = [...marked, ...(repeated.length >= suspiciouslyMany ? repeated : [])];
      return found.length === 0 ? [] : [{ questions: found.map(({ id }) => id) }];
    },
  },
  {
    id: 'REHEARSAL_PERIOD',
    severity: 'information',
    message: "This return is a rehearsal: its period is not the template's own.",
    remedy: 'Do not submit it.',
    source: 'design: a return states its period',
    find: ({ document }) => (document.rehearsal ? [{ questions: [] }] : []),
  },
];
