import { type Html, html } from '../../shared/html.ts';
import type { PlaceFacts } from './facts.ts';
import type { FlowMap, MapPart } from './flow-map.ts';
import {
  type Arrow,
  aboveStyle,
  type Box,
  entryGap,
  headingStyle,
  layOut,
  lineHeight,
  lineStyle,
  type MapLayout,
  mapWidth,
  padding,
  textHeight,
} from './map-layout.ts';
import { drawable, type TextStyle, wrapText } from './svg-text.ts';
import { inWords, longDate, plural } from './words.ts';

/** NHS colours on white, each above 7:1 as text; a flow that does not run is also dashed, crossed and says so. */
const ink = { text: '#212b32', running: '#003087', stopped: '#425563', fill: '#e8edee', through: '#ffffff' } as const;
const font = 'Arial, Helvetica, sans-serif';

/** How much lower than its line's top the baseline of a line is. */
const baseline = 14;

function lineText(text: string, x: number, y: number, style: TextStyle, colour: string = ink.text): Html {
  return html`<text x="${x}" y="${y + baseline}" font-size="${style.size}"${style.bold === true ? html` font-weight="bold"` : ''} fill="${colour}">${text}</text>\n`;
}

function boxSvg({ kind, x, y, width, height, entries }: Box): Html {
  const style = kind === 'through' ? lineStyle : headingStyle;
  const dash = kind === 'through' ? html` stroke-dasharray="2 3"` : '';
  const lines: Html[] = [];
  let top = y + (height - textHeight(entries)) / 2;
  for (const { heading, lines: said } of entries) {
    for (const [index, line] of [...heading, ...said].entries()) {
      lines.push(lineText(line, x + padding, top, index < heading.length ? style : lineStyle));
      top += lineHeight;
    }
    top += entryGap;
  }
  return html`<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="${kind === 'through' ? ink.through : ink.fill}" stroke="${ink.text}"${dash}/>
${lines}`;
}

function arrowSvg({ from, to, y, running, labelX, above, below }: Arrow): Html {
  const colour = running ? ink.running : ink.stopped;
  const dash = running ? '' : html` stroke-dasharray="8 6"`;
  const head = html`<path d="M${to - 12} ${y - 6} L${to} ${y} L${to - 12} ${y + 6} Z" fill="${colour}"/>`;
  const cross = html`<path d="M${to - 34} ${y - 7} l14 14 m0 -14 l-14 14" stroke="${colour}" stroke-width="2.5" fill="none"/>`;
  return html`<path d="M${from} ${y} H${to - (running ? 10 : 0)}" stroke="${colour}" stroke-width="${running ? 2.5 : 1.5}"${dash} fill="none"/>
${running ? head : cross}
${above.map((line, index) => lineText(line, labelX, y - 4 - (above.length - index) * lineHeight, aboveStyle))}${below.map((line, index) => lineText(line, labelX, y + 6 + index * lineHeight, lineStyle, colour))}`;
}

/** Arrows first, so that a box lies over the line that passes through it. */
const drawing = ({ arrows, boxes }: MapLayout): Html => html`${arrows.map(arrowSvg)}${boxes.map(boxSvg)}`;

interface Frame {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly height: number;
}

const svg = ({ id, title, description, height }: Frame, content: Html): Html =>
  html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${mapWidth} ${Math.ceil(height)}" width="${mapWidth}" height="${Math.ceil(height)}" role="img" aria-labelledby="${id}-title ${id}-description" font-family="${font}">
<title id="${id}-title">${drawable(title)}</title>
<desc id="${id}-description">${drawable(description)}</desc>
<rect width="100%" height="100%" fill="#ffffff"/>
${content}</svg>`;

const counted = ({ groups }: MapPart): string => {
  const of = (wanted: boolean): number =>
    groups.filter(({ running }) => running === wanted).reduce((sum, { flows }) => sum + flows.length, 0);
  return `${plural(of(true), 'flow')} running, ${of(false)} not running. The table after the map says the same in words.`;
};

/** One agreement, for a page. */
export function partSvg(part: MapPart): Html {
  const layout = layOut(part.groups);
  const frame = { id: `map-${part.agreement}`, title: `Data flows under ${part.title}`, description: counted(part), height: layout.height };
  return svg(frame, drawing(layout));
}

export const basisLine = ({ basis }: MapPart): string =>
  `Basis: ${inWords(basis.kind)}${basis.reference === null ? '' : `, ${basis.reference}`}, ${basis.standing}. ${basis.clause}`;

/** The whole place as one drawing that stands alone. */
export function placeSvg({ place, at }: PlaceFacts, map: FlowMap): string {
  const parts: Html[] = [];
  let y = 20;
  const write = (text: string, style: TextStyle, most = 3): void => {
    for (const line of wrapText(text, mapWidth - 20, style, most)) {
      parts.push(lineText(line, 10, y, style));
      y += Math.max(lineHeight, style.size * 1.3);
    }
  };
  write(`Data flows: ${place.place.name}`, { size: 24, bold: true });
  write(
    `As of ${longDate(at)}. ${plural(map.running, 'flow')} running, ${map.notRunning} not running. A solid line runs; a dashed line with a cross does not.`,
    lineStyle,
  );
  for (const part of map.parts) {
    y += 30;
    write(part.title, { size: 18, bold: true });
    write(`Agreement ${part.standing}. ${basisLine(part)}`, lineStyle);
    y += 4;
    if (part.groups.length === 0) write('No flow is registered under this agreement.', lineStyle);
    const layout = layOut(part.groups);
    parts.push(html`<g transform="translate(0 ${y})">\n${drawing(layout)}</g>\n`);
    y += part.groups.length === 0 ? 0 : layout.height;
  }
  const frame = {
    id: 'map',
    title: `Data flows of ${place.place.name}, ${longDate(at)}`,
    description: `${plural(map.running, 'flow')} running and ${map.notRunning} not running, under ${plural(map.parts.length, 'agreement')}.`,
    height: y + 20,
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg(frame, html`${parts}`).text}\n`;
}
