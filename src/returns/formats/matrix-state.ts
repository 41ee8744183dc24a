import { type MatrixSetting, matrixSettings } from '../../shared/settings.ts';
import { type AnsweredQuestion, answersOf, type Return } from '../return.ts';
import { sharingAnswers } from '../sharing.ts';

/** What a cell of the sharing matrix says, kept apart: not shared is an answer, no data seen and unanswered are not. */
export type MatrixState = 'open-api' | 'interim' | 'none' | 'no-data' | 'unanswered';

/** A sign for each, so that no state is told by colour alone. */
export const matrixStates: Readonly<Record<MatrixState, { readonly sign: string; readonly words: string; readonly more?: string }>> = {
  'open-api': { sign: 'O', words: sharingAnswers['open-api'] },
  interim: { sign: 'I', words: sharingAnswers.interim },
  none: { sign: '–', words: sharingAnswers.none },
  'no-data': { sign: '?', words: 'No data seen', more: ' in the period: the register proposes an answer that nobody has confirmed' },
  unanswered: { sign: '', words: 'Not answered' },
};

export const settingNames: Readonly<Record<MatrixSetting, string>> = {
  gp: 'GP',
  hospital: 'Hospital',
  'social-care': 'Social care',
  community: 'Community',
  'mental-health': 'Mental health',
  'specialised-palliative': 'Specialised palliative',
};

export interface MatrixCell {
  readonly from: MatrixSetting;
  readonly to: MatrixSetting;
  readonly state: MatrixState;
}

function stateOf(cell: AnsweredQuestion | undefined): MatrixState {
  if (cell === undefined || cell.answer === null) return 'unanswered';
  // The same as in a terminal (matrix.ts): what only the register proposes, and nobody saw, is no answer yet.
  if (cell.evidence?.source === 'register' && cell.evidence.flags.includes('NO_DATA_IN_PERIOD')) return 'no-data';
  if (cell.answer === sharingAnswers['open-api']) return 'open-api';
  if (cell.answer === sharingAnswers.interim) return 'interim';
  return cell.answer === sharingAnswers.none ? 'none' : 'unanswered';
}

/** The 36 cells, row by row (from), column by column (to); undefined when the template does not ask about sharing. */
export function matrixOf(document: Return): readonly (readonly MatrixCell[])[] | undefined {
  const cells = answersOf(document);
  const asked = matrixSettings.every((from) => matrixSettings.every((to) => cells.has(`am.sharing.${from}.${to}`)));
  if (!asked) return undefined;
  return matrixSettings.map((from) => matrixSettings.map((to) => ({ from, to, state: stateOf(cells.get(`am.sharing.${from}.${to}`)) })));
}
