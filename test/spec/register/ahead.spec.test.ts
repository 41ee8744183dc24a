import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/register/admit.ts';
import { dayBefore, monthsBefore } from '../../../src/register/calendar.ts';
import { dataToDestroy } from '../../../src/register/destruction-due.ts';
import { outlook, outlookText } from '../../../src/register/outlook.ts';
import { buildRegister } from '../../../src/register/register.ts';
import { successorsAt } from '../../../src/register/succession.ts';
import { withdrawnPractices } from '../../../src/register/withdrawals.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { type Breakable, examplePlace, parsePlace, registerWith } from '../../support/example-place.ts';
import { apc, flowHistory, gp, step, today } from './admission-rows.ts';

const day = (text: string) => text as LocalDate;

describe('the outlook', () => {
  const stops = (days: number, change?: Parameters<typeof registerWith>[0]) =>
    outlook(registerWith(change), today, days).stops.map(({ flow, on, refusals }) => [flow, on, ...refusals.map(({ code }) => code)]);

  it('names what stops on the last day looked at, and not what stops a day later', () => {
    // The basis runs until 31 December, so 1 January is the first day without: 41 days ahead.
    expect(stops(40)).toEqual([]);
    expect(stops(41)).toEqual([
      [apc, '2027-01-01', 'LEGAL_BASIS_EXPIRED'],
      [gp, '2027-01-01', 'LEGAL_BASIS_EXPIRED'],
    ]);
  });

  it('says nothing of what is refused already, and sees what starts and stops in between', () => {
    expect(stops(90, flowHistory(step('proposed', '2026-01-01')))).toEqual([[gp, '2027-01-01', 'LEGAL_BASIS_EXPIRED']]);
    expect(stops(30, flowHistory(step('live', '2026-12-01'), step('stopped', '2026-12-10')))).toEqual([
      [apc, '2026-12-10', 'FLOW_STOPPED'],
    ]);
  });

  it('agrees with the gate on every day: admitted the day before, refused on it', () => {
    const register = registerWith();
    for (const { flow, on } of outlook(register, today, 3650).stops) {
      expect([admit(register, flow, dayBefore(on)).admitted, admit(register, flow, on).admitted]).toEqual([true, false]);
    }
  });

  it('gathers the flows of one cause, and adds licences, clients and seats that end', () => {
    const register = registerWith((p) => {
      const common = { validFrom: '2026-01-01', validTo: '2026-12-31' };
      p.projects.push({
        ...common,
        ...{ id: 'study', title: 'Study', organisation: 'ZICB', agreements: ['example-place-agreement'], licence: 'ordinary', seats: 1 },
        ...{ purposes: ['risk-stratification-commissioning'], recipientKeyId: 'study', contract: 'Licence' },
      });
      p.people = [{ id: 'analyst', organisation: 'ZICB', post: 'Analyst', sourceSystems: [] }];
      p.seats = [{ ...common, id: 'seat-1', person: 'analyst', role: 'ordinary', project: 'study', purposes: [], validTo: '2027-12-31' }];
    });
    const ahead = outlook(register, today, 90);
    expect(ahead.causes).toMatchObject([{ on: '2027-01-01', place: 'example-place', code: 'LEGAL_BASIS_EXPIRED', flows: [apc, gp] }]);
    expect(ahead.endings).toEqual([{ kind: 'licence', id: 'study', place: 'example-place', on: '2027-01-01' }]);
    expect(outlookText(ahead)).toBe(
      [
        '2027-01-01 example-place: 2 flows stop (example-place-apc, example-place-gp): LEGAL_BASIS_EXPIRED: The legal basis ran out on 2026-12-31. Record its renewal before sending. [CAG 1-01/2025, COPI Regulations 2002, reg. 5]',
        '2027-01-01 example-place: the licence study has ended',
        '2 flows stop from 2026-11-21 to 2027-02-19, if nobody changes the register',
      ].join('\n'),
    );
  });
});

describe('what has to go', () => {
  const due = (at: string, change?: Parameters<typeof registerWith>[0]) =>
    dataToDestroy(registerWith(change), day(at)).map(({ reason, since, before, practice, flows }) => ({
      reason,
      since,
      ...(before === undefined ? {} : { before }),
      ...(practice === undefined ? {} : { practice }),
      flows: flows.map(({ flow }) => flow),
    }));
  const both = [apc, gp];
  const retention = (at: string, before: string) => ({ reason: 'retention', since: at, before, flows: both });

  it.each<[what: string, at: string, change: Parameters<typeof registerWith>[0], expected: object[]]>([
    ['only what is older than the retention, while everything holds', '2026-11-21', undefined, [retention('2026-11-21', '2021-11-21')]],
    ['nothing more on the last day of the basis', '2026-12-31', undefined, [retention('2026-12-31', '2021-12-31')]],
    [
      'everything from the day after the last of the basis',
      '2027-01-01',
      undefined,
      [{ reason: 'agreement', since: '2027-01-01', flows: both }],
    ],
    [
      'everything from the earliest of several ends',
      '2028-01-01',
      (_p, a) => a.history.push(step('terminated', '2026-06-01')),
      [{ reason: 'agreement', since: '2026-06-01', flows: both }],
    ],
    [
      'everything since the agreement ended',
      '2026-11-21',
      (_p, a) => Object.assign(a, { validTo: '2026-11-20' }),
      [{ reason: 'agreement', since: '2026-11-21', flows: both }],
    ],
    [
      'everything since the basis was withdrawn',
      '2026-11-21',
      (_p, a) => a.legalBasis.history.push(step('withdrawn', '2026-11-21')),
      [{ reason: 'agreement', since: '2026-11-21', flows: both }],
    ],
    [
      'nothing of what is only suspended',
      '2026-11-21',
      (_p, a) => a.legalBasis.history.push(step('suspended', '2026-11-01')),
      [retention('2026-11-21', '2021-11-21')],
    ],
    [
      'what a practice sent, from the day it withdrew',
      '2026-11-21',
      (_p, a) => Object.assign(a.signatories[1], { withdrawnOn: '2026-11-21' }),
      [retention('2026-11-21', '2021-11-21'), { reason: 'practice', since: '2026-11-21', practice: 'F81001', flows: [gp] }],
    ],
    [
      'nothing of a practice that withdraws tomorrow',
      '2026-11-21',
      (_p, a) => Object.assign(a.signatories[1], { withdrawnOn: '2026-11-22' }),
      [retention('2026-11-21', '2021-11-21')],
    ],
    [
      'a practice once, when the whole agreement ended',
      '2027-01-01',
      (_p, a) => Object.assign(a.signatories[1], { withdrawnOn: '2026-11-21' }),
      [{ reason: 'agreement', since: '2027-01-01', flows: both }],
    ],
    ['nothing where no retention is set and nothing ended', '2026-11-21', (_p, a) => delete a.retention, []],
  ])('is %s', (_what, at, change, expected) => {
    expect(due(at, change)).toEqual(expected);
  });

  it('names a flow that is in no document any more', () => {
    const departed = [{ flow: 'gone', flowNo: 9, place: 'example-place', agreement: 'old' }];
    const register = buildRegister([{ document: parsePlace(examplePlace()), version: 1 }], new Map(), departed);
    expect(dataToDestroy(register, today).filter(({ reason }) => reason === 'flow')).toMatchObject([
      { agreement: 'old', flows: [{ flow: 'gone', flowNo: 9 }], since: today },
    ]);
  });

  it.each([
    ['2026-03-31', 1, '2026-02-28'],
    ['2024-03-31', 1, '2024-02-29'],
    ['2026-01-15', 1, '2025-12-15'],
    ['2026-11-21', 84, '2019-11-21'],
  ])('%s is %i months after %s', (at, months, before) => {
    expect(monthsBefore(day(at), months)).toBe(before);
  });
});

describe('withdrawn practices', () => {
  const withdrawn = (change: (place: Breakable, agreement: Breakable) => unknown) =>
    withdrawnPractices(registerWith(change), today).map(({ practice, withdrawnOn }) => `${practice} ${withdrawnOn}`);

  it.each<[what: string, change: (place: Breakable, agreement: Breakable) => unknown, expected: string[]]>([
    ['none signs off', () => undefined, []],
    ['one did, today', (_p, a) => Object.assign(a.signatories[1], { withdrawnOn: '2026-11-21' }), ['F81001 2026-11-21']],
    ['one will tomorrow', (_p, a) => Object.assign(a.signatories[1], { withdrawnOn: '2026-11-22' }), []],
    [
      'one did and signed again',
      (_p, a) => {
        a.signatories[1].withdrawnOn = '2026-01-01';
        a.signatories.push({ organisation: 'F81001', signedOn: '2026-02-01', signedBy: 'Partner' });
      },
      [],
    ],
    ['a trust did, which is no practice', (_p, a) => Object.assign(a.signatories[0], { withdrawnOn: '2026-11-01' }), []],
  ])('when %s', (_what, change, expected) => {
    expect(withdrawn(change)).toEqual(expected);
  });
});

describe('succession', () => {
  it('leads to who stands on a day, over several mergers', () => {
    const register = registerWith((p) => {
      const ended = (closedOn: string, ...next: string[]) => ({
        closedOn,
        succeededBy: next.map((organisation) => ({ organisation, on: closedOn, evidence: 'Order' })),
      });
      Object.assign(p.organisations[0], ended('2026-01-01', 'ZCSU', 'ZHGO'));
      Object.assign(p.organisations[3], ended('2026-06-01', 'ZICB'));
    });
    const place = register.places.get('example-place');
    if (place === undefined) throw new Error('the place is missing');
    const standing = (at: string) => successorsAt(place, 'ZTRU', day(at)).map(({ ods }) => ods);
    expect([standing('2025-12-31'), standing('2026-01-01'), standing('2026-06-01')]).toEqual([
      ['ZTRU'],
      ['ZCSU', 'ZHGO'],
      ['ZICB', 'ZHGO'],
    ]);
    expect(successorsAt(place, 'ZNOT', today)).toEqual([]);
  });
});
