import { type MatrixSetting, matrixSettings } from '../../shared/settings.ts';
import { readDate } from '../answer-format.ts';
import { sharingAnswers } from '../sharing.ts';
import { type Examined, type Hit, type Rule, together } from './rule.ts';

const status = (setting: MatrixSetting): string => `am.open-api.status.${setting}`;
const goLive = (setting: MatrixSetting): string => `am.open-api.go-live.${setting}`;
const row = (from: MatrixSetting): string[] => matrixSettings.map((to) => `am.sharing.${from}.${to}`);

const shared = ({ answer }: Examined, from: MatrixSetting): string[] => row(from).filter((id) => answer(id) === sharingAnswers['open-api']);

/** A hit for each setting whose two progress cells contradict each other. */
const perSetting =
  (contradicts: (examined: Examined, setting: MatrixSetting) => boolean) =>
  (examined: Examined): Hit[] =>
    matrixSettings
      .filter((setting) => contradicts(examined, setting))
      .map((setting) => ({ questions: [status(setting), goLive(setting)] }));

/** Contradictions within measure 2: the matrix, the progress of each setting, and its go-live. */
export const sharingRules: readonly Rule[] = [
  {
    id: 'OPEN_API_NOT_LIVE',
    severity: 'error',
    message: 'Cells say that information is shared via Open API from a setting whose Open API is not live.',
    remedy: "If the Open API is not live, the sharing is 'Shared via interim solution'; if it is, its progress is 'Live'.",
    source: 'Southend returns 2016-17: 18 cells shared via Open API, every setting In development',
    find: (examined) =>
      matrixSettings
        .filter((from) => ![null, 'Live'].includes(examined.answer(status(from)) as string | null))
        .flatMap((from) => together(shared(examined, from), status(from))),
  },
  {
    id: 'GO_LIVE_PASSED',
    severity: 'error',
    message: 'A projected go-live date has passed while the Open API is still not live.',
    remedy: "Put 'Live' if it went live; otherwise enter the new projected date.",
    source: 'Southend Q4 return, made 31/05/2017: go-live 31/03/17, still In development',
    find: perSetting(({ answer, at }, setting) => {
      const date = readDate(answer(goLive(setting)));
      return answer(status(setting)) !== null && answer(status(setting)) !== 'Live' && date !== undefined && date < at;
    }),
  },
  {
    id: 'LIVE_DISAGREES',
    severity: 'error',
    message: "Progress status and go-live field disagree about 'Live'.",
    remedy: "A live Open API has 'Live' in both fields; any other has a date (guidance of the template).",
    source: 'Guidance: state Live in the go-live field when an Open API is installed and live',
    find: perSetting(({ answer }, setting) => {
      const [progress, date] = [answer(status(setting)), answer(goLive(setting))];
      return progress !== null && date !== null && (progress === 'Live') !== (date === 'Live');
    }),
  },
  {
    id: 'LIVE_SHARES_NOTHING',
    severity: 'warning',
    message: 'An Open API is live in a setting from which no cell is shared via Open API.',
    remedy: 'Correct the progress of the setting, or the cells of its row.',
    source: 'Measure 2: an Open API is installed to enable information to be shared with other organisations',
    find: (examined) =>
      matrixSettings
        .filter((from) => examined.answer(status(from)) === 'Live' && row(from).every((id) => examined.answer(id) !== null))
        .filter((from) => shared(examined, from).length === 0)
        .map((from) => ({ questions: [status(from), ...row(from)] })),
  },
];
