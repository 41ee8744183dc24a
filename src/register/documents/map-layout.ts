import type { FlowEnd, FlowGroup } from './flow-groups.ts';
import { dataSetLines } from './page-parts.ts';
import { type TextStyle, wrapText } from './svg-text.ts';
import { longDate, plural } from './words.ts';

/** Who or what a box stands for: a heading and what is said of it. */
export interface Entry {
  readonly heading: readonly string[];
  readonly lines: readonly string[];
}

/** A rectangle with entries of text in it; units are pixels at full size. */
export interface Box {
  readonly kind: 'end' | 'through';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly entries: readonly Entry[];
}

/** One group of flows: what is sent above the line, how it stands below. */
export interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly y: number;
  readonly running: boolean;
  /** Left edge of both labels. */
  readonly labelX: number;
  readonly above: readonly string[];
  readonly below: readonly string[];
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

export const headingStyle: TextStyle = { size: 14, bold: true };
export const lineStyle: TextStyle = { size: 13 };
export const aboveStyle: TextStyle = { size: 14, bold: true };
export const lineHeight = 18;
export const mapWidth = 1180;

const end = { width: 300 };
export const padding = 12;
export const entryGap = 6;
const through = { width: 170, gap: 30 };
const margin = 10;
const rowGap = 16;
const labelGap = 14;
const left = margin + end.width;
const right = mapWidth - margin - end.width;

interface Row {
  readonly hub: FlowEnd;
  readonly spokes: readonly FlowEnd[];
  readonly through: readonly string[];
  readonly running: boolean;
  readonly sent: string;
  readonly stands: string;
}

/**
 * Lays out the groups of one agreement in rows: senders on the left, recipients on the right. The side with fewer of them has one box
 * for all its rows, the other a box for each row, so every arrow is level, nothing crosses, and the same register gives the same picture.
 */
export function layOut(groups: readonly FlowGroup[]): MapLayout {
  const senders = new Set(groups.map(({ from }) => from.key));
  const recipients = new Set(groups.map(({ to }) => to.key));
  const hubIsSender = senders.size < recipients.size || (senders.size === recipients.size && senders.size > 1);
  const rows = rowsOf(groups, hubIsSender);
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  let y = margin;
  for (const key of new Set(rows.map(({ hub }) => hub.key))) {
    const members = rows.filter(({ hub }) => hub.key === key);
    const top = y;
    const hub = [entryOf(unionOf(members.map((row) => row.hub)))];
    const hubHeight = entriesHeight(hub);
    members.forEach((row, index) => {
      const made = drawRow(row, y, hubIsSender, index === members.length - 1 ? hubHeight - (y - top) : 0);
      boxes.push(...made.boxes);
      arrows.push(made.arrow);
      y += made.height + rowGap;
    });
    boxes.push({ kind: 'end', x: hubIsSender ? margin : right, y: top, width: end.width, height: y - rowGap - top, entries: hub });
  }
  return { width: mapWidth, height: Math.max(y - rowGap + margin, 2 * margin), boxes, arrows };
}

/** Groups of one hub about which the same is said share a row and its arrow. */
function rowsOf(groups: readonly FlowGroup[], hubIsSender: boolean): Row[] {
  const rows = new Map<string, Row & { readonly spokes: FlowEnd[] }>();
  for (const group of groups) {
    const [hub, spoke] = hubIsSender ? [group.from, group.to] : [group.to, group.from];
    const said = { through: group.through, running: group.running, sent: whatIsSent(group, hubIsSender), stands: howItStands(group) };
    const key = JSON.stringify([hub, said]);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { hub, spokes: [spoke], ...said });
    else known.spokes.push(spoke);
  }
  return [...rows.values()];
}

/** One row is as high as the highest of its parts, and at least `least`. */
function drawRow(
  row: Row,
  y: number,
  hubIsSender: boolean,
  least: number,
): { readonly boxes: readonly Box[]; readonly arrow: Arrow; readonly height: number } {
  const spokes = row.spokes.map(entryOf);
  const hasThrough = row.through.length > 0;
  const passing = [
    { heading: ['through'], lines: row.through.flatMap((name) => wrapText(name, through.width - 2 * padding, lineStyle, 4)) },
  ];
  const labelX = left + labelGap + (hasThrough ? through.gap + through.width : 0);
  const labelWidth = right - 3 * labelGap - labelX;
  const above = wrapText(row.sent, labelWidth, aboveStyle, 4);
  const below = wrapText(row.stands, labelWidth, lineStyle, 3);
  const labelHeight = (above.length + below.length) * lineHeight + 14;
  const height = Math.max(least, entriesHeight(spokes), labelHeight, hasThrough ? entriesHeight(passing) : 0);
  const arrowY = y + (height - labelHeight) / 2 + above.length * lineHeight + 6;
  const boxes: Box[] = [{ kind: 'end', x: hubIsSender ? right : margin, y, width: end.width, height, entries: spokes }];
  if (hasThrough) {
    const boxHeight = entriesHeight(passing);
    // The box hangs on the arrow as far as the row lets it.
    const boxY = Math.min(Math.max(y, arrowY - boxHeight / 2), y + height - boxHeight);
    boxes.push({ kind: 'through', x: left + through.gap, y: boxY, width: through.width, height: boxHeight, entries: passing });
  }
  return { boxes, height, arrow: { from: left, to: right, y: arrowY, running: row.running, labelX, above, below } };
}

/** Height of the text alone: lines, and a little air between entries. */
export const textHeight = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { heading, lines }) => sum + (heading.length + lines.length) * lineHeight, (entries.length - 1) * entryGap);

const entriesHeight = (entries: readonly Entry[]): number => textHeight(entries) + 2 * padding;

function entryOf({ key, name, organisations }: FlowEnd): Entry {
  const width = end.width - 2 * padding;
  const names = organisations.map((one) => one.name);
  const few = key !== 'gp-practices' || names.length <= 3;
  const lines = few ? names.flatMap((one) => wrapText(one, width, lineStyle, 3)) : [plural(names.length, 'practice')];
  return { heading: wrapText(name, width, headingStyle, 3), lines };
}

function unionOf(ends: readonly FlowEnd[]): FlowEnd {
  const organisations = new Map(ends.flatMap((one) => one.organisations.map((organisation) => [organisation.ods, organisation])));
  return { ...(ends[0] as FlowEnd), organisations: [...organisations.values()] };
}

/** Where one box stands for all practices, the arrow says how many of them send. */
function whatIsSent(group: FlowGroup, hubIsSender: boolean): string {
  const sets = dataSetLines(group).join(' · ');
  return hubIsSender && group.from.key === 'gp-practices' ? `${sets}, from ${plural(group.from.organisations.length, 'practice')}` : sets;
}

/** The first reason is the one to mend first, and silence of a flow that runs is worth a look; the table has the rest. */
function howItStands({ running, since, reasons, observed }: FlowGroup): string {
  if (running) {
    const silent = observed !== null && observed.lastOn === null ? '. No delivery has been seen.' : '';
    return `${since === null ? 'Running' : `Running since ${longDate(since)}`}${silent}`;
  }
  const first = reasons[0]?.message.replace(/\.?$/, '.') ?? '';
  return `Not running: ${first}${reasons.length > 1 ? ' There are other reasons, in the table.' : ''}`;
}
