import type { Queryable } from '../../database/query.ts';
import type { Period } from '../return.ts';
import { movementsShown, recoveredLevels, type ShownMovement, subjectOf, visible } from './measured-counts.ts';
import {
  countedDays,
  holdReleases,
  keyOf,
  recordShown,
  recoverableAmong,
  type ShownBefore,
  type SubjectCounts,
  shownSince,
} from './released-counts.ts';

/** Counts and levels of one period that are to be shown, and the day in England on which they were counted. */
export interface HeldCounts {
  readonly period: Period;
  readonly on: string;
  /** What adds up over periods. */
  readonly counts: readonly SubjectCounts[];
  /** People in a service, or who object, at the end of the period. */
  readonly levels: readonly SubjectCounts[];
}

/** What the same document shows of other periods. */
interface Beside {
  readonly shown: ShownBefore;
  readonly moved: readonly ShownMovement[];
}

/** What has to be kept back (`keyOf`), because beside all that was shown before it would give a small number away. */
export async function keptBack(db: Queryable, { period, on, counts, levels }: HeldCounts, beside?: Beside): Promise<Set<string>> {
  const keys = new Set(await recoverableAmong(db, { period, on, counts }, beside?.shown));
  const together = [...visible(counts, keys), ...levels];
  const before = [...(await movementsShown(db, together)), ...(beside?.moved ?? [])];
  for (const key of recoveredLevels(countedDays(period, on), together, before)) keys.add(key);
  return keys;
}

/** Records what is shown, in the transaction that keeps the document. @throws GatewayError COUNTS_SHOWN_SINCE */
export async function recordCounts(tx: Queryable, { period, on: builtOn, counts, levels }: HeldCounts, at: Date): Promise<void> {
  await recordShown(tx, { period, builtOn, counts }, at);
  const days = countedDays(period, builtOn);
  const together = [...counts, ...levels];
  if (recoveredLevels(days, together, await movementsShown(tx, together)).size > 0) throw shownSince();
  await recordShown(tx, { period: { from: days.to, to: days.to }, builtOn, counts: levels }, at);
}

/**
 * The same for numbers that are shown as they are asked for, and kept nowhere. Of `<what>.entered`, `<what>.left` and
 * `<what>.at-end` the last is the level the other two lead to; every other name adds up over periods.
 * @param asked the counts of a place, by what they count, as they may leave
 * @returns the names that have to be kept back; all others are recorded as shown
 */
export async function releaseCounts(
  tx: Queryable,
  { place, period, on, asked }: { readonly place: string; readonly period: Period; readonly on: string; readonly asked: Asked },
  at: Date,
): Promise<ReadonlySet<string>> {
  await holdReleases(tx);
  const isLevel = (name: string): boolean => name.endsWith('.at-end');
  const subjects = (levels: boolean): SubjectCounts[] =>
    Object.entries(asked).flatMap(([name, count]) =>
      isLevel(name) === levels ? [{ subject: subjectOf(place, name), shown: { [levels ? 'level' : 'count']: count } }] : [],
    );
  const held = { period, on, counts: subjects(false), levels: subjects(true) };
  const keys = await keptBack(tx, held);
  await recordCounts(tx, { ...held, counts: visible(held.counts, keys), levels: visible(held.levels, keys) }, at);
  const isKept = (name: string): boolean => keys.has(keyOf(subjectOf(place, name), isLevel(name) ? 'level' : 'count'));
  return new Set(Object.keys(asked).filter(isKept));
}

type Asked = Readonly<Record<string, '*' | number>>;
