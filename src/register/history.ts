import { z } from 'zod';
import { type LocalDate, parseLocalDate } from '../shared/clock.ts';
import type { LegalBasisKind } from './terms.ts';

/** A calendar date as the register's files write it. Both ends of a period are inclusive: `validTo` is the last day it holds. */
export const date = z
  .string()
  .refine((text) => parseLocalDate(text) !== undefined, 'must be a date that exists, written YYYY-MM-DD')
  .transform((text) => text as LocalDate);

export const text = z.string().trim().min(1).max(4000);
export const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens')
  .max(80);
/** ODS codes are upper-case letters and digits (NHS Data Dictionary: ORGANISATION CODE). */
export const odsCode = z.string().regex(/^[A-Z0-9]{3,12}$/, 'must be an ODS code: 3 to 12 upper-case letters and digits');

/** A legal basis is never a tick: CAG 5-05(a)/2014 was applied for and deferred, and the flows ran meanwhile. */
export const basisStates = ['applied', 'deferred', 'approved-with-conditions', 'in-force', 'suspended', 'expired', 'withdrawn'] as const;
export type BasisState = (typeof basisStates)[number];

export const agreementStates = ['proposed', 'in-force', 'suspended', 'terminated'] as const;
export type AgreementState = (typeof agreementStates)[number];

export const flowStates = ['proposed', 'live', 'suspended', 'stopped'] as const;
export type FlowState = (typeof flowStates)[number];

/** One dated step, with who took it and what proves it. */
export interface Step<State extends string> {
  readonly state: State;
  readonly on: LocalDate;
  readonly by: string;
  readonly evidence: string;
}

export const stepOf = <const States extends readonly [string, ...string[]]>(states: States) =>
  z.strictObject({ state: z.enum(states), on: date, by: text, evidence: text });

/** Which step may follow which; `none` is the beginning. What is not listed is refused when the register is loaded. */
export type Steps<State extends string> = Readonly<Record<State | 'none', readonly State[]>>;

const basisSteps: Steps<BasisState> = {
  none: ['applied', 'in-force'],
  applied: ['deferred', 'approved-with-conditions', 'in-force', 'withdrawn'],
  deferred: ['applied', 'approved-with-conditions', 'in-force', 'withdrawn'],
  'approved-with-conditions': ['in-force', 'suspended', 'expired', 'withdrawn'],
  'in-force': ['suspended', 'expired', 'withdrawn'],
  suspended: ['in-force', 'expired', 'withdrawn'],
  expired: ['applied'],
  withdrawn: ['applied'],
};

/** Consent, once withdrawn or run out, is asked for again; nobody applies for it to anybody, so nobody defers it either. */
const consentSteps: Steps<BasisState> = {
  none: ['in-force'],
  applied: [],
  deferred: [],
  'approved-with-conditions': [],
  'in-force': ['suspended', 'expired', 'withdrawn'],
  suspended: ['in-force', 'expired', 'withdrawn'],
  expired: ['in-force'],
  withdrawn: ['in-force'],
};

/** Nobody gives himself section 251 support: it begins with an application (COPI Regulations 2002, reg. 5; CAG). */
const section251Steps: Steps<BasisState> = { ...basisSteps, none: ['applied'] };

/** The state machine of a legal basis of that kind. */
export const basisStepsOf = (kind: LegalBasisKind): Steps<BasisState> =>
  kind === 'section-251' ? section251Steps : kind === 'consent' ? consentSteps : basisSteps;

const agreementSteps: Steps<AgreementState> = {
  none: ['proposed', 'in-force'],
  proposed: ['in-force', 'terminated'],
  'in-force': ['suspended', 'terminated'],
  suspended: ['in-force', 'terminated'],
  terminated: [],
};

const flowSteps: Steps<FlowState> = {
  none: ['proposed', 'live'],
  proposed: ['live', 'stopped'],
  live: ['suspended', 'stopped'],
  suspended: ['live', 'stopped'],
  stopped: ['proposed'],
};

export const stateMachines = { agreement: agreementSteps, flow: flowSteps } as const;

/** The last step taken on or before `at`; undefined when none was, which always means no. */
export function stepAt<State extends string>(history: readonly Step<State>[], at: LocalDate): Step<State> | undefined {
  let last: Step<State> | undefined;
  for (const step of history) {
    if (step.on > at) break;
    last = step;
  }
  return last;
}

/** Was the history in `state` on any day of the period (both ends inclusive)? Returns ask this of a quarter. */
export function wasIn<State extends string>(history: readonly Step<State>[], state: State, from: LocalDate, to: LocalDate): boolean {
  return history.some((step, index) => {
    const next = history[index + 1];
    return step.state === state && step.on <= to && (next === undefined || next.on > from);
  });
}

/** Every fault of a history in plain English: steps out of order, or that may not follow one another. */
export function historyFaults<State extends string>(history: readonly Step<State>[], steps: Steps<State>): string[] {
  const faults: string[] = [];
  let before: Step<State> | undefined;
  for (const step of history) {
    if (before !== undefined && step.on < before.on) faults.push(`step ${step.state} of ${step.on} is listed after one of ${before.on}`);
    if (!steps[before?.state ?? 'none'].includes(step.state)) {
      faults.push(before === undefined ? `cannot begin as ${step.state}` : `cannot go from ${before.state} to ${step.state} (${step.on})`);
    }
    before = step;
  }
  return faults;
}
