import { GatewayError } from '../../shared/errors.ts';
import { type LifecycleReason, lifecycleReasons, type Refusal } from './state.ts';

/** Answers that are wrong are the caller's to correct; who may not is forbidden; everything else waits for something. */
const forbidden: readonly LifecycleReason[] = ['OWN_ANSWERS', 'NOT_THE_OWNER'];

/** A step of a return that was refused, with every reason. Its `code` is the first reason, so that one reason is one code. */
export class ReturnRefusedError extends GatewayError {
  readonly refusals: readonly Refusal[];

  constructor(refusals: readonly [Refusal, ...Refusal[]]) {
    const lines = refusals.map(({ reason, about }) => `  - ${reason}: ${lifecycleReasons[reason]}${listed(about)}`);
    super(refusals[0].reason, `The return cannot go this step:\n${lines.join('\n')}`, {
      status: refusals.every(({ reason }) => forbidden.includes(reason)) ? 403 : 409,
    });
    this.name = 'ReturnRefusedError';
    this.refusals = refusals;
  }
}

const shown = 12;
const listed = (about: readonly string[]): string =>
  about.length === 0 ? '' : ` [${about.slice(0, shown).join(', ')}${about.length > shown ? ` and ${about.length - shown} more` : ''}]`;

/** @throws ReturnRefusedError unless there is nothing against it. */
export function requireNone(refusals: readonly Refusal[]): void {
  const [first, ...rest] = refusals;
  if (first !== undefined) throw new ReturnRefusedError([first, ...rest]);
}
