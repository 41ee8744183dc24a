import { type LifecycleReason, lifecycleReasons } from './state.ts';

const steps: readonly (readonly [string, string, string])[] = [
  [
    'declare',
    'an author of returns',
    'answers by name, all or none, each checked against its cell; append-only, the newest counts; null takes one back',
  ],
  [
    'propose',
    'an author, or the gateway at the end of the quarter',
    'answers of the quarter before, each once; no answer until somebody accepts it',
  ],
  ['accept, reject', 'an author', 'what is accepted is the answer of who accepted it, still marked as copied'],
  ['owner', 'an author', 'names who reviews a sheet; stays for the returns after it until another is named'],
  [
    'review',
    'the owner of the sheet, who answered nothing in it',
    'is of the very answers of that moment: one changed answer opens the sheet again',
  ],
  ['acknowledge', 'an author', 'lets a contradiction of severity error stand, with a reason, as long as the answers stay the same'],
  ['sign-off', 'an author who answered nothing in it', 'freezes the return; who signs gives the digest of the answers they have read'],
  ['submit', 'an author', 'records when, how and which file; a workbook of ours must hold what was signed'],
  ['amend', 'an author', 'begins a new version; the one before stays as it was signed'],
];

const whoIsAsked: Readonly<Record<LifecycleReason, string>> = {
  RETURN_FROZEN: 'declare, propose, review, sign-off',
  RETURN_REHEARSAL: 'review, sign-off',
  PERIOD_NOT_OVER: 'sign-off',
  RETURN_NOT_CURRENT: 'review, sign-off',
  ANSWERS_CHANGED: 'sign-off',
  SHEET_WITHOUT_OWNER: 'review',
  NOT_THE_OWNER: 'review',
  OWN_ANSWERS: 'review, sign-off',
  SHEET_NOT_REVIEWED: 'sign-off',
  SECTION_INCOMPLETE: 'sign-off',
  PROPOSAL_NOT_ACCEPTED: 'sign-off',
  ERROR_NOT_ACKNOWLEDGED: 'sign-off',
  NOT_SIGNED_OFF: 'submit',
  NOT_FROZEN: 'amend',
};

/** The steps of a return as people read them (docs/rules/return-lifecycle.md). */
export function renderLifecycleRuleBook(): string {
  return [
    '# Returns: from the first answer to the last signature',
    '',
    'Generated from `src/returns/lifecycle`; do not edit. The specifications in `test/spec/returns/lifecycle.test.ts` decide with the same rules.',
    '',
    '- A return is a **draft**, then **reviewed** (every sheet, with the answers it holds), **signed off** and **submitted**. From',
    '  sign-off on it is frozen by the database, whoever asks; an amendment is a new version.',
    '- Every step is one transaction with its entry in the audit log. The log names questions and digests, and no answer.',
    '- The same human never answers and signs, whatever ids they have (register, people).',
    '- A return populates itself on the first day after its period, and again when data arrive late or the register changes; its',
    '  authors are told in words what changed and what is missing. Of a signed return they are told that it could be amended.',
    '',
    '## Steps',
    '',
    '| step | who | what |',
    '|---|---|---|',
    ...steps.map((row) => `| ${row.join(' | ')} |`),
    '',
    '## Why a step is refused',
    '',
    'All reasons are given at once.',
    '',
    '| reason | asked of | what the person is told |',
    '|---|---|---|',
    ...Object.entries(lifecycleReasons).map(([id, message]) => `| ${id} | ${whoIsAsked[id as LifecycleReason]} | ${message} |`),
    '',
  ].join('\n');
}
