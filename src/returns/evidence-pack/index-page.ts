import { type Block, facts, list, type Page, table, text } from '../../register/documents/page.ts';
import { flagWords } from '../flag-words.ts';
import type { Return } from '../return.ts';
import type { PackedCell } from './cells.ts';
import type { FoundLeaf } from './leaves.ts';
import { packNames } from './pack.ts';
import { date, deliveryTable, flowTable, nameSome, none, periodOf, protection, sheetFile } from './page-parts.ts';

export interface IndexFacts {
  readonly id: string;
  readonly document: Return;
  readonly sha256: string;
  readonly cells: readonly PackedCell[];
  readonly madeAt: string;
  readonly registerVersion: number | null;
  readonly leaves: readonly FoundLeaf[];
}

/** The page an auditor opens first: what the folder is, how to check it, and where each cell is explained. */
export function indexPage(about: IndexFacts): Page {
  const { document, cells } = about;
  return {
    title: `Evidence for ${document.title}: ${document.placeName}`,
    intro: [
      `${document.placeName}, ${periodOf(document.period)}. Made on ${date(about.madeAt)} from ${versionOf(about)}.`,
      'For an auditor: every cell with what is behind it. The folder is complete in itself; it loads nothing and needs no access to the data.',
      ...(document.note === null ? [] : [document.note]),
    ],
    sections: [
      { heading: 'The return', blocks: [returnFacts(about), historyTable(about.leaves)] },
      { heading: 'The cells, sheet by sheet', blocks: [sheetTable(about)] },
      { heading: 'Who filled and reviewed it', blocks: [fillersTable(cells)] },
      { heading: 'What the gateway could not know', blocks: [unknownTable(cells)] },
      { heading: 'What the rules found', blocks: [findingsTable(document, cells)] },
      { heading: 'What it rests on', blocks: [flowTable('Flows behind any cell', cells), text(protection), deliveryTable(cells)] },
      { heading: 'How to check this folder', blocks: [list(checks(about))] },
      { heading: 'Files', blocks: [fileLinks()] },
    ],
  };
}

const versionOf = ({ registerVersion }: IndexFacts): string =>
  registerVersion === null ? 'no version of the register' : `version ${registerVersion} of the register of flows`;

function returnFacts({ id, document, sha256 }: IndexFacts): Block {
  const answered = Object.values(document.counts).reduce((sum, count) => sum + count.answered, 0);
  const total = Object.values(document.counts).reduce((sum, count) => sum + count.total, 0);
  return facts(
    ['Template', document.template],
    ['Place', document.placeName],
    ['Period', periodOf(document.period)],
    ['State', document.rehearsal ? `${document.state}, a rehearsal: never to be submitted` : document.state],
    ['Built on', date(document.builtOn)],
    ['Answered', `${answered} of ${total} questions`],
    ['Id of the return', id],
    ['Digest (SHA-256 of return.json), as the log holds it', sha256],
  );
}

/** What an entry says was done, with the sheet where it was one sheet. */
function historyWords(type: string, leaf: string): string {
  const { detail } = JSON.parse(leaf) as { detail?: { sheet?: string; signedAs?: string } };
  const what = type.replace('return.', '').replaceAll('-', ' ');
  return [what, detail?.sheet ?? detail?.signedAs].filter((part) => part !== undefined).join(': ');
}

const historyTable = (leaves: readonly FoundLeaf[]): Block =>
  table(
    'What happened to it, as the log says',
    ['What', 'When', 'By', 'Entry of the log'],
    leaves.map(({ type, leaf, index }) => {
      const { at, actor } = JSON.parse(leaf) as { at: string; actor: string };
      return [historyWords(type, leaf), at, actor, String(index)];
    }),
    'The log says nothing of it.',
  );

function sheetTable({ document, cells }: IndexFacts): Block {
  const by = (sheet: string, provenance: string | null): number =>
    cells.filter((cell) => cell.sheet === sheet && cell.provenance === provenance).length;
  return table(
    'Sheets',
    ['Sheet', 'Cells', 'Observed', 'Declared', 'Carried forward', 'Not answered', 'Blank, and not asked'],
    document.sheets.map(({ name, questions }) => {
      const count = document.counts[name];
      const blank = by(name, null);
      // The checklist counts a blank cell as answered where another answer makes it needless.
      const owed = count === undefined ? blank : Math.min(blank, count.total - count.answered);
      return [
        [{ href: sheetFile(name), text: `${name}: every cell` }],
        ...[questions.length, by(name, 'observed'), by(name, 'declared'), by(name, 'carried forward'), owed, blank - owed].map(String),
      ];
    }),
    'The return has no sheets.',
  );
}

function fillersTable(cells: readonly PackedCell[]): Block {
  const groups = new Map<string, { filledBy: string; reviewedBy: string; cells: number }>();
  for (const { filledBy, reviewedBy } of cells) {
    const group = { filledBy: filledBy ?? 'Nobody', reviewedBy: reviewedBy ?? 'Nobody in this document' };
    const key = JSON.stringify(group);
    groups.set(key, { ...group, cells: (groups.get(key)?.cells ?? 0) + 1 });
  }
  return table(
    'Cells by who filled and who reviewed them',
    ['Filled by', 'Reviewed by', 'Cells'],
    [...groups.values()].map((group) => [group.filledBy, group.reviewedBy, String(group.cells)]),
    'There are no cells.',
  );
}

/** Cells without an answer, and cells whose evidence is thin, by the reason. */
function unknownTable(cells: readonly PackedCell[]): Block {
  const reasons = new Map<string, { open: boolean; flags: Set<string>; cells: string[] }>();
  for (const { id, answer, evidence } of cells) {
    if (answer !== null && (evidence?.flags.length ?? 0) === 0) continue;
    const reason = evidence?.reason ?? 'There is no evidence.';
    const group = reasons.get(`${answer === null} ${reason}`) ?? { open: answer === null, flags: new Set<string>(), cells: [] };
    for (const flag of evidence?.flags ?? []) group.flags.add(flagWords(flag));
    group.cells.push(id);
    reasons.set(`${answer === null} ${reason}`, group);
  }
  return table(
    'Cells that nothing answers, or whose evidence is thin',
    ['Why', 'Answered', 'Number of cells', 'Cells (all: cells.csv)'],
    [...reasons].map(([key, group]) => [
      [key.slice(key.indexOf(' ') + 1), ...group.flags],
      group.open ? 'No' : 'Yes',
      String(group.cells.length),
      nameSome(group.cells, cells),
    ]),
    'Every cell is answered, and none has thin evidence.',
  );
}

const severityWords = { error: 'contradiction', warning: 'to check', information: 'to know' } as const;

const findingsTable = ({ findings }: Return, cells: readonly PackedCell[]): Block =>
  table(
    'Findings of the rules on this return',
    ['Rule', 'Kind', 'Cells', 'What', 'What to do'],
    findings.map(({ rule, severity, questions, message, remedy }) => [
      rule,
      severityWords[severity],
      questions.length === 0 ? none : nameSome(questions, cells),
      message,
      remedy,
    ]),
    'The rules found nothing.',
  );

const checks = ({ sha256, id }: IndexFacts): string[] => [
  'With the program: haven return verify-evidence FOLDER --public-key KEY. It needs no database and no network. KEY is the one the operator gave you before; the one in audit/key.txt came with the folder.',
  `Without it: the SHA-256 of return.json is ${sha256}. The SHA-256 of every other file is in manifest.json.`,
  `audit/proofs.json holds entries of the log with their inclusion proofs (RFC 9162, section 2.1.3.2). The entry return.evidence-packed of return ${id} names the SHA-256 of manifest.json; an entry return.built, or that of its sign-off, names that of return.json.`,
  'audit/checkpoint.txt is the signed head of the log (C2SP tlog-checkpoint). The whole log, where you may read it, is held to it by: haven audit verify --export LOG --checkpoint audit/checkpoint.txt',
  'Entries about deliveries and the register are proven by their hash alone: they hold exact counts, which do not leave the gateway.',
];

const fileLinks = (): Block => ({
  kind: 'links',
  links: [
    { href: packNames.return, text: 'return.json: the return itself, as it was hashed' },
    { href: packNames.cells, text: 'cells.json: every cell with its evidence and its entries of the log' },
    { href: 'cells.csv', text: 'cells.csv: the same for a spreadsheet' },
    { href: 'flows.csv', text: 'flows.csv: flows, agreements and clauses' },
    { href: 'deliveries.csv', text: 'deliveries.csv: deliveries and protected counts' },
    { href: 'findings.csv', text: 'findings.csv: contradictions' },
    { href: packNames.counts, text: 'counts.json: every count that is shown, held against differencing' },
    { href: packNames.manifest, text: 'manifest.json: digests of the files' },
    { href: packNames.checkpoint, text: 'audit/checkpoint.txt: signed head of the log' },
    { href: packNames.key, text: 'audit/key.txt: public key of the log' },
    { href: packNames.proofs, text: 'audit/proofs.json: inclusion proofs' },
  ],
});
