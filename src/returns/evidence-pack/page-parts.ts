import { type Block, type Cell, type Link, table } from '../../register/documents/page.ts';
import { inWords, longDate, plural } from '../../register/documents/words.ts';
import type { LocalDate } from '../../shared/clock.ts';
import type { Answer, Return } from '../return.ts';
import { deliveriesOf, flowsOf, type PackedCell } from './cells.ts';
import { fileNameOf } from './pack.ts';

export const sheetFile = (name: string): string => `cells-${fileNameOf(name)}.html`;

export const date = (iso: string): string => longDate(iso.slice(0, 10) as LocalDate);
export const periodOf = ({ from, to }: Return['period']): string => `${date(from)} to ${date(to)}`;
export const shown = (answer: Answer): string => (answer === null ? 'Not answered' : String(answer));
export const none = 'None';

export const protection =
  'Counts of records are protected: 1 to 7 is shown as *, every other number is rounded to the nearest 5, and nothing stays 0. A count is also * where subtracting it from another that was shown, in this return or an earlier one, would give a small number away. Numbers of deliveries are numbers of files and stand as they are.';

/** A few cells to begin with, each with the way to its evidence; the files name all. */
const named = 8;
export function nameSome(ids: readonly string[], cells: readonly PackedCell[]): Cell {
  const link = (id: string): string | Link => {
    const sheet = cells.find((cell) => cell.id === id)?.sheet;
    return sheet === undefined ? id : { href: `${sheetFile(sheet)}#${id}`, text: id };
  };
  return ids.length <= named + 1 ? ids.map(link) : [...ids.slice(0, named).map(link), `and ${ids.length - named} more`];
}

/** Rows to begin with: a setting can have a hundred practices, and the files hold them all. */
const rowsShown = 15;
const captionOf = (caption: string, rows: readonly unknown[], file: string): string =>
  rows.length <= rowsShown ? caption : `${caption}: ${rowsShown} of ${rows.length}; all are in ${file}`;

export const flowTable = (caption: string, cells: readonly PackedCell[]): Block =>
  table(
    captionOf(caption, flowsOf(cells), 'flows.csv'),
    ['Flow', 'From', 'To', 'Route', 'Live in the period', 'Data seen', 'Agreement', 'Clause'],
    flowsOf(cells)
      .slice(0, rowsShown)
      .map((flow) => [
        ...[flow.id, inWords(flow.from), inWords(flow.to), inWords(flow.route), flow.liveInPeriod ? 'yes' : 'no', flow.seen ? 'yes' : 'no'],
        ...[flow.agreement, flow.clause],
      ]),
    'No flow is behind it.',
  );

/** A few ids to begin with; all of them, and their places in the log, are in deliveries.csv. */
const idsShown = 2;

export const deliveryTable = (cells: readonly PackedCell[]): Block =>
  table(
    captionOf('Deliveries of the period, by flow', deliveriesOf(cells), 'deliveries.csv'),
    ['Flow', 'Deliveries', 'Records', 'About a person', 'Usable NHS number', 'Verified NHS number', 'Latest deliveries'],
    deliveriesOf(cells)
      .slice(0, rowsShown)
      .map((one): Cell[] => [
        ...[
          one.flow,
          String(one.deliveries),
          String(one.received),
          String(one.numberExpected),
          String(one.numberUsable),
          String(one.numberVerified),
        ],
        [...one.ids.slice(0, idsShown), ...(one.ids.length > idsShown ? [`and ${plural(one.ids.length - idsShown, 'more id')}`] : [])],
      ]),
    'No delivery was seen in the period.',
  );
