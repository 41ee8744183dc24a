import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { looksLikeNhsNumber } from '../../../src/returns/lifecycle/declaration-refused.ts';
import { declarationProblems } from '../../../src/returns/lifecycle/declarations.ts';
import { renderLifecycleRuleBook } from '../../../src/returns/lifecycle/rule-book.ts';
import {
  type LifecycleReason,
  lifecycleReasons,
  type ReturnStanding,
  refusalsOfAmendment,
  refusalsOfReview,
  refusalsOfSignOff,
  refusalsOfSubmission,
  type SheetStanding,
  stateOf,
} from '../../../src/returns/lifecycle/state.ts';
import { describeChange, describeDifference } from '../../../src/returns/lifecycle/words.ts';
import { loadTemplate } from '../../../src/returns/load.ts';
import type { Answer, AnsweredQuestion, Evidence, Finding, Return } from '../../../src/returns/return.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

/** A sheet that nothing speaks against: the author answered it, the reviewer owns it and has reviewed what it holds. */
const sheet = (change: Partial<SheetStanding> = {}): SheetStanding => ({
  ...{ name: 'Cover', answered: 5, total: 5, answers: 'now', reviewed: 'now', reviewedBy: 'reviewer', owner: 'reviewer' },
  authors: ['author'],
  ...change,
});
const standing = (change: Partial<ReturnStanding> = {}): ReturnStanding => ({
  ...{ state: 'reviewed', rehearsal: false, periodOver: true, answers: 'all', current: true, unaccepted: [], unacknowledged: [] },
  sheets: [sheet()],
  ...change,
});
const is = (person: string) => (people: readonly string[]) => people.includes(person);

/** what is different, who signs, every reason against it */
const signOffs: readonly [string, Partial<ReturnStanding>, string, readonly LifecycleReason[]][] = [
  ['a complete and reviewed return', {}, 'reviewer', []],
  ['a return by somebody who answered nothing in it', {}, 'chair', []],
  ['a return by its author', {}, 'author', ['OWN_ANSWERS']],
  ['a return that was signed', { state: 'signed-off' }, 'chair', ['RETURN_FROZEN', 'SHEET_NOT_REVIEWED']],
  ['a return that was sent', { state: 'submitted' }, 'chair', ['RETURN_FROZEN', 'SHEET_NOT_REVIEWED']],
  ['a rehearsal', { rehearsal: true }, 'chair', ['RETURN_REHEARSAL']],
  ['a return of a quarter that has not ended', { periodOver: false }, 'chair', ['PERIOD_NOT_OVER']],
  ['a return that somebody has answered since', { current: false }, 'chair', ['RETURN_NOT_CURRENT']],
  ['other answers than were read', { answers: 'others' }, 'chair', ['ANSWERS_CHANGED']],
  ['an incomplete section', { sheets: [sheet({ answered: 4 })] }, 'chair', ['SECTION_INCOMPLETE']],
  ['a return without any section', { sheets: [] }, 'chair', ['SECTION_INCOMPLETE']],
  ['a copy that nobody accepted', { unaccepted: ['am.phb.new'] }, 'chair', ['PROPOSAL_NOT_ACCEPTED']],
  ['a sheet that nobody reviewed', { state: 'draft', sheets: [sheet({ reviewed: undefined })] }, 'chair', ['SHEET_NOT_REVIEWED']],
  ['a sheet that changed after its review', { state: 'draft', sheets: [sheet({ answers: 'later' })] }, 'chair', ['SHEET_NOT_REVIEWED']],
  ['a contradiction that nobody let stand', { unacknowledged: ['STOCK_AND_FLOW'] }, 'chair', ['ERROR_NOT_ACKNOWLEDGED']],
  [
    'everything at once',
    {
      rehearsal: true,
      periodOver: false,
      current: false,
      answers: 'x',
      unaccepted: ['q'],
      unacknowledged: ['R'],
      state: 'draft',
      sheets: [sheet({ answered: 0, reviewed: 'x' })],
    },
    'author',
    [
      ...(['RETURN_REHEARSAL', 'PERIOD_NOT_OVER', 'RETURN_NOT_CURRENT', 'ANSWERS_CHANGED', 'SECTION_INCOMPLETE'] as const),
      ...(['PROPOSAL_NOT_ACCEPTED', 'SHEET_NOT_REVIEWED', 'ERROR_NOT_ACKNOWLEDGED', 'OWN_ANSWERS'] as const),
    ],
  ],
];

const reviews: readonly [string, Partial<ReturnStanding>, Partial<SheetStanding>, string, readonly LifecycleReason[]][] = [
  ['its owner', {}, {}, 'reviewer', []],
  ['its owner, again', { state: 'draft' }, { reviewed: undefined }, 'reviewer', []],
  ['nobody it belongs to', {}, { owner: undefined }, 'reviewer', ['SHEET_WITHOUT_OWNER']],
  ['somebody else than its owner', {}, {}, 'chair', ['NOT_THE_OWNER']],
  ['an owner who answered in it', {}, { authors: ['author', 'reviewer'] }, 'reviewer', ['OWN_ANSWERS']],
  ['its owner, after sign-off', { state: 'signed-off' }, {}, 'reviewer', ['RETURN_FROZEN']],
  ['its owner, in a rehearsal', { rehearsal: true }, {}, 'reviewer', ['RETURN_REHEARSAL']],
  ['its owner, who sees an older build', { current: false }, {}, 'reviewer', ['RETURN_NOT_CURRENT']],
];

describe('sign-off', () => {
  it.each(signOffs)('%s, signed by %3$s: %j', (_, change, signer, reasons) => {
    expect(refusalsOfSignOff(standing(change), 'all', is(signer)).map(({ reason }) => reason)).toEqual(reasons);
  });

  it('names the sheets, questions and rules it is about', () => {
    const about = refusalsOfSignOff(standing({ unaccepted: ['am.phb.new'], sheets: [sheet({ answered: 1 })] }), 'all', is('chair'));
    expect(about).toEqual([
      { reason: 'SECTION_INCOMPLETE', about: ['Cover'] },
      { reason: 'PROPOSAL_NOT_ACCEPTED', about: ['am.phb.new'] },
    ]);
  });
});

describe('a review', () => {
  it.each(reviews)('by %s', (_, change, changed, reviewer, reasons) => {
    expect(refusalsOfReview(standing(change), sheet(changed), reviewer, is(reviewer)).map(({ reason }) => reason)).toEqual(reasons);
  });
});

describe('the states', () => {
  it('reviewed means every sheet, with the answers it holds', () => {
    expect(stateOf([sheet(), sheet()])).toBe('reviewed');
    expect(stateOf([sheet(), sheet({ answers: 'later' })])).toBe('draft');
    expect(stateOf([sheet({ reviewed: undefined })])).toBe('draft');
    expect(stateOf([])).toBe('draft');
  });

  it.each([
    ['draft', ['NOT_SIGNED_OFF'], ['NOT_FROZEN']],
    ['reviewed', ['NOT_SIGNED_OFF'], ['NOT_FROZEN']],
    ['signed-off', [], []],
    ['submitted', ['NOT_SIGNED_OFF'], []],
  ] as const)('%s: sent %j, amended %j', (state, sent, amended) => {
    expect(refusalsOfSubmission(state).map(({ reason }) => reason)).toEqual(sent);
    expect(refusalsOfAmendment(state).map(({ reason }) => reason)).toEqual(amended);
  });

  it('have a row here for every reason', () => {
    const shown = new Set<string>([
      ...signOffs.flatMap((row) => row[3]),
      ...reviews.flatMap((row) => row[4]),
      'NOT_SIGNED_OFF',
      'NOT_FROZEN',
    ]);
    expect([...shown].sort()).toEqual(Object.keys(lifecycleReasons).sort());
  });
});

it('is published as it decides', () => {
  const published = readFileSync(join(packageRoot(), 'docs', 'rules', 'return-lifecycle.md'), 'utf8');
  expect(published, 'run `npm run generated`').toBe(renderLifecycleRuleBook());
});

const template = await loadTemplate(`${packageRoot()}/config`, 'bcf-2016-17-q2');

/** question, answer, what is wrong with it */
const declared: readonly [string, Answer, RegExp | undefined][] = [
  ['nc.1.answer', 'No - In Progress', undefined],
  ['nc.1.answer', null, undefined],
  ['nc.1.answer', '', undefined],
  ['nc.1.answer', 'yes', /nc\.1\.answer: is not one of the options/],
  ['nc.1.date', '31/02/2017', /nc\.1\.date: is not a date/],
  ['am.open-api.go-live.gp', 'Live', undefined],
  ['am.open-api.go-live.gp', 'soon', /'Live'/],
  ['ie.income.actual.q2', 100_000_000, undefined],
  ['ie.income.actual.q2', 100_000_001, /100,000,000/],
  ['ie.income.actual.q2', -1, /100,000,000/],
  ['narrative.text', 'x'.repeat(32_767), undefined],
  ['narrative.text', 'x'.repeat(32_768), /32767|32,767/],
  ['narrative.text', 'Mrs B, 943 476 5919, came home', /narrative\.text: holds a number that could be an NHS number/],
  ['cover.contact-number', '01632 960000', undefined],
  ['4857773456', 'Yes', /^answer 1: is to a question that the template does not ask$/],
];

/** Of a long text only the beginning is a title. */
const short = (answer: Answer): string => JSON.stringify(answer).slice(0, 30);

describe('a declaration', () => {
  it.each(declared.map((row) => [row[0], short(row[1]), ...row] as const))('%s: %s', (_, _title, question, answer, problem) => {
    const problems = declarationProblems(template, { [question]: answer });
    if (problem === undefined) expect(problems).toEqual([]);
    else {
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(problem);
      if (typeof answer === 'string' && answer !== '') expect(problems[0]).not.toContain(answer);
    }
  });

  it('reports every problem at once', () => {
    expect(declarationProblems(template, { 'nc.1.answer': 'yes', 'nc.2.answer': 'Yes', 'nc.2.date': 'soon', other: 1 })).toHaveLength(3);
  });
});

describe('an NHS number in words', () => {
  it.each([
    ['943 476 5919', true],
    ['943-476-5919', true],
    ['patient 9434765919.', true],
    ['9434765918', false],
    ['94347659190', false],
    ['01632 960000', false],
    ['1,234,567,890', false],
  ])('%s: %s', (text, found) => expect(looksLikeNhsNumber(text)).toBe(found));
});

/** before, after, in words */
const changes: readonly [Answer, Answer, string | undefined][] = [
  ['Yes', 'Yes', undefined],
  [null, '', undefined],
  [24, '24', undefined],
  [3_282_763, '£3,282,763', undefined],
  ['Yes', 'No', "is now 'No', and was 'Yes'"],
  [null, 'Yes', "is now 'Yes', and was blank"],
  ['Yes', null, "is now blank, and was 'Yes'"],
  [24, 26, 'rose by 2, from 24 to 26'],
  ['£3,282,763', '£3,282,762', 'fell by 1, from £3,282,763 to £3,282,762'],
  ['31/03/17', '30/06/17', 'moved later, from 31/03/17 to 30/06/17'],
  ['31/03/17', '31/03/2017', undefined],
  ['30/06/17', 'Live', "is now 'Live', and was '30/06/17'"],
  ['a'.repeat(846), 'b'.repeat(1125), 'was rewritten (846 characters before, 1,125 now)'],
  [null, 'b'.repeat(1125), 'was written'],
  ['b'.repeat(1125), null, 'was emptied'],
];

describe('a change of an answer, in words', () => {
  it.each(changes.map((row) => [short(row[0]), short(row[1]), ...row] as const))('%s, %s', (_, _title, before, after, words) =>
    expect(describeChange(before, after)).toBe(words),
  );
});

describe('a difference between two returns, in words', () => {
  const cell = (id: string, answer: Answer, more: Partial<AnsweredQuestion> = {}): AnsweredQuestion => ({
    ...{ id, text: `${id}:`, answer, provenance: 'declared', evidence: null, filledBy: null, reviewedBy: null },
    ...more,
  });
  const seen = (observed: Answer) => ({ evidence: { observed } as Evidence });
  const finding = (rule: string, questions: string[]): Finding => ({
    rule,
    questions,
    message: `${rule} is wrong.`,
    remedy: '',
    severity: 'error',
  });
  const document = (questions: AnsweredQuestion[], findings: Finding[] = []): Return =>
    ({ sheets: [{ name: 'Cover', questions, calculated: [] }], findings }) as unknown as Return;

  it('tells answers, what was seen behind them, questions that come and go, and findings', () => {
    const before = document(
      [cell('one', 24), cell('two', 'Yes', seen('Yes')), cell('three', 'Old'), cell('four', null, { provenance: null })],
      [finding('STAYS', ['one']), finding('MOVES', ['one']), finding('GOES', ['two'])],
    );
    const after = document(
      [
        cell('one', 26, { provenance: 'observed' }),
        cell('two', 'Yes', seen('No')),
        cell('four', 'Live', { provenance: 'observed' }),
        cell('five', 'Yes'),
      ],
      [finding('STAYS', ['one']), finding('MOVES', ['two']), finding('COMES', ['five'])],
    );
    expect(describeDifference(before, after)).toEqual([
      'Cover, one: rose by 2, from 24 to 26 (observed, before declared).',
      "Cover, two: the answer stands, but what the gateway sees is now 'No', and was 'Yes'.",
      "Cover, four: is now 'Live', and was blank (observed).",
      "Cover, five: is asked for the first time; 'Yes'.",
      'Cover, three: is not asked any more.',
      'Finding MOVES is about 1 other questions, and about 1 no more.',
      'New finding COMES: COMES is wrong.',
      'No longer found, GOES: GOES is wrong.',
    ]);
    expect(describeDifference(after, after)).toEqual([]);
  });
});
