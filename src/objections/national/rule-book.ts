import { formRules } from './cover.ts';
import { cacheDays, mayDisclose, type PersonCheck } from './national-check.ts';
import { replyRows } from './reply-classes.ts';
import { nameRequest } from './request-name.ts';
import { requestStates, stateRows } from './states.ts';

/** The rules as the reference names them, with what here keeps each. */
const rules: readonly (readonly [id: string, rule: string, kept: string])[] = [
  [
    'RULE-NDOP-1',
    'A reply is classified before it is believed.',
    'The first row of the table below that matches decides; what no row knows waits for a person.',
  ],
  [
    'RULE-NDOP-2',
    'Every number of the reply must be in its request.',
    'One that is not, or a line that is no number, and nothing of the reply is kept; nobody can accept it away.',
  ],
  [
    'RULE-NDOP-3',
    'An empty reply to a request that was not empty waits for a person.',
    'So does one in which very many opted out: most likely it was cut short.',
  ],
  [
    'RULE-NDOP-4',
    `No reply, or one older than ${cacheDays} days: no release.`,
    'The age counts from the writing of the request. An answer counts when every file of its request is applied. The status at the time of the disclosure counts, not that of the event.',
  ],
  [
    'RULE-NDOP-5',
    'The answers are used to apply opt-outs and for nothing else, and never written into the record of a patient.',
    'A schema and a login role of their own; no view of an analyst reads them; not having opted out is never shown as consent.',
  ],
  ['RULE-OPT-4', 'Who was not asked about is not releasable.', 'No NHS number, or arrived after the check: counted as not covered.'],
  ['RULE-OPT-5', 'Opting back in acts on new data only.', 'From the day of the answer; the later word wins, whoever said it.'],
  [
    'RULE-OPT-6',
    'Each disclosure keeps its evidence.',
    'Approval, requests, replies, people in and out, who and when, in the transaction of the release.',
  ],
];

const checks: readonly PersonCheck[] = [
  { state: 'fresh', optedOut: false },
  { state: 'fresh', optedOut: true },
  { state: 'fresh', optedOut: false, notCovered: true },
  { state: 'stale' },
  { state: 'missing' },
];

/** Where data about people are used or given out, and what the check does there. */
const paths: readonly { readonly path: string; readonly without: string; readonly with: string; readonly evidence: string }[] = [
  {
    path: 'pseudonyms of a project (`haven project issue`)',
    without: 'nothing is issued, if any purpose of the project needs the check',
    with: 'only people whom the check clears for each such purpose',
    evidence: 'one for each purpose and approval',
  },
  {
    path: 'journey of a person (`GET /api/journeys`)',
    without: 'refused, for every pseudonym alike, and on record',
    with: 'nobody who is opted out or was not asked about: the same answer as for an unknown pseudonym',
    evidence: 'one for each read',
  },
  {
    path: 'risk run (`haven risk run`)',
    without: 'nobody is scored',
    with: 'only people whom the check clears',
    evidence: 'one for each run',
  },
  {
    path: 'summaries of people',
    without: 'made: they have no purpose and no path gives them out but subject access, to the person',
    with: 'made of what is left when the answer is applied',
    evidence: 'none: nothing is disclosed',
  },
];

const say = (check: PersonCheck): string => {
  if (check.state !== 'fresh') return `the check is ${check.state}`;
  if (check.optedOut) return 'fresh; opted out';
  return check.notCovered === true ? 'fresh; was not asked about' : 'fresh; no opt-out';
};

const table = (head: readonly string[], lines: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => '---').join('|')}|`,
  ...lines.map((line) => `| ${line.join(' | ')} |`),
];

/** The rules of the national exchange as people read them, made of the tables that decide (docs/rules/national-opt-out.md). */
export function renderNationalRules(): string {
  const parts = [
    '# National data opt-out: asking, believing, applying',
    '',
    'Generated from the tables in `src/objections/national`; do not edit. Tests decide with the same rows. Why it is built so: ADR 0009.',
    '',
    '## Rules',
    '',
    ...table(['rule', 'says', 'kept by'], rules),
    '',
    '## What a reply is, and what follows',
    '',
    ...table(
      ['class', 'when', 'follows', 'reason', 'because'],
      replyRows.map((row) => [row.class, row.when, row.action, row.reason ?? '', row.because]),
    ),
    '',
    '## States of a request file',
    '',
    ...table(
      ['state', 'means', 'may become'],
      requestStates.map((state) => [state, stateRows[state].means, stateRows[state].next.join(', ') || 'nothing']),
    ),
    '',
    '## May a person be disclosed where the opt-out applies?',
    '',
    ...table(
      ['the check', 'disclosed'],
      checks.map((check) => [say(check), mayDisclose(check) ? 'yes' : '**no**']),
    ),
    '',
    '## Which uses need the check',
    '',
    'For every flow a use reads, the decision table (`docs/rules/objections.md`) is asked with the purpose, the basis of the flow and the form of the use. Where a national opt-out would withhold, nothing is released without a fresh check made for that purpose and approval. The form is that of the first line that speaks:',
    '',
    ...table(
      ['the form of the use is', 'when', 'because'],
      formRules.map(({ form, when, because }) => [form, when, because]),
    ),
    '',
    ...table(
      ['path', 'without a fresh check', 'with one', 'evidence'],
      paths.map((path) => [path.path, path.without, path.with, path.evidence]),
    ),
    '',
    '## How long the answers are kept',
    '',
    `Who was asked about and who opted out is deleted once the answer is older than ${cacheDays} days and no older request still waits for its reply (job \`prune-national-checks\`, daily). Counts, ids and digests of requests, replies and disclosures stay as evidence.`,
    '',
    '## Names',
    '',
    `A request file is \`<mailbox>-<DDMMYYYY>-<sequence in the month>.dat\`, for example \`${nameRequest('MAILBOX', '2026-11-02', 7)}.dat\`; LocalId and Subject are the same without its ending. A name is never given twice.`,
  ];
  return `${parts.join('\n')}\n`;
}
