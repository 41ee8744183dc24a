import { type Html, html } from '../../shared/html.ts';
import { matrixSettings } from '../../shared/settings.ts';
import { type MatrixCell, type MatrixState, matrixStates, settingNames } from './matrix-state.ts';

/** NHS colours (NHS identity guidelines); every text on its fill has a contrast above 7:1. */
const fills: Readonly<Record<MatrixState, { readonly fill: string; readonly text: string }>> = {
  'open-api': { fill: '#003087', text: '#ffffff' },
  interim: { fill: '#aed6f1', text: '#212b32' },
  none: { fill: '#ffffff', text: '#212b32' },
  'no-data': { fill: 'url(#no-data)', text: '#212b32' },
  unanswered: { fill: '#d8dde0', text: '#212b32' },
};

const cell = { width: 104, height: 54 } as const;
const rowLabel = 150;
const top = 84;

const centre = (column: number): number => rowLabel + column * cell.width + cell.width / 2;

/** A name in one or two lines, centred on a point. */
function columnLabel(name: string, x: number): Html {
  const words = name.split(' ');
  const [first = '', ...rest] = words;
  const lines = rest.length === 0 ? [name] : [first, rest.join(' ')];
  const from = top - 14 - (lines.length - 1) * 18;
  return html`<text x="${x}" y="${from}" text-anchor="middle">${lines.map((line, index) => html`<tspan x="${x}" dy="${index === 0 ? 0 : 18}">${line}</tspan>`)}</text>\n`;
}

function drawCell({ state, from, to }: MatrixCell, row: number, column: number): Html {
  const { fill, text } = fills[state];
  const { sign, words } = matrixStates[state];
  const [x, y] = [rowLabel + column * cell.width, top + row * cell.height];
  // The diagonal is sharing within a setting, and set apart from sharing between two.
  const within =
    from === to
      ? html`<rect x="${x + 5}" y="${y + 5}" width="${cell.width - 10}" height="${cell.height - 10}" fill="none" stroke="${text}" stroke-dasharray="5 4"/>`
      : html``;
  return html`<g><title>${settingNames[from]} to ${settingNames[to]}: ${words}</title><rect x="${x}" y="${y}" width="${cell.width}" height="${cell.height}" fill="${fill}" stroke="#4c6272"/>${within}<text x="${x + cell.width / 2}" y="${y + cell.height / 2 + 7}" text-anchor="middle" font-size="20" font-weight="bold" fill="${text}">${sign}</text></g>\n`;
}

/** The matrix drawn: from each setting (row) to each setting (column). What it shows is also in a table beside it. */
export function matrixSvg(matrix: readonly (readonly MatrixCell[])[], title: string): Html {
  const width = rowLabel + matrixSettings.length * cell.width + 4;
  const height = top + matrixSettings.length * cell.height + 4;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="matrix-title matrix-description" font-family="Arial, sans-serif" font-size="15" fill="#212b32">
<title id="matrix-title">${title}</title>
<desc id="matrix-description">Six settings by six settings, from rows to columns. The table that follows says the same in words.</desc>
<defs><pattern id="no-data" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="8" height="8" fill="#fff3c4"/><rect width="2" height="8" fill="#b89b2f"/></pattern></defs>
<text x="${rowLabel - 12}" y="${top - 44}" text-anchor="end" font-weight="bold">From ↓</text>
<text x="${rowLabel}" y="22" font-weight="bold">To →</text>
${matrixSettings.map((setting, column) => columnLabel(settingNames[setting], centre(column)))}${matrixSettings.map((setting, row) => {
  const words = settingNames[setting].split(' ');
  const y = top + row * cell.height + cell.height / 2 + (words.length > 1 && settingNames[setting].length > 16 ? -4 : 5);
  const lines = settingNames[setting].length > 16 ? words : [settingNames[setting]];
  return html`<text x="${rowLabel - 12}" y="${y}" text-anchor="end">${lines.map((line, index) => html`<tspan x="${rowLabel - 12}" dy="${index === 0 ? 0 : 18}">${line}</tspan>`)}</text>\n`;
})}${matrix.map((cells, row) => cells.map((one, column) => drawCell(one, row, column)))}</svg>`;
}

/** What each sign and colour means, for the list under the drawing. */
export const matrixKey = (): Html => html`<ul class="key">${(Object.keys(matrixStates) as MatrixState[]).map((state) => {
  const { sign, words, more = '' } = matrixStates[state];
  return html`<li><span class="sign ${state}" aria-hidden="true">${sign}</span> ${words}${more}</li>\n`;
})}</ul>
`;
