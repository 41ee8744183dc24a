import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { obligationsOf } from '../../../src/obligations/derive.ts';
import { escalationOn } from '../../../src/obligations/escalate.ts';
import { renderRuleBook } from '../../../src/obligations/rule-book.ts';
import { type ObligationKind, obligationRules } from '../../../src/obligations/rules.ts';
import { yearly } from '../../../src/obligations/series.ts';
import { checkReference } from '../../../src/obligations/tasks.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type Breakable, registerWith } from '../../support/example-place.ts';

const date = (text: string): LocalDate => text as LocalDate;
const today = date('2026-11-21');
type Change = (place: Breakable, agreement: Breakable) => unknown;

/** Days on which something of one kind is due in the example place after a change. */
const dues = (kind: ObligationKind, change: Change = () => undefined, at = today): string[] =>
  obligationsOf(registerWith(change), at)
    .filter((one) => one.kind === kind)
    .map((one) => `${one.due} ${one.id.split('.').slice(2).join('.')}`);

const condition =
  (number: number, more: object): Change =>
  (_, agreement) => {
    agreement.conditions.push({ number, text: 'Text', source: 'CAG 1-01/2025', ...more });
  };

/** rule, what is changed in the example, what is due. The agreement is in force from 2025-04-01 to 2027-03-31. */
const table: readonly [ObligationKind, string, Change, readonly string[]][] = [
  [
    'annual-report',
    'the letter is of 1 April 2025, and the register gives a date in 2027',
    () => undefined,
    ['2026-04-01 example-place-agreement.2026', '2027-03-31 example-place-agreement.2027'],
  ],
  [
    'annual-report',
    'the approval was only applied for',
    (_, a) => {
      a.legalBasis.history = a.legalBasis.history.slice(0, 1);
    },
    [],
  ],
  [
    'annual-report',
    'the basis is consent',
    (_, a) => {
      a.legalBasis.kind = 'consent';
    },
    [],
  ],
  [
    'training',
    'nobody typed the condition in',
    () => undefined,
    ['2026-04-01 example-place-agreement.2026', '2027-03-31 example-place-agreement.2027'],
  ],
  [
    'training',
    'the register gives a date',
    condition(5, { task: 'training', dueOn: '2026-06-30' }),
    ['2026-06-30 example-place-agreement.2026', '2027-03-31 example-place-agreement.2027'],
  ],
  [
    'processor-audit',
    'two processors since April 2025',
    () => undefined,
    [
      '2026-04-01 example-place-agreement.zcsu.2026',
      '2026-04-01 example-place-agreement.zhgo.2026',
      '2027-03-31 example-place-agreement.zcsu.2027',
      '2027-03-31 example-place-agreement.zhgo.2027',
    ],
  ],
  [
    'condition-review',
    'a condition asks for a review',
    condition(12, { task: 'review', dueOn: '2027-01-15' }),
    ['2027-01-15 example-place-agreement.12.2027'],
  ],
  [
    'change-notice',
    'a flow is planned',
    (p) => {
      p.flows[1].plannedGoLive = '2026-12-10';
    },
    ['2026-12-09 example-place-agreement.example-place-gp'],
  ],
  [
    'change-notice',
    'the flow was planned before the letter',
    (p) => {
      p.flows[1].plannedGoLive = '2025-03-10';
    },
    [],
  ],
  ['retention-check', 'sixty months are agreed', () => undefined, ['2026-04-01 example-place-agreement.2026']],
  [
    'retention-check',
    'no retention is agreed',
    (_, a) => {
      delete a.retention;
    },
    [],
  ],
  ['end-of-agreement', 'the end is four months away', () => undefined, []],
  [
    'end-of-agreement',
    'the end is ninety days away',
    (_, a) => {
      a.validTo = '2027-02-19';
    },
    ['2027-02-19 example-place-agreement'],
  ],
  [
    'end-of-agreement',
    'it was terminated',
    (_, a) => {
      a.history.push({ state: 'terminated', on: '2026-10-01', by: 'Board', evidence: 'Minutes' });
    },
    ['2026-10-01 example-place-agreement'],
  ],
  [
    'end-of-agreement',
    'it was never in force',
    (_, a) => {
      a.history = [{ state: 'proposed', on: '2025-04-01', by: 'Board', evidence: 'Draft' }];
    },
    [],
  ],
  ['basis-renewal', 'the basis ends on 31 December', () => undefined, ['2026-10-02 example-place-agreement.2026-12-31']],
  ['dpia', 'a review date is set', () => undefined, ['2027-02-01 example-place-agreement.2027']],
  [
    'dpia',
    'there is none',
    (_, a) => {
      delete a.dpia;
    },
    ['2025-04-01 example-place-agreement.2025'],
  ],
  ['fair-processing', 'the notice is of March 2025', () => undefined, ['2026-03-01 example-place-agreement.2026']],
  [
    'fair-processing',
    'there is none',
    (_, a) => {
      a.fairProcessing = [];
    },
    ['2025-04-01 example-place-agreement.2025'],
  ],
  ['framework-review', 'the charter ends in 2027', () => undefined, ['2027-12-31 charter.2027']],
  ['ico-registration', 'one organisation is registered', () => undefined, ['2027-03-31 ztru.2027']],
  [
    'assurance-statement',
    'each commissioner and supplier signs',
    () => undefined,
    [
      '2025-04-01 example-place-agreement.zcsu.2025',
      '2025-04-01 example-place-agreement.zhgo.2025',
      '2025-04-01 example-place-agreement.zicb.2025',
    ],
  ],
  [
    'assurance-statement',
    'it is not risk stratification',
    (_, a) => {
      a.purposes = ['commissioning'];
    },
    [],
  ],
];

describe('what the register obliges people to', () => {
  it.each(table)('%s: %s', (kind, _words, change, expected) => {
    expect(dues(kind, change)).toEqual(expected);
  });

  it('asks every participant for a DSPT assessment, and at once where there is none', () => {
    const due = dues('dspt', (place) => {
      place.organisations[0].assurance = [];
    });
    expect(due).toHaveLength(5);
    expect(due[0]).toBe('2025-04-01 ztru.2025');
  });

  it('asks every holder of a seat to be trained again within twelve months', () => {
    const seated: Change = (place) => {
      place.people = [
        { id: 'lead', organisation: 'ZICB', post: 'IG lead', trainedOn: '2026-02-28', sourceSystems: [] },
        { id: 'new', organisation: 'ZICB', post: 'Deputy', sourceSystems: [] },
        { id: 'gone', organisation: 'ZICB', post: 'Deputy', sourceSystems: [] },
      ];
      place.seats = ['lead', 'new', 'gone'].map((person) => ({
        id: `${person}-seat`,
        person,
        role: 'ig-lead',
        validFrom: '2025-04-01',
        validTo: person === 'gone' ? '2026-01-31' : '2027-03-31',
      }));
    };
    expect(dues('training-of-person', seated)).toEqual(['2025-04-01 new.2025', '2027-02-28 lead.2027']);
  });

  it('makes the eleven standard conditions tasks, one way or another', () => {
    const made = obligationsOf(registerWith(), today);
    const numbers = new Set(made.flatMap(({ clause }) => /condition (\d+)$/.exec(clause)?.[1] ?? []));
    expect([...numbers].map(Number).sort((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('takes what the register says was done as evidence of that year only', () => {
    const register = registerWith(
      condition(5, { task: 'training', dueOn: '2026-06-30', doneOn: '2026-06-12', evidence: 'Training register' }),
    );
    const training = obligationsOf(register, today).filter(({ kind }) => kind === 'training');
    expect(training.map(({ recorded }) => recorded?.evidence)).toEqual(['Training register', undefined]);
  });

  it('does not forget what was missed because another year has begun, or the agreement has ended', () => {
    const ids = (at: string): string[] =>
      obligationsOf(registerWith(), date(at))
        .filter(({ kind }) => kind === 'annual-report')
        .map(({ id }) => id);
    expect(ids('2028-01-01')).toEqual(ids('2026-11-21'));
  });

  it('gives the same list for the same register and day', () => {
    expect(obligationsOf(registerWith(), today)).toEqual(obligationsOf(registerWith(), today));
  });
});

describe('what comes every year', () => {
  it.each([
    ['2025-04-01', '2027-03-31', '2025-06-01', '2025-04-01 2026-04-01'],
    ['2026-04-01', '2027-03-31', '2026-11-21', '2026-04-01 2027-03-31'],
    ['2026-04-01', '2026-02-01', '2026-11-21', '2026-02-01'],
    ['2024-02-29', '2027-12-31', '2026-02-27', '2024-02-29 2025-02-28 2026-02-28'],
  ])('from %s, at the latest on %s, seen on %s: %s', (first, last, at, expected) => {
    expect(
      yearly(date(first), date(last), date(at))
        .map(({ due }) => due)
        .join(' '),
    ).toBe(expected);
  });

  it('gives two of one year two names', () => {
    expect(yearly(date('2026-01-10'), date('2026-12-31'), today).map(({ label }) => label)).toEqual(['2026', '2026-end']);
  });
});

describe('what is written as evidence', () => {
  it.each([
    'Folder 7, board paper 2026-11-21',
    'Certificate 0a1b2c3d-1234-4567-8901-23456789abcd',
    `File with SHA-256 ${'0123456789abcdef'.repeat(4)}`,
    'Receipts 11111111-2222-4333-8444-555555555555 and A0000000-1111-4222-8333-444444444444',
  ])('may be %s', (reference) => {
    expect(checkReference(` ${reference} `)).toBe(reference);
  });

  it.each([
    'patient 999 000 0018',
    '9990000018',
    '999-000-0018',
    '0a1b2c3d-1234-4567-8901-23456789abcd of 9990000018',
    '99900000-1800',
    `${'9'.repeat(65)}`,
  ])('is refused as %s', (reference) => {
    expect(() => checkReference(reference)).toThrow(expect.objectContaining({ code: 'TEXT_IDENTIFIES' }));
  });

  it('is something, and not a book', () => {
    for (const reference of ['', '  ', 'x'.repeat(2_001)])
      expect(() => checkReference(reference)).toThrow(expect.objectContaining({ code: 'TEXT_INVALID' }));
  });
});

describe('who is told', () => {
  it.each([
    [false, '2026-11-21', undefined],
    [false, '2026-11-22', 'data-protection-officer'],
    [false, '2026-12-04', 'data-protection-officer'],
    [false, '2026-12-05', 'caldicott-guardian'],
    [false, '2026-12-19', 'siro'],
    [true, '2026-11-20', undefined],
    [true, '2026-11-21', 'caldicott-guardian'],
    [true, '2026-11-22', 'siro'],
  ])('of a task due on 21 November (of a breach: %s) on %s: %s', (ofBreach, at, to) => {
    expect(escalationOn({ due: today, ofBreach }, date(at))).toBe(to);
  });
});

describe('the rule book', () => {
  it('is the one that is published', () => {
    expect(readFileSync(join(packageRoot(), 'docs', 'rules', 'obligations.md'), 'utf8')).toBe(renderRuleBook());
  });

  it('has one row for each rule, numbered without a gap', () => {
    const numbers = Object.values(obligationRules).map(({ id }) => id);
    expect(numbers).toEqual(numbers.map((_, index) => `RULE-OBL-${index + 1}`));
    for (const [name, { kind }] of Object.entries(obligationRules)) expect(kind).toBe(name);
  });
});
