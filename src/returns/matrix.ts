import { type MatrixSetting, matrixSettings } from '../shared/settings.ts';
import { type AnsweredQuestion, answersOf, type Return } from './return.ts';
import { sharingAnswers } from './sharing.ts';

const headings: Readonly<Record<MatrixSetting, string>> = {
  gp: 'GP',
  hospital: 'Hospital',
  'social-care': 'Social Care',
  community: 'Community',
  'mental-health': 'Mental Health',
  'specialised-palliative': 'Sp. Palliative',
};

const signs: ReadonlyMap<unknown, string> = new Map([
  [sharingAnswers['open-api'], 'O'],
  [sharingAnswers.interim, 'I'],
  [sharingAnswers.none, '–'],
]);

/** A cell nobody saw data for and no human answered is `?`, whatever the register proposes. */
function sign(cell: AnsweredQuestion | undefined): string {
  const proposed = cell?.evidence?.source === 'register' && cell.evidence.flags.includes('NO_DATA_IN_PERIOD');
  return cell === undefined || cell.answer === null || proposed ? '?' : (signs.get(cell.answer) ?? '!');
}

const centre = (text: string, width: number): string => text.padStart(Math.ceil((width + text.length) / 2)).padEnd(width);

/** The 6 by 6 matrix of measure 2 for a terminal: at most 100 columns, from (row) to (column). */
export function renderMatrix(document: Return): string {
  const cells = answersOf(document);
  const label = 'From \\ To'.padEnd(14);
  const widths = matrixSettings.map((setting) => Math.max(headings[setting].length, 6));
  const rule = (left: string, middle: string, right: string) =>
    `${left}${['─'.repeat(16), ...widths.map((width) => '─'.repeat(width + 2))].join(middle)}${right}`;
  const rows = matrixSettings.map((from) => {
    const signed = matrixSettings.map((to, at) => centre(sign(cells.get(`am.sharing.${from}.${to}`)), widths[at] ?? 6));
    return `│ ${headings[from].padEnd(14)} │ ${signed.join(' │ ')} │`;
  });
  const title = `Measure 2: how service-user information is shared, ${document.period.from} to ${document.period.to}`;
  return [
    document.rehearsal ? `${title} (rehearsal)` : title,
    rule('┌', '┬', '┐'),
    `│ ${label} │ ${matrixSettings.map((to, at) => centre(headings[to], widths[at] ?? 6)).join(' │ ')} │`,
    rule('├', '┼', '┤'),
    ...rows,
    rule('└', '┴', '┘'),
    'O shared via Open API   I shared via interim solution   – not currently shared digitally',
    '? no data seen in the period (the register proposes; a human confirms)',
  ].join('\n');
}

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** The matrix as CSV: one row per cell, with its provenance. Every value is from a fixed list, so none can start a formula. */
export function matrixCsv(document: Return): string {
  const cells = answersOf(document);
  const lines = matrixSettings.flatMap((from) =>
    matrixSettings.map((to) => {
      const cell = cells.get(`am.sharing.${from}.${to}`);
      const values = [from, to, String(cell?.answer ?? ''), cell?.provenance ?? '', (cell?.evidence?.flags ?? []).join(' ')];
      return values.map(quote).join(',');
    }),
  );
  return `${['from,to,answer,provenance,flags', ...lines].join('\r\n')}\r\n`;
}
