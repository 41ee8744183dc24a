import { readNumber, sameAnswer } from '../answer-format.ts';
import { releaseCount } from '../disclosure.ts';
import { hiddenReason } from '../evidence-pack/released-counts.ts';
import type { AnsweredQuestion } from '../return.ts';
import { type Rule, together } from './rule.ts';

/** Conditions that have a contradiction rule of their own when they answer Yes; the same fault is not reported twice. */
const ownRule = new Set(['nc.4i.answer', 'nc.4ii.answer', 'nc.4iii.answer']);

/** Does the human's answer differ from what was seen? Counts are compared as they may leave; one that is kept back with nothing. */
export function differs({ id, answer, evidence }: AnsweredQuestion): boolean {
  const observed = evidence?.observed ?? null;
  if (answer === null || observed === null || id === 'am.phb.percent-chc') return false;
  if (!id.startsWith('am.phb.')) return !sameAnswer(answer, observed);
  if (evidence?.reason.endsWith(hiddenReason)) return false;
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
    find: ({ cells }) =>
      cells
        // What the register only proposes was not observed, so it contradicts nobody.
        .filter((cell) => cell.provenance !== 'observed' && !cell.evidence?.flags.includes('NO_DATA_IN_PERIOD') && differs(cell))
        .filter(({ id, answer }) => !(ownRule.has(id) && answer === 'Yes'))
        .map(({ id }) => ({ questions: [id] })),
  },
  {
    id: 'NO_DATA_IN_PERIOD',
    severity: 'warning',
    message: 'No data was seen in the period for these cells: an answer there is a proposal or is missing.',
    remedy: "Confirm each. No data in the period is not the same as 'Not currently shared digitally'.",
    source: 'RULE-BCF-3',
    find: ({ cells }) =>
      together(
        cells
          .filter(({ evidence, provenance }) => provenance !== 'carried forward' && evidence?.flags.includes('NO_DATA_IN_PERIOD'))
          .filter(({ reviewedBy }) => reviewedBy === null)
          .map(({ id }) => id),
      ),
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
