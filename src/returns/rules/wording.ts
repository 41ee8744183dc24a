import type { Answer } from '../return.ts';
import type { Question } from '../template.ts';
import { type Examined, type Rule, together } from './rule.ts';
import { figuresOf, quartersNamed, wordsOnly } from './words.ts';

/** Shorter texts repeat by themselves: names of metrics, 'nil comment'. */
const longEnough = 40;

/** Fewer repeated answers than this are no sign of copying: most settings do not change in a quarter. */
const suspiciouslyMany = 20;

/** Cells in which people write about the quarter. */
const commentaries = ({ questions }: Examined): readonly Question[] =>
  questions.filter(({ id, input }) => input.kind === 'text' && !id.startsWith('cover.'));

/** Is every figure of a text labelled with a quarter, and none of them with this one? Targets are no figures. */
function isOfAnotherQuarter(text: string, { quarter }: Examined): boolean {
  const named = quartersNamed(text, quarter.year);
  const figures = figuresOf(text);
  return figures > 0 && named.length >= figures && named.every((other) => other.quarter !== quarter.quarter || other.year !== quarter.year);
}

/** Answers in the order from least to most, by how they begin; one that stands lower than a quarter ago went back. */
const ladders: readonly (readonly [prefix: string, steps: readonly string[]])[] = [
  ['am.nhs-number.', ['No', 'Yes']],
  ['am.sharing.', ['Not currently', 'Shared via interim', 'Shared via Open']],
  ['am.open-api.status.', ['Unavailable', 'In development', 'Installed', 'Live']],
  ['am.teams.', ['No', 'Yes - in some', 'Yes - in most', 'Yes - throughout']],
];

function wentBack(id: string, then: Answer | undefined, now: Answer): boolean {
  const steps = ladders.find(([prefix]) => id.startsWith(prefix))?.[1] ?? [];
  const step = (answer: Answer | undefined) => steps.findIndex((begins) => typeof answer === 'string' && answer.startsWith(begins));
  return step(now) !== -1 && step(now) < step(then);
}

/** Rules about what was carried from one quarter to the next. */
export const wordingRules: readonly Rule[] = [
  {
    id: 'COMMENTARY_OTHER_QUARTER',
    severity: 'warning',
    message: 'A commentary gives its figures for another quarter, and none for its own.',
    remedy: 'Give the figure of this quarter, or correct the label.',
    source: "Southend Q2 2016-17: 'Our current performance for Q1 16/17 is 93%'",
    find: (examined) =>
      commentaries(examined)
        .filter(({ id }) => isOfAnotherQuarter(examined.words(id), examined))
        .map(({ id }) => ({ questions: [id] })),
  },
  {
    id: 'COMMENTARY_COPIED',
    severity: 'warning',
    message: 'Commentaries repeat those of the quarter before word for word, and nobody has reviewed them.',
    remedy: 'Write what happened in this quarter, or record who read the text and found it still true.',
    source: 'Southend Q2 2016-17: commentaries on long-term conditions and residential care, and the narrative, repeat Q1',
    find: (examined) =>
      together(
        commentaries(examined)
          .map(({ id }) => id)
          .filter((id) => examined.words(id).length >= longEnough && examined.cell(id)?.reviewedBy === null)
          .filter((id) => wordsOnly(examined.words(id)) === wordsOnly(String(examined.before(id) ?? ''))),
      ),
  },
  {
    id: 'CARRIED_FORWARD_UNREVIEWED',
    severity: 'warning',
    message: 'Answers are those of the quarter before, and nobody has reviewed them.',
    remedy: 'Have each answer read by someone who knows the setting, and record who.',
    source: 'Southend returns 2016-17: measures 1 to 4 of Q2, Q3 and Q4 repeat Q1',
    find: ({ cells, before }) => {
      const unreviewed = cells.filter(({ reviewedBy, answer }) => reviewedBy === null && answer !== null);
      const marked = unreviewed.filter(({ provenance }) => provenance === 'carried forward');
      const repeated = unreviewed.filter(
        ({ id, provenance, answer, evidence }) =>
          id.startsWith('am.') && provenance === 'declared' && evidence?.source !== 'register' && before(id) === answer,
      );
      const found = new Set([...marked, ...(repeated.length >= suspiciouslyMany ? repeated : [])].map(({ id }) => id));
      return together(cells.map(({ id }) => id).filter((id) => found.has(id)));
    },
  },
  {
    id: 'ANSWER_WENT_BACK',
    severity: 'information',
    message: 'Answers stand lower than in the quarter before.',
    remedy: 'Say in the narrative what was lost, or correct the answer.',
    source: 'Southend Q4 2016-17: integrated teams in the acute setting from throughout the area to some parts of it',
    find: ({ cells, before }) => together(cells.filter(({ id, answer }) => wentBack(id, before(id), answer)).map(({ id }) => id)),
  },
];
