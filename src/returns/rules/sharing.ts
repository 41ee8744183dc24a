import { matrixSettings } from '../../shared/settings.ts';
import { readDate } from '../answer-format.ts';
import { sharingAnswers } from '../sharing.ts';
import type { Rule } from './rule.ts';

const correspondence = matrixSettings.map((setting) => `am.nhs-number.correspondence.${setting}`);

/** Contradictions between the measures of data sharing and the conditions that promise it. */
export const sharingRules: readonly Rule[] = [
  {
    id: 'CONDITION_4I_CONTRADICTED',
    severity: 'error',
    message: 'Condition 4i says that the NHS number is the consistent identifier, while settings answer No.',
    remedy: "Answer condition 4i with 'No - In Progress' and a date, or correct the settings.",
    source: 'Southend returns 2016-17, all quarters: 4i Yes, mental health and palliative No',
    find: ({ answer }) => {
      const without = correspondence.filter((id) => answer(id) === 'No');
      return answer('nc.4i.answer') === 'Yes' && without.length > 0 ? [{ questions: ['nc.4i.answer', ...without] }] : [];
    },
  },
  {
    id: 'OPEN_API_NOT_LIVE',
    severity: 'error',
    message: 'Cells say that information is shared via Open API from a setting whose Open API is not live.',
    remedy: "If the Open API is not live, the sharing is 'Shared via interim solution'; if it is, its progress is 'Live'.",
    source: 'Southend returns 2016-17: 18 cells shared via Open API, every setting In development',
    find: ({ answer }) =>
      matrixSettings.flatMap((from) => {
        const status = answer(`am.open-api.status.${from}`);
        const cells = matrixSettings.map((to) => `am.sharing.${from}.${to}`).filter((id) => answer(id) === sharingAnswers['open-api']);
        return status === null || status === 'Live' || cells.length === 0 ? [] : [{ questions: [`am.open-api.status.${from}`, ...cells] }];
      }),
  },
  {
    id: 'GO_LIVE_PASSED',
    severity: 'error',
    message: 'A projected go-live date has passed while the Open API is still not live.',
    remedy: "Put 'Live' if it went live; otherwise enter the new projected date.",
    source: 'Southend Q4 return, made 31/05/2017: go-live 31/03/17, still In development',
    find: ({ answer, at }) =>
      matrixSettings.flatMap((setting) => {
        const status = answer(`am.open-api.status.${setting}`);
        const date = readDate(answer(`am.open-api.go-live.${setting}`));
        return status !== null && status !== 'Live' && date !== undefined && date < at
          ? [{ questions: [`am.open-api.status.${setting}`, `am.open-api.go-live.${setting}`] }]
          : [];
      }),
  },
  {
    id: 'LIVE_DISAGREES',
    severity: 'error',
    message: "Progress status and go-live field disagree about 'Live'.",
    remedy: "A live Open API has 'Live' in both fields; any other has a date (guidance of the template).",
    source: 'Guidance: state Live in the go-live field when an Open API is installed and live',
    find: ({ answer }) =>
      matrixSettings.flatMap((setting) => {
        const [status, goLive] = [answer(`am.open-api.status.${setting}`), answer(`am.open-api.go-live.${setting}`)];
        return status !== null && goLive !== null && (status === 'Live') !== (goLive === 'Live')
          ? [{ questions: [`am.open-api.status.${setting}`, `am.open-api.go-live.${setting}`] }]
          : [];
      }),
  },
  {
    id: 'CONDITION_4II_CONTRADICTED',
    severity: 'error',
    message: 'Condition 4ii says that Open APIs are pursued, while every setting answers Unavailable.',
    remedy: "Answer condition 4ii with 'No - In Progress' and a date, or correct the settings.",
    source: 'Consequence of the definitions of condition 4ii and measure 2',
    find: ({ answer }) => {
      const ids = matrixSettings.map((setting) => `am.open-api.status.${setting}`);
      return answer('nc.4ii.answer') === 'Yes' && ids.every((id) => answer(id) === 'Unavailable')
        ? [{ questions: ['nc.4ii.answer', ...ids] }]
        : [];
    },
  },
  {
    id: 'CONDITION_4III_CONTRADICTED',
    severity: 'error',
    message: 'Condition 4iii says that information governance controls are in place, while the evidence says otherwise.',
    remedy: 'Bring the agreements of the flows in the evidence into force, stop the flows, or answer with a date.',
    source: "Southend Q4: 4iii Yes, while the year-end feedback names 'Digital interoperability and sharing data' as a challenge",
    find: ({ answer, cell, document }) => {
      if (answer('nc.4iii.answer') !== 'Yes') return [];
      const challenges = document.sheets
        .flatMap(({ questions }) => questions)
        .filter(
          ({ id, answer: given }) =>
            id.startsWith('ye.challenge.') && typeof given === 'string' && /^7\. Digital interoperability/.test(given),
        )
        .map(({ id }) => id);
      const observed = cell('nc.4iii.answer')?.evidence?.observed ?? null;
      return challenges.length > 0 || (observed !== null && observed !== 'Yes') ? [{ questions: ['nc.4iii.answer', ...challenges] }] : [];
    },
  },
];
