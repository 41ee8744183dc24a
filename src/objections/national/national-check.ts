import type { Purpose } from '../../register/terms.ts';
import { GatewayError } from '../../shared/errors.ts';
import { nationalCheckReasons } from '../kinds.ts';

/** An answer may be used for seven days and no longer (National Data Opt-out operational policy; RULE-NDOP-4). */
export const cacheDays = 7;
const cacheMilliseconds = cacheDays * 24 * 60 * 60 * 1000;

/** How the national check stands for a purpose. Only `fresh` lets anything be disclosed. */
export type NationalStatus =
  | {
      readonly state: 'fresh' | 'stale';
      readonly exchangeId: string;
      /** Reference of the approval the check was made under. */
      readonly approval: string;
      /** When the request was written: the earliest moment the nation can have looked. */
      readonly checkedAt: Date;
      readonly usableUntil: Date;
      readonly people: number;
      readonly optedOut: number;
      /** LocalIds of the request files, and ids (or digests) of their replies, in the same order. */
      readonly requests: readonly string[];
      readonly responses: readonly string[];
    }
  | { readonly state: 'missing' };

/** What the check says about one person, for whoever decides about a use: `notCovered` was never asked about. */
export type PersonCheck =
  | { readonly state: 'fresh'; readonly optedOut: boolean; readonly notCovered?: boolean }
  | { readonly state: 'stale' | 'missing' };

/** When an answer asked for at `checkedAt` stops being usable. */
export const usableUntil = (checkedAt: Date): Date => new Date(checkedAt.getTime() + cacheMilliseconds);

/** An answer asked for at this moment or earlier is no longer usable at `at`. */
export const usableFrom = (at: Date): Date => new Date(at.getTime() - cacheMilliseconds);

/** The end itself is no longer fresh; an answer from the future is not believed either. */
export const isFresh = (checkedAt: Date, at: Date): boolean => checkedAt <= at && at < usableUntil(checkedAt);

/** The same as one word, as decide() asks for it beside the objections in force: an opt-out is an objection already. */
export const checkStateOf = (check: PersonCheck): 'fresh' | 'stale' | 'missing' | 'not-covered' =>
  check.state === 'fresh' && check.notCovered === true ? 'not-covered' : check.state;

/** May a person be disclosed where the opt-out applies? Only a fresh check that covered them and found no opt-out. */
export const mayDisclose = (check: PersonCheck): boolean => check.state === 'fresh' && !check.optedOut && check.notCovered !== true;

/** What somebody does about a release that is blocked; the register's own words, never those of a request. */
export interface Wanted {
  readonly purpose: Purpose;
  readonly approval?: string;
}

/** Why nothing may be released now, as the error whoever asked is given; undefined when the check is fresh (RULE-NDOP-4). */
export function blockOf({ state }: NationalStatus, { purpose, approval }: Wanted): GatewayError | undefined {
  if (state === 'fresh') return undefined;
  const command = `"haven ndop request --purpose ${purpose} --approval '${approval || 'REFERENCE'}' --as PERSON"`;
  const why =
    state === 'missing'
      ? 'No national opt-out check has been answered for this purpose and approval'
      : `The national opt-out check for this purpose is older than ${cacheDays} days`;
  return new GatewayError(
    nationalCheckReasons[state],
    `${why}, so nothing is released. An IG lead makes one with ${command} and applies its reply.`,
    {
      status: 409,
    },
  );
}

/** @throws GatewayError NATIONAL_CHECK_MISSING or NATIONAL_CHECK_STALE unless the check is fresh: no release without one */
export function requireFresh(
  status: NationalStatus,
  wanted: Wanted,
): asserts status is Extract<NationalStatus, { state: 'fresh' | 'stale' }> & { state: 'fresh' } {
  const block = blockOf(status, wanted);
  if (block !== undefined) throw block;
}
