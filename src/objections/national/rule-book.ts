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
    '## Names',
    '',
    `A request file is \`<mailbox>-<DDMMYYYY>-<sequence in the month>.dat\`, for example \`${nameRequest('MAILBOX', '2026-11-02', 7)}.dat\`; LocalId and Subject are the same without its ending. A name is never given twice.`,
  ];
  return `${parts.join('\n')}\n`;
}
