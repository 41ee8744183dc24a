import { describe, expect, it } from 'vitest';
import { crossReferenceProblems } from '../../../src/register/cross-references.ts';
import { type BasisState, basisStates, basisStepsOf, historyFaults } from '../../../src/register/history.ts';
import { type LegalBasisKind, legalBases } from '../../../src/register/terms.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';

type From = BasisState | 'none';

/** Rows: from; columns: to, in the order of `basisStates`. y = may follow, . = refused. */
const application: Readonly<Record<From, string>> = {
  //                          applied deferred approved in-force suspended expired withdrawn
  none: /*                 */ 'y..y...',
  applied: /*              */ '.yyy..y',
  deferred: /*             */ 'y.yy..y',
  'approved-with-conditions': '...yyyy',
  'in-force': /*           */ '....yyy',
  suspended: /*            */ '...y.yy',
  expired: /*              */ 'y......',
  withdrawn: /*            */ 'y......',
};
/** Nobody gives himself section 251 support. */
const section251 = { ...application, none: 'y......' };
/** Consent is asked of people and not applied for. */
const consent: Readonly<Record<From, string>> = {
  none: '...y...',
  applied: '.......',
  deferred: '.......',
  'approved-with-conditions': '.......',
  'in-force': '....yyy',
  suspended: '...y.yy',
  expired: '...y...',
  withdrawn: '...y...',
};
const machineOf = (kind: LegalBasisKind) => (kind === 'section-251' ? section251 : kind === 'consent' ? consent : application);

const step = (state: string, on: string) => ({ state, on, by: 'Confidentiality Advisory Group', evidence: 'Letter' });
const machines = legalBases.flatMap((kind) =>
  (Object.keys(application) as From[]).map((from) => ({ kind, from, row: machineOf(kind)[from] })),
);

describe('a legal basis', () => {
  it.each(machines)('of kind $kind goes from $from only where the table says: $row', ({ kind, from, row }) => {
    expect(basisStates.map((to) => (basisStepsOf(kind)[from].includes(to) ? 'y' : '.')).join('')).toBe(row);
  });

  const problems = (change: (basis: Breakable) => unknown): string[] => {
    const place: Breakable = examplePlace();
    change(place.agreements[0].legalBasis);
    return crossReferenceProblems(parsePlace(place)).map((problem) => problem.replace(/^.*example-place-agreement"/, ''));
  };

  it.each<[what: string, change: (basis: Breakable) => unknown, says: string[]]>([
    [
      'goes from applied over deferred and approved to in force',
      (b) => b.history.splice(1, 0, step('deferred', '2024-12-01'), step('approved-with-conditions', '2025-02-01')),
      [],
    ],
    [
      'cannot be in force without ever having been applied for (section 251)',
      (b) => b.history.shift(),
      ['.legalBasis.history: cannot begin as in-force'],
    ],
    [
      'cannot be deferred when it is in force',
      (b) => b.history.push(step('deferred', '2026-01-01')),
      ['.legalBasis.history: cannot go from in-force to deferred (2026-01-01)'],
    ],
    [
      'cannot come back into force after it expired; it is applied for again',
      (b) => b.history.push(step('expired', '2027-01-01'), step('in-force', '2027-02-01')),
      [
        '.legalBasis.history: cannot go from expired to in-force (2027-02-01)',
        '.legalBasis.history: comes into force on 2027-02-01, after its last day 2026-12-31; give it a new last day',
      ],
    ],
    [
      'cannot be expired on a day it was granted for',
      (b) => b.history.push(step('expired', '2026-12-31')),
      ['.legalBasis.history: is expired on 2026-12-31, although its last day is 2026-12-31; say withdrawn or suspended'],
    ],
    ['is expired on the day after its last', (b) => b.history.push(step('expired', '2027-01-01')), []],
    [
      'lists its steps in the order of their dates',
      (b) => b.history.push(step('suspended', '2025-03-31')),
      ['.legalBasis.history: step suspended of 2025-03-31 is listed after one of 2025-04-01'],
    ],
    ['may take two steps on one day', (b) => b.history.push(step('suspended', '2025-04-01')), []],
    [
      'has a wording of consent only when it is consent',
      (b) =>
        Object.assign(b, {
          consent: { wordingVersion: '1', wording: 'W', obtained: 'O', purposes: ['direct-care'], namedProcessors: ['ZNOT'] },
        }),
      [
        '.legalBasis.consent: a basis of kind section-251 has no wording of consent',
        '.legalBasis.consent: processor "ZNOT" is not in the register',
      ],
    ],
  ])('%s', (_what, change, says) => {
    expect(problems(change)).toEqual(says);
  });

  it.each(['on', 'by', 'evidence'])('takes no step without its %s', (member) => {
    const place: Breakable = examplePlace();
    delete place.agreements[0].legalBasis.history[1][member];
    expect(() => parsePlace(place)).toThrow(member);
  });

  it('finds nothing wrong with no history at all, because nothing is then allowed either', () => {
    expect(historyFaults([], basisStepsOf('statutory'))).toEqual([]);
  });
});
