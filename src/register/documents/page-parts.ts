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

/** Running or not, since when, and what to mend first: in words, never by a colour alone. */
function stateLines({ running, since, observed, reasons }: FlowGroup, numbers: ReadonlyMap<string, number>): string[] {
  if (!running) {
    const others = reasons.map((reason) => numbers.get(JSON.stringify(reason)));
    return [`Not running: ${reasons[0]?.message ?? ''}`, `All reasons: ${others.join(', ')}`];
  }
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

/** Every reason against any of the groups, once and numbered: what stops one flow usually stops its neighbours. */
function numberReasons(groups: readonly FlowGroup[]): { readonly numbers: ReadonlyMap<string, number>; readonly rows: string[][] } {
  const numbers = new Map<string, number>();
  const rows: string[][] = [];
  for (const reason of groups.flatMap(({ reasons }) => reasons)) {
    const key = JSON.stringify(reason);
    if (numbers.has(key)) continue;
    numbers.set(key, numbers.size + 1);
    rows.push([String(numbers.size), reason.message, reason.clause]);
  }
  return { numbers, rows };
}

/** Who sends what to whom, and whether it runs: the same in every document; then why what does not run does not. */
export function flowTables(caption: string, groups: readonly FlowGroup[]): Block[] {
  const { numbers, rows } = numberReasons(groups);
  const flows = table(
    caption,
    ['From', 'Kind of care', 'Through', 'To', 'Data sets', 'On this day', 'Flows in the register'],
    groups.map((group) => [
      endWords(group.from),
      inWords(group.from.setting),
      orNone(group.through, 'Directly'),
      endWords(group.to),
      dataSetLines(group),
      stateLines(group, numbers),
      flowIds(group),
    ]),
    'No flow is registered under this agreement.',
  );
  if (rows.length === 0) return [flows];
  return [flows, table(`Why they do not run: ${caption}`, ['Number', 'Reason', 'Clause'], rows, 'Everything runs.')];
}
