import { type Block, type Cell, facts, gap, type Page, type Section, table, text } from '../../register/documents/page.ts';
import { longDate } from '../../register/documents/words.ts';
import type { LocalDate } from '../../shared/clock.ts';
import { flagWords } from '../flag-words.ts';
import type { AnsweredQuestion } from '../return.ts';
import { type BuiltTable, cellsOf, type Report } from './report.ts';

const date = (iso: string): string => longDate(iso as LocalDate);
export const periodWords = ({ from, to }: Report['period']): string => `${date(from)} to ${date(to)}`;

/** A figure as people read it, with what has to be noticed about it where that is not to be seen. */
function cellText(cell: AnsweredQuestion | null): Cell {
  if (cell === null) return 'Does not apply';
  const flags = (cell.evidence?.flags ?? []).map(flagWords);
  if (cell.answer === null) return ['To be declared', ...flags];
  const shown = typeof cell.answer === 'number' ? cell.answer.toLocaleString('en-GB') : cell.answer;
  const byPerson = cell.provenance !== 'observed' && cell.evidence?.source !== 'register';
  return [shown, ...(byPerson ? [`${cell.provenance} by ${cell.filledBy ?? 'somebody'}`] : flags)];
}

export function reportPage(report: Report): Page {
  return {
    title: `${report.title}: ${report.placeName}`,
    intro: [
      `${report.placeName}, ${periodWords(report.period)}. Made on ${date(report.madeOn)} from version ${report.registerVersion} of the register of flows.`,
      report.about,
      `${report.counts.observed} figures were observed, ${report.counts.declared} come from the register or from people, ${report.counts.unanswered} are for people to declare. Counts of people and of their records are protected: 1 to 7 is shown as *, every other number is rounded to the nearest 5.`,
    ],
    sections: [...report.sections.map(sectionOf), unknownSection(report), knownSection(report)],
  };
}

const sectionOf = ({ heading, text: words, tables, questions }: Report['sections'][number]): Section => ({
  heading,
  blocks: [...words.map(text), ...tables.map(tableBlock), ...questions.map(questionBlock)],
});

const tableBlock = ({ caption, rowHeading, head, rows, none }: BuiltTable): Block =>
  table(
    caption,
    [rowHeading, ...head],
    rows.map(({ label, cells }) => [label, ...cells.map(cellText)]),
    none,
  );

const questionBlock = (cell: AnsweredQuestion): Block =>
  cell.answer === null ? gap('a named person', cell.text) : facts([cell.text, cellText(cell)]);

const unknownSection = ({ couldNotKnow }: Report): Section => ({
  heading: 'What this report could not know',
  blocks: [
    table(
      'Figures that are missing, and limits of the subject',
      ['What', 'Why'],
      couldNotKnow.map(({ what, why }) => [what, why]),
      'Nothing is missing.',
    ),
  ],
});

/** How the figures are known: each query once, with the deliveries that were looked at. */
function knownSection(report: Report): Section {
  const queries = new Map<string, { description: string; cells: number; flows: Set<string>; deliveries: Map<string, number> }>();
  for (const { cell } of cellsOf(report)) {
    if (cell.evidence === null) continue;
    const { query, flows, deliveries, period } = cell.evidence;
    const known = queries.get(query.id) ?? { description: query.description, cells: 0, flows: new Set(), deliveries: new Map() };
    known.cells += 1;
    for (const { id } of flows) known.flows.add(id);
    for (const one of deliveries) {
      known.flows.add(one.flow);
      known.deliveries.set(`${one.flow} ${period.from}`, one.deliveries);
    }
    queries.set(query.id, known);
  }
  const versions = report.registerVersions.map(({ period, version }): Cell[] => [
    periodWords(period),
    version === null ? 'none: the place was not in the register' : String(version),
  ]);
  return {
    heading: 'How it is known',
    blocks: [
      table(
        'Queries behind the figures',
        ['Query', 'In words', 'Figures', 'Flows', 'Deliveries'],
        [...queries].map(([id, { description, cells, flows, deliveries }]) => [
          ...[id, description, String(cells), String(flows.size)],
          String([...deliveries.values()].reduce((sum, one) => sum + one, 0)),
        ]),
        'There are no figures.',
      ),
      ...(versions.length === 0 ? [] : [table('Version of the register each period was read from', ['Period', 'Version'], versions, '')]),
      facts(
        ['Asked for by', report.source],
        ['Audit log when it was made', report.audit === null ? 'empty' : `${report.audit.treeSize} entries, root ${report.audit.rootHash}`],
      ),
    ],
  };
}
