import { archiveLimits } from './archive.ts';
import { cellProblems, workbookRefusals } from './refusals.ts';

const megabytes = (bytes: number): string => `${bytes / 2 ** 20} MB`;
const table = (codes: Readonly<Record<string, string>>): string[] => [
  '| code | what it says |',
  '|---|---|',
  ...Object.entries(codes).map(([code, message]) => `| ${code} | ${message} |`),
];

/** The published rules of workbooks: docs/rules/return-workbooks.md. */
export const renderWorkbookRules = (): string =>
  [
    '# Returns as workbooks: what is read back, and what is refused',
    '',
    'Generated from `src/returns/workbook/refusals.ts`; do not edit. `test/spec/returns/wrong-workbooks.test.ts` has an example of each.',
    '',
    '- A workbook is read by cell, against the hidden sheet that says which return it is: template and its wording, place, period, digest of the return, and of every cell what was written into it.',
    '- Either every cell is as it must be and all answers are read, or none is. A problem names its cell and never repeats what the cell holds.',
    '- Only what the author filled, changed or cleared is declared. What was left as the gateway wrote it stays an observation.',
    '- Dates are days, percentages are per cents, numbers are numbers, and texts are texts: nothing is guessed from how a value looks. Days are read in the 1900 and in the 1904 system, from 1 March 1900.',
    '- The lock of the printed sheets has no password. It is against slips; the digests find what was typed over all the same. They are no signature: who declares is a named person, on record.',
    `- A file is at most ${megabytes(archiveLimits.file)}, inflated ${megabytes(archiveLimits.total)}, each part ${megabytes(archiveLimits.part)}, by what its directory says; nothing beyond that is inflated.`,
    '',
    '## Refused as a whole',
    '',
    ...table(workbookRefusals),
    '',
    '## Reported by cell',
    '',
    ...table(cellProblems),
    '',
  ].join('\n');
