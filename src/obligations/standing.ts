import type { Agreement } from '../register/agreement.ts';
import { stepAt } from '../register/history.ts';
import type { LocalDate } from '../shared/clock.ts';

/**
 * Where an agreement stands, for what it obliges people to: one that was never in force obliges nobody, one that is
 * suspended still does, and one that has ended leaves its data behind.
 */
export type Standing = { readonly state: 'in-force'; readonly until: LocalDate } | { readonly state: 'ended'; readonly on: LocalDate };

export function standingOf(agreement: Agreement, at: LocalDate): Standing | undefined {
  const begun = agreement.history.some(({ state, on }) => state === 'in-force' && on <= at);
  if (!begun || agreement.validFrom > at) return undefined;
  const terminated = agreement.history.find(({ state, on }) => state === 'terminated' && on <= at)?.on;
  const ended = [terminated, agreement.validTo].filter((day) => day !== undefined && day < at).sort()[0];
  if (ended !== undefined) return { state: 'ended', on: ended };
  return terminated === at ? { state: 'ended', on: at } : { state: 'in-force', until: agreement.validTo };
}

/** The day of the final letter: when the Confidentiality Advisory Group's approval first stood. Applied for or deferred is none. */
export function finalLetter(agreement: Agreement, at: LocalDate): LocalDate | undefined {
  const { kind, history, validFrom } = agreement.legalBasis;
  if (kind !== 'section-251') return undefined;
  const letter = history.find(({ state }) => state === 'approved-with-conditions' || state === 'in-force');
  if (letter === undefined || letter.on > at) return undefined;
  return stepAt(history, at) === undefined ? undefined : validFrom !== undefined && validFrom < letter.on ? validFrom : letter.on;
}

/** In force on a day: both ends of a period are inclusive. */
export const isOn = ({ from, to }: { readonly from: LocalDate; readonly to?: LocalDate | undefined }, at: LocalDate): boolean =>
  from <= at && (to === undefined || at <= to);
