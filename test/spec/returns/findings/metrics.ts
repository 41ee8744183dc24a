import type { Row, RuleCases } from './case.ts';

const onTrack = 'On track to meet target';
const improved = 'On track for improved performance, but not to meet full target';
const none = 'No improvement in performance';
const noData = 'Data not available to assess progress';

const metric = (name: string, progress: string | null, commentary: string) => ({
  answers: { [`sm.${name}.progress`]: progress, [`sm.${name}.commentary`]: commentary },
});
const elsewhere = (says: string) => ({
  document: {
    elsewhere: [{ question: 'sm.reablement.progress', says, words: 'on track and stable', source: 'Board paper', on: '2017-06-21' }],
  },
});

/** Each metric whose better direction is known, on the wrong side of its target. */
const wrongWay = (
  [
    ['bcf-2016-17-q2', 'nea', 'more'],
    ['bcf-2016-17-q2', 'dtoc', 'more'],
    ['bcf-2016-17-q2', 'residential', 'more'],
    ['bcf-2016-17-q2', 'patient-experience', 'less'],
    ['bcf-2016-17-q2', 'reablement', 'less'],
    ['bcf-2023-24-q3', 'avoidable-admissions', 'more'],
    ['bcf-2023-24-q3', 'falls', 'more'],
    ['bcf-2023-24-q3', 'usual-residence', 'less'],
    ['bcf-2025-26-q3', 'emergency-admissions-65', 'more'],
    ['bcf-2025-26-q3', 'discharge-delay', 'more'],
    ['bcf-2025-26-q3', 'care-home-admissions-65', 'more'],
  ] as const
).map(([template, name, side]): Row => {
  const text = template === 'bcf-2023-24-q3' ? 'achievements' : 'commentary';
  const answers = { [`sm.${name}.${text}`]: `It is ${side === 'more' ? '90.5' : '70.5'} against a plan of 80.5.` };
  return [`${side} than planned: ${name}`, { template, answers }];
});

export const metricCases: readonly RuleCases[] = [
  {
    rule: 'METRIC_BELOW_TARGET',
    found: [
      ...wrongWay,
      [
        '90 % against 91.7 %, on track',
        metric('patient-experience', onTrack, 'Our performance for Q2 16/17 is 90% against a target of 91.7%.'),
      ],
      ['the target before the figure', metric('reablement', onTrack, 'Against a target of 86% performance is 75%.')],
      ['delayed days above their plan, where fewer are better', metric('dtoc', onTrack, 'We had 1,150.5 against a plan of 1,100.')],
      [
        'words between figure and target',
        metric('reablement', onTrack, 'Performance is circa 75%, compared with our local target of 86%.'),
      ],
    ],
    notFound: [
      ['93 % against 91.7 %', metric('patient-experience', onTrack, 'Our performance for Q2 16/17 is 93% against a target of 91.7%.')],
      ['exactly the target', metric('patient-experience', onTrack, 'Our performance is 91.7% against a target of 91.7%.')],
      [
        '90 % against 91.7 %, not to meet full target',
        metric('patient-experience', improved, 'Our performance is 90% against a target of 91.7%.'),
      ],
      ['delayed days below their plan', metric('dtoc', onTrack, 'We had 1,050.5 against a plan of 1,100.')],
      [
        'the figure of an earlier quarter, and one of this that reaches the target',
        metric('patient-experience', onTrack, 'In Q1 16/17 we had 91.2% against a target of 91.7%; now 93% against a target of 91.7%.'),
      ],
      ['figures in different units', metric('dtoc', onTrack, 'We had 1,150 against a target of 3.5%.')],
      ['no figure', metric('patient-experience', onTrack, 'The survey is out.')],
    ],
  },
  {
    rule: 'METRIC_WORDS_CONTRADICT',
    found: [
      [
        'on track to meet its goal, in a return of 2025',
        { template: 'bcf-2025-26-q3', answers: { 'sm.discharge-delay.commentary': 'Delays are above our goal.' } },
      ],
      [
        'not on track, and a text that says it is',
        {
          template: 'bcf-2023-24-q3',
          answers: {
            'sm.falls.progress': 'Not on track to meet target',
            'sm.falls.achievements': 'Falls are on track to meet the target.',
          },
        },
      ],
      ['on track, and significantly off target', metric('nea', onTrack, 'Emergency admissions are significantly off target.')],
      ['on track, and behind plan', metric('residential', onTrack, 'Performance is slightly behind the plan for the year.')],
      ['on track, and not on track', metric('dtoc', onTrack, 'We are not currently on track.')],
      ['on track, and unlikely to meet the target', metric('reablement', onTrack, 'It is unlikely to meet the full target this year.')],
      ['on track, and missed', metric('reablement', onTrack, 'The service missed its target twice.')],
      ['on track, and below, where more is better', metric('reablement', onTrack, 'Performance is well below target.')],
      ['on track, and above, where less is better', metric('nea', onTrack, 'Admissions are above plan.')],
      ['no improvement, and on track to meet the target', metric('nea', none, 'Admissions are on track to meet the target.')],
      ['no improvement, and below, where less is better', metric('dtoc', none, 'Delays are now below the target.')],
    ],
    notFound: [
      [
        'not on track, and a text that says so',
        {
          template: 'bcf-2025-26-q3',
          answers: {
            'sm.discharge-delay.progress': 'Not on track to meet goal',
            'sm.discharge-delay.commentary': 'Delays are above our goal.',
          },
        },
      ],
      ['missed last year', metric('reablement', onTrack, 'The service missed its target last year and meets it now.')],
      ['never missed', metric('reablement', onTrack, 'The service has never missed its target.')],
      ['no improvement, and a hope', metric('nea', none, 'We expect to meet the target by the end of the year.')],
      ['no improvement, and a purpose', metric('dtoc', none, 'In order to meet the target, a new service begins.')],
      ['not off target', metric('nea', onTrack, 'Emergency admissions are not off target.')],
      ['below, where less is better', metric('dtoc', onTrack, 'Delays are well below target.')],
      ['a plan that people stand behind', metric('nea', onTrack, 'All partners stand behind the plan.')],
      ['not to meet full target, and unlikely to', metric('reablement', improved, 'It is unlikely to meet the full target this year.')],
      ['no improvement, and plans that are on track', metric('nea', none, 'Our plans are on track and pressure continues.')],
      [
        'below, of a metric of which nobody says what is better',
        metric('local', onTrack, 'The share is below target.'),
        ['METRIC_WITHOUT_DATA'],
      ],
    ],
  },
  {
    rule: 'METRIC_WITHOUT_DATA',
    found: [
      [
        'on track, and data that will not be available',
        metric('nea', onTrack, 'Data for this metric for period July 16 -\nMarch 17 will not be available until Sep 17.'),
      ],
      ['on track, and a metric that says it has no numerator', metric('local', onTrack, 'Work goes on.')],
    ],
    notFound: [
      ['data not available to assess progress', metric('local', noData, 'Data are not yet available.')],
      ['no progress yet', metric('local', null, 'Data are not yet available.'), ['UNANSWERED']],
      ['data that are available', metric('nea', onTrack, 'Data are available. The ward was not visited.')],
    ],
  },
  {
    rule: 'PUBLISHED_ELSEWHERE_DIFFERS',
    found: [
      [
        'a board paper says on track, the return not to meet full target',
        { ...metric('reablement', improved, 'Our current performance is circa 75% against a target of 86%.'), ...elsewhere(onTrack) },
      ],
    ],
    notFound: [
      ['a board paper says the same', elsewhere(onTrack)],
      ['a return that has no answer yet', { ...metric('reablement', null, 'Stable.'), ...elsewhere(onTrack) }, ['UNANSWERED']],
    ],
  },
];
