import { expect, it } from 'vitest';
import { obligationsOfReturn, type ReturnDeadline } from '../../../src/obligations/return-tasks.ts';
import { isMadeOn } from '../../../src/returns/lifecycle/populate.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';

const deadline = (change: Partial<ReturnDeadline>): ReturnDeadline => ({
  ...{ place: 'seaside', template: 'bcf-2016-17-q2', title: 'Better Care Fund, Q2 2016/17', due: '2016-11-25' as LocalDate, time: '12:00' },
  ...{ organisation: 'ZSBC', signed: false, submitted: false },
  ...change,
});

/** how far it has come, what is still to be done by when */
const table: readonly [string, Partial<ReturnDeadline>, readonly string[]][] = [
  ['begun', {}, ['return-sign-off 2016-11-24', 'return-submission 2016-11-25']],
  ['signed off', { signed: true }, ['return-submission 2016-11-25']],
  ['submitted', { signed: true, submitted: true }, []],
];

it.each(table)('a return that is %s: %j', (_, change, due) => {
  expect(obligationsOfReturn(deadline(change)).map((task) => `${task.kind} ${task.due}`)).toEqual(due);
});

it.each([
  ['12:00', 'Better Care Fund, Q2 2016/17, by midday'],
  ['17:30', 'Better Care Fund, Q2 2016/17, by 17:30'],
  [undefined, 'Better Care Fund, Q2 2016/17'],
])('the time of the day, %s, is in the title', (time, title) => {
  expect(obligationsOfReturn(deadline({ time })).at(-1)).toMatchObject({
    id: 'return-submission.seaside.bcf-2016-17-q2',
    title: expect.stringMatching(new RegExp(`: ${title}$`)),
    owner: { role: 'returns-lead', organisation: 'ZSBC' },
  });
});

/** period ends, due, day, made by itself on it */
const days: readonly [string, string | undefined, string, boolean][] = [
  ['2016-09-30', '2016-11-25', '2016-09-30', false],
  ['2016-09-30', '2016-11-25', '2016-10-01', true],
  ['2016-09-30', '2016-11-25', '2016-11-25', true],
  ['2016-09-30', '2016-11-25', '2016-11-26', false],
  ['2016-06-30', undefined, '2016-07-01', true],
  ['2016-06-30', undefined, '2016-09-30', true],
  ['2016-06-30', undefined, '2016-10-01', false],
];

it.each(days)('a return to %s, due %s, makes itself on %s: %s', (to, due, day, made) => {
  expect(isMadeOn({ period: { from: '2016-01-01', to }, due }, day as LocalDate)).toBe(made);
});
