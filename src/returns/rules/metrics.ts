import { sameAnswer } from '../answer-format.ts';
import { type Examined, type Hit, type Rule, together } from './rule.ts';
import { type Better, figuresAgainstTarget, saysMet, saysMissed } from './targets.ts';
import { type NamedQuarter, saysNoData } from './words.ts';

/**
 * Whether more of a metric is better, by the name it has in its questions. The local metric is another in every place, so
 * of it nothing is assumed. Sources: headings of the sheets; Better Care Fund planning requirements 2016-17 to 2025-26.
 */
const better: Readonly<Record<string, Better>> = {
  nea: 'lower',
  dtoc: 'lower',
  residential: 'lower',
  'avoidable-admissions': 'lower',
  falls: 'lower',
  'emergency-admissions-65': 'lower',
  'discharge-delay': 'lower',
  'care-home-admissions-65': 'lower',
  'patient-experience': 'higher',
  reablement: 'higher',
  'usual-residence': 'higher',
};

const noData = 'Data not available to assess progress';

/** Since 2025 a target is a goal. */
const onTrack = /^On track to meet (?:target|goal)$/;
const offTrack = /^(?:No improvement in performance|Not on track to meet (?:target|goal))$/;

/** A supporting metric: its progress, and the texts beside it. */
interface Metric {
  readonly progress: string;
  readonly given: string;
  readonly texts: readonly string[];
  readonly better: Better | undefined;
  /** What is measured, where the sheet is filled in with it. */
  readonly title: string;
}

/** The metrics whose progress is given. */
function metricsOf({ questions, words, shown }: Examined): Metric[] {
  return questions.flatMap(({ id: progress }) => {
    const name = /^sm\.([^.]+)\.progress$/.exec(progress)?.[1];
    const given = words(progress);
    if (name === undefined || given === '') return [];
    const texts = questions.filter(({ id, input }) => id.startsWith(`sm.${name}.`) && input.kind === 'text').map(({ id }) => id);
    return [{ progress, given, texts, better: better[name], title: shown(`sm.${name}.metric`)?.shown ?? '' }];
  });
}

/** A hit for each metric whose progress is contradicted by a text beside it. */
const perText =
  (contradicts: (metric: Metric, text: string, quarter: NamedQuarter) => boolean) =>
  (examined: Examined): Hit[] =>
    metricsOf(examined).flatMap((metric) =>
      together(
        metric.texts.filter((id) => contradicts(metric, examined.words(id), examined.quarter)),
        metric.progress,
      ),
    );

const isWorse = (value: number, target: number, good: Better): boolean => (good === 'higher' ? value < target : value > target);

/** Rules about the supporting metrics, and about what was published of them elsewhere. */
export const metricRules: readonly Rule[] = [
  {
    id: 'METRIC_BELOW_TARGET',
    severity: 'error',
    message: 'A metric is on track to meet its target, while its commentary gives a figure that misses it.',
    remedy: 'Choose the progress that the figure shows, or correct the figure.',
    source: 'Southend Q1 and Q4 2016-17: friends and family test 91.2 % and 90 % against a target of 91.7 %, on track',
    find: perText(
      ({ given, better: good }, text, quarter) =>
        onTrack.test(given) &&
        good !== undefined &&
        figuresAgainstTarget(text, quarter).some(({ value, target }) => isWorse(value, target, good)),
    ),
  },
  {
    id: 'METRIC_WORDS_CONTRADICT',
    severity: 'error',
    message: 'The commentary of a metric says the opposite of its progress.',
    remedy: 'Choose the progress that the commentary describes, or correct the commentary.',
    source: "Dorset 2015-16: emergency admissions and delayed transfers 'significantly off target'",
    find: perText(
      ({ given, better: good }, text, quarter) =>
        (onTrack.test(given) && saysMissed(text, good, quarter)) || (offTrack.test(given) && saysMet(text, good, quarter)),
    ),
  },
  {
    id: 'METRIC_WITHOUT_DATA',
    severity: 'warning',
    message: 'Progress is given for a metric whose data are said not to be available.',
    remedy: "Choose 'Data not available to assess progress', or give the figure that the progress rests on.",
    source:
      "Southend 2016-17, all quarters: 'Numerator and Denominators are not available', on track; guidance: there is an option for this",
    find: (examined) =>
      metricsOf(examined)
        .filter(({ given }) => given !== noData)
        .filter(({ texts, title }) => [title, ...texts.map(examined.words)].some((text) => saysNoData(text, examined.quarter)))
        .map(({ progress, texts }) => ({ questions: [progress, ...texts] })),
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
