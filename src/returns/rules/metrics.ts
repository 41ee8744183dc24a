import { sameAnswer } from '../answer-format.ts';
import type { Answer } from '../return.ts';
import type { Examined, Hit, Rule } from './rule.ts';
import { type Better, figuresAgainstTarget, saysMet, saysMissed, saysNoData } from './words.ts';

/**
 * The six supporting metrics, and whether more of each is better. The local metric is another in every place, so of it
 * nothing is assumed. Sources: headings of the sheet; Better Care Fund planning requirements 2016-17.
 */
const metrics: readonly (readonly [id: string, better: Better | undefined])[] = [
  ['nea', 'lower'],
  ['dtoc', 'lower'],
  ['local', undefined],
  ['patient-experience', 'higher'],
  ['residential', 'lower'],
  ['reablement', 'higher'],
];

const onTrack = 'On track to meet target';
const noImprovement = 'No improvement in performance';
const noData = 'Data not available to assess progress';

const progress = (metric: string): string => `sm.${metric}.progress`;
const commentary = (metric: string): string => `sm.${metric}.commentary`;

/** A hit for each metric whose progress is contradicted by its commentary. */
const perMetric =
  (contradicts: (progress: Answer, commentary: string, better: Better | undefined, metric: string, examined: Examined) => boolean) =>
  (examined: Examined): Hit[] =>
    metrics
      .filter(([id, better]) => contradicts(examined.answer(progress(id)), examined.words(commentary(id)), better, id, examined))
      .map(([id]) => ({ questions: [progress(id), commentary(id)] }));

const isWorse = (value: number, target: number, better: Better): boolean => (better === 'higher' ? value < target : value > target);

/** Rules about the supporting metrics, and about what was published of them elsewhere. */
export const metricRules: readonly Rule[] = [
  {
    id: 'METRIC_BELOW_TARGET',
    severity: 'error',
    message: 'A metric is on track to meet its target, while its commentary gives a figure that misses it.',
    remedy:
      "Choose 'On track for improved performance, but not to meet full target' or 'No improvement in performance', or correct the figure.",
    source: 'Southend Q1 and Q4 2016-17: friends and family test 91.2 % and 90 % against a target of 91.7 %, on track',
    find: perMetric(
      (given, text, better) =>
        given === onTrack && better !== undefined && figuresAgainstTarget(text).some(({ value, target }) => isWorse(value, target, better)),
    ),
  },
  {
    id: 'METRIC_WORDS_CONTRADICT',
    severity: 'error',
    message: 'The commentary of a metric says the opposite of its progress.',
    remedy: 'Choose the progress that the commentary describes, or correct the commentary.',
    source: "Dorset 2015-16: emergency admissions and delayed transfers 'significantly off target'",
    find: perMetric(
      (given, text, better) => (given === onTrack && saysMissed(text, better)) || (given === noImprovement && saysMet(text, better)),
    ),
  },
  {
    id: 'METRIC_WITHOUT_DATA',
    severity: 'warning',
    message: 'Progress is given for a metric whose data are said not to be available.',
    remedy: "Choose 'Data not available to assess progress', or give the figure that the progress rests on.",
    source:
      "Southend 2016-17, all quarters: 'Numerator and Denominators are not available', on track; guidance: there is an option for this",
    find: perMetric(
      (given, text, _, metric, { shown }) =>
        given !== null && given !== noData && (saysNoData(text) || saysNoData(shown(`sm.${metric}.metric`)?.shown ?? '')),
    ),
  },
  {
    id: 'PUBLISHED_ELSEWHERE_DIFFERS',
    severity: 'warning',
    message: 'A statement published elsewhere says otherwise than the return.',
    remedy: 'Find out which is true; correct the return, or have the other paper corrected.',
    source: 'Southend, board paper of June 2017: reablement on track and stable; Q4 return: 75 % against 86 %, not to meet full target',
    find: ({ document, answer, questions }) => {
      const asked = questions.map(({ id }) => id);
      const contradicted = new Set(
        document.elsewhere
          .filter(({ question, says }) => answer(question) !== null && !sameAnswer(answer(question), says))
          .map(({ question }) => question),
      );
      return asked.filter((id) => contradicted.has(id)).map((id) => ({ questions: [id] }));
    },
  },
];
