import { type Cell, facts, type Page, type Section, table } from '../../register/documents/page.ts';
import { plural } from '../../register/documents/words.ts';
import { flagWords } from '../flag-words.ts';
import type { Return } from '../return.ts';
import type { PackedCell } from './cells.ts';
import { packNames } from './pack.ts';
import { date, deliveryTable, flowTable, none, periodOf, protection, shown } from './page-parts.ts';

/** Every cell of one sheet with everything behind it. */
export function sheetPage(document: Return, sheet: string, cells: readonly PackedCell[]): Page {
  const own = cells.filter((cell) => cell.sheet === sheet);
  return {
    title: `${sheet}: evidence of every cell`,
    intro: [`${document.title}, ${document.placeName}, ${periodOf(document.period)}.`, protection],
    sections: [
      {
        heading: 'Contents',
        blocks: [
          { kind: 'links', links: [{ href: packNames.index, text: 'The return, and how to check this folder' }] },
          table(
            'Cells of the sheet',
            ['Cell', 'Question', 'Answer', 'How it is known'],
            own.map(({ id, text, answer, provenance }) => [
              [{ href: `#${id}`, text: id }],
              text,
              shown(answer),
              provenance ?? 'not answered',
            ]),
            'The sheet has no cells.',
          ),
        ],
      },
      ...own.map(cellSection),
    ],
  };
}

function cellSection(cell: PackedCell): Section {
  const { id, text: question, answer, provenance, filledBy, reviewedBy, evidence, leaves } = cell;
  const { deliveries } = leaves;
  const entries = [
    ...(leaves.return === null ? [] : [`${leaves.return}: the return with this answer`]),
    ...(leaves.register === null ? [] : [`${leaves.register}: the register of flows`]),
    ...(Object.keys(deliveries).length === 0
      ? []
      : [`${plural(Object.keys(deliveries).length, 'entry', 'entries')} of deliveries: deliveries.csv`]),
  ];
  return {
    id,
    heading: question,
    blocks: [
      facts(
        ['Cell', id],
        ['Answer', shown(answer)],
        ['How it is known', provenance ?? 'not answered'],
        ['Filled by', filledBy ?? 'Nobody'],
        ['Reviewed by', reviewedBy ?? 'Nobody in this document'],
        ...(evidence === null ? [] : evidenceFacts(evidence)),
        ['Entries of the log', entries.length === 0 ? none : entries],
      ),
      ...((evidence?.flows.length ?? 0) === 0 ? [] : [flowTable(`Flows behind ${id}`, [cell])]),
      ...((evidence?.deliveries.length ?? 0) === 0 ? [] : [deliveryTable([cell])]),
    ],
  };
}

const evidenceFacts = (evidence: NonNullable<PackedCell['evidence']>): (readonly [string, Cell])[] => [
  ['What the gateway saw', evidence.observed === null ? 'Nothing that answers this' : String(evidence.observed)],
  ['Why', evidence.reason],
  ['Query', `${evidence.query.id}: ${evidence.query.description}`],
  ['Period', `${date(evidence.period.from)} to ${date(evidence.period.to)}`],
  ...(evidence.flags.length === 0 ? [] : [['To notice', evidence.flags.map(flagWords)] as const]),
  ...Object.entries(evidence.shares).map(([name, share]) => [name, share === null ? 'no records' : String(share)] as const),
  ...(evidence.thresholds.length === 0
    ? []
    : [
        [
          'Thresholds',
          evidence.thresholds.map(({ id, value, reason }) => `${id}${value === null ? '' : ` = ${value}`}: ${reason}`),
        ] as const,
      ]),
  ['Version of the register', evidence.registerVersion === null ? none : String(evidence.registerVersion)],
  ...(evidence.source === null ? [] : [['Where the answer was written down', evidence.source] as const]),
];
