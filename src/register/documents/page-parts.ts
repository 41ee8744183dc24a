import type { DataForm, Purpose } from '../terms.ts';
import type { PlaceFacts } from './facts.ts';
import { endWords, type FlowGroup } from './flow-groups.ts';
import { type Block, type Cell, table } from './page.ts';
import { formWords, inWords, longDate, plural, purposeWords, sentence } from './words.ts';

/** The line every document begins with: where, when, and from what. */
export const madeOf = ({ place, at }: PlaceFacts): string =>
  `${place.place.name}, as of ${longDate(at)}. Made from ${place.version === 0 ? 'register files that are not applied' : `version ${place.version} of the register`}; nobody wrote it by hand.`;

export const purposeNames = (purposes: readonly Purpose[]): string[] =>
  purposes.map((purpose) => `${sentence(inWords(purpose))}: ${purposeWords[purpose]}`);

export const formName = (form: string): string => formWords[form as DataForm] ?? form;

export const orNone = (lines: readonly string[], none = 'None recorded'): Cell => (lines.length === 0 ? none : lines);

/** Data sets of a group; where only some of many practices send one, how many. */
export const dataSetLines = ({ dataSets, from }: FlowGroup): string[] =>
  dataSets.map(({ title, flows }) =>
    from.key === 'gp-practices' && flows < from.organisations.length ? `${title} (${plural(flows, 'practice')})` : title,
  );

export const reasonLines = ({ reasons }: FlowGroup): string[] => reasons.map(({ message, clause }) => `${message} [${clause}]`);

/** Running or not, since when, and why not: in words, never by a colour alone. */
export function stateLines(group: FlowGroup): string[] {
  if (!group.running) return ['Not running', ...reasonLines(group)];
  const { since, observed } = group;
  return [
    since === null ? 'Running' : `Running since ${longDate(since)}`,
    ...(observed === null
      ? []
      : observed.lastOn === null
        ? ['No delivery has been seen']
        : [`${plural(observed.deliveries, 'delivery', 'deliveries')}, the last on ${longDate(observed.lastOn)}`]),
  ];
}

const shown = 4;

/** Flow ids where they are few; how many where they are not. */
export const flowIds = ({ flows }: FlowGroup): Cell => (flows.length <= shown ? flows : plural(flows.length, 'flow'));

/** Who sends what to whom, and whether it runs: the same table in every document. */
export const flowTable = (caption: string, groups: readonly FlowGroup[]): Block =>
  table(
    caption,
    ['From', 'Kind of care', 'Through', 'To', 'Data sets', 'On this day', 'Flows in the register'],
    groups.map((group) => [
      endWords(group.from),
      inWords(group.from.setting),
      orNone(group.through, 'Directly'),
      endWords(group.to),
      dataSetLines(group),
      stateLines(group),
      flowIds(group),
    ]),
    'No flow is registered under this agreement.',
  );
