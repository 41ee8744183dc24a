import { describe, expect, it } from 'vitest';
import {
  agreementStates,
  basisStates,
  basisStepsOf,
  date,
  flowStates,
  historyFaults,
  id,
  odsCode,
  type Step,
  stateMachines,
  stepAt,
  stepOf,
  text,
  wasIn,
} from '../../../src/register/history.ts';
import { legalBases } from '../../../src/register/terms.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';

const day = (text: string) => text as LocalDate;
const step = <State extends string>(state: State, on: string): Step<State> => ({ state, on: day(on), by: 'Board', evidence: 'Minutes' });

describe('the states of an agreement and of a flow', () => {
  /** Columns: to, in the order of the states. y = may follow, . = refused. */
  it.each([
    ['none', 'yy..'],
    ['proposed', '.y.y'],
    ['in-force', '..yy'],
    ['suspended', '.y.y'],
    ['terminated', '....'],
  ] as const)('an agreement goes from %s only where the table says: %s', (from, row) => {
    expect(agreementStates.map((to) => (stateMachines.agreement[from].includes(to) ? 'y' : '.')).join('')).toBe(row);
  });

  it.each([
    ['none', 'yy..'],
    ['proposed', '.y.y'],
    ['live', '..yy'],
    ['suspended', '.y.y'],
    ['stopped', 'y...'],
  ] as const)('a flow goes from %s only where the table says: %s', (from, row) => {
    expect(flowStates.map((to) => (stateMachines.flow[from].includes(to) ? 'y' : '.')).join('')).toBe(row);
  });

  it('lead to states that exist, and to no others', () => {
    const names: readonly string[] = [...agreementStates, ...flowStates, ...basisStates];
    const machines = [stateMachines.agreement, stateMachines.flow, ...legalBases.map(basisStepsOf)];
    for (const machine of machines)
      expect(
        Object.values(machine)
          .flat()
          .filter((state) => !names.includes(state)),
      ).toEqual([]);
  });

  it('have names that nobody changes without changing the rule', () => {
    expect(agreementStates).toEqual(['proposed', 'in-force', 'suspended', 'terminated']);
    expect(flowStates).toEqual(['proposed', 'live', 'suspended', 'stopped']);
  });
});

describe('a history', () => {
  const history = [step('proposed', '2026-01-01'), step('live', '2026-03-01'), step('suspended', '2026-05-01'), step('live', '2026-05-01')];

  it.each([
    ['2025-12-31', undefined],
    ['2026-01-01', 0],
    ['2026-02-28', 0],
    ['2026-03-01', 1],
    ['2026-04-30', 1],
    ['2026-05-01', 3],
    ['2030-01-01', 3],
  ])('stands on %s at its step %s', (at, index) => {
    expect(stepAt(history, day(at))).toBe(index === undefined ? undefined : history[index]);
  });

  it('looks no further than the first step that is still to come, so one out of order gives nothing', () => {
    expect(stepAt([step('live', '2026-03-01'), step('proposed', '2026-01-01')], day('2026-02-01'))).toBeUndefined();
    expect(stepAt([], day('2026-02-01'))).toBeUndefined();
  });

  it.each([
    ['proposed', '2025-01-01', '2025-12-31', false],
    ['proposed', '2025-01-01', '2026-01-01', true],
    ['proposed', '2026-02-28', '2026-12-31', true],
    ['proposed', '2026-03-01', '2026-12-31', false],
    ['live', '2026-01-01', '2026-02-28', false],
    ['live', '2026-01-01', '2026-03-01', true],
    ['live', '2026-04-30', '2026-04-30', true],
    ['live', '2030-01-01', '2030-12-31', true],
    ['suspended', '2026-01-01', '2030-12-31', true],
    ['suspended', '2026-05-01', '2030-12-31', false],
    ['stopped', '2026-01-01', '2030-12-31', false],
  ])('was %s on a day from %s to %s: %s', (state, from, to, was) => {
    expect(wasIn<string>(history, state, day(from), day(to))).toBe(was);
  });

  it('is told every fault at once', () => {
    const faults = historyFaults(
      [step('suspended', '2026-03-01'), step('live', '2026-01-01'), step('proposed', '2026-01-01')],
      stateMachines.flow,
    );
    expect(faults).toEqual([
      'cannot begin as suspended',
      'step live of 2026-01-01 is listed after one of 2026-03-01',
      'cannot go from live to proposed (2026-01-01)',
    ]);
    expect(historyFaults(history, stateMachines.flow)).toEqual([]);
  });
});

describe('what the files of the register may hold', () => {
  const fits = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) => schema.safeParse(value).success;

  it.each([
    ['2026-02-28', true],
    ['2026-02-29', false],
    ['2024-02-29', true],
    ['2026-2-28', false],
    ['28-02-2026', false],
    ['', false],
    [20260228, false],
  ])('the date %s: %s', (value, may) => {
    expect(fits(date, value)).toBe(may);
  });

  it('says what a date is', () => {
    expect(date.safeParse('2026-02-29').error?.issues[0]?.message).toBe('must be a date that exists, written YYYY-MM-DD');
    expect(date.parse('2026-02-28')).toBe('2026-02-28');
  });

  it.each([
    ['a', true],
    ['', false],
    ['  ', false],
    ['x'.repeat(4000), true],
    ['x'.repeat(4001), false],
    [` ${'x'.repeat(4000)} `, true],
  ])('a text of such a length', (value, may) => {
    expect(fits(text, value)).toBe(may);
  });

  it('trims a text', () => {
    expect(text.parse(' a b ')).toBe('a b');
  });

  it.each([
    ['a', true],
    ['9-a-', true],
    ['-a', false],
    ['A', false],
    ['aB', false],
    ['a b', false],
    ['', false],
    ['a\n', false],
    ['x'.repeat(80), true],
    ['x'.repeat(81), false],
  ])('the id %j: %s', (value, may) => {
    expect(fits(id, value)).toBe(may);
  });

  it.each([
    ['RAJ', true],
    ['F81001', true],
    ['A1B2C3D4E5F6', true],
    ['A1B2C3D4E5F6G', false],
    ['RA', false],
    ['raj', false],
    ['RAJ ', false],
    [' RAJ', false],
  ])('the ODS code %j: %s', (value, may) => {
    expect(fits(odsCode, value)).toBe(may);
  });

  it('says what an id and an ODS code are', () => {
    expect(id.safeParse('A').error?.issues[0]?.message).toBe('must be lower-case letters, digits and hyphens');
    expect(odsCode.safeParse('a').error?.issues[0]?.message).toBe('must be an ODS code: 3 to 12 upper-case letters and digits');
  });

  it.each([
    [{}, true],
    [{ state: 'ended' }, false],
    [{ on: '2026-02-30' }, false],
    [{ by: '' }, false],
    [{ evidence: ' ' }, false],
    [{ note: 'x' }, false],
  ])('a step with %j: %s', (change, may) => {
    expect(fits(stepOf(flowStates), { ...step('live', '2026-01-01'), ...change })).toBe(may);
  });
});
