import { type CountRange, isRecovered, rangeOfReleased } from '../disclosure.ts';
import type { ReleasedCount } from '../return.ts';

/**
 * One count of one subject that is or was shown: from the beginning of a day to the end of one, or to the moment at which it
 * was counted, where that came first (`2026-11-22T10:15:00Z`).
 */
export interface ShownCount {
  readonly from: string;
  readonly to: string;
  readonly shown: ReleasedCount;
}

/** What subtracting counts from one another tells about the days between two of their borders. */
export interface Deduced extends CountRange {
  readonly from: string;
  readonly to: string;
}

const day = 86_400_000;
const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / day;
const isMoment = (text: string): boolean => text.includes('T');
const endOf = (to: string): number => (isMoment(to) ? Date.parse(to) / day : dayNumber(to) + 1);
const startText = (border: number): string => new Date(border * day).toISOString().slice(0, Number.isInteger(border) ? 10 : 19);
const endText = (border: number): string => (Number.isInteger(border) ? startText(border - 1) : startText(border));

/** Borders beyond which nobody waits for the deduction: then the answer is no. */
const mostBorders = 100;

/**
 * Everything that can be deduced about a count from what was shown of it over periods that overlap, exactly. Counts over
 * periods are differences of one running total that never falls, so they are a system of difference constraints, and the
 * shortest paths through it are the tightest bounds there are (Bellman 1958). Sound for whole numbers, because the
 * constraints are integral.
 * @returns undefined when no history gives all of these counts, because something else than rounding was done to one of them;
 *   and when there are too many of them
 */
export function deduceCounts(counts: readonly ShownCount[]): Deduced[] | undefined {
  const borders = [...new Set(counts.flatMap(({ from, to }) => [dayNumber(from), endOf(to)]))].sort((a, b) => a - b);
  const at = new Map(borders.map((border, index) => [border, index]));
  const size = borders.length;
  if (size > mostBorders) return undefined;
  // bound[i * size + j]: the most by which the total at j can be above that at i.
  const bound = new Float64Array(size * size).fill(Number.POSITIVE_INFINITY);
  const limit = (i: number, j: number, most: number): void => {
    bound[i * size + j] = Math.min(bound[i * size + j] ?? Number.POSITIVE_INFINITY, most);
  };
  for (let i = 0; i < size; i += 1) {
    limit(i, i, 0);
    if (i > 0) limit(i, i - 1, 0);
  }
  for (const { from, to, shown } of counts) {
    const { least, most } = rangeOfReleased(shown);
    const [i, j] = [at.get(dayNumber(from)) ?? 0, at.get(endOf(to)) ?? 0];
    limit(i, j, most);
    limit(j, i, -least);
  }
  for (let via = 0; via < size; via += 1) {
    for (let i = 0; i < size; i += 1) {
      const first = bound[i * size + via] ?? Number.POSITIVE_INFINITY;
      if (first === Number.POSITIVE_INFINITY) continue;
      for (let j = 0; j < size; j += 1) limit(i, j, first + (bound[via * size + j] ?? Number.POSITIVE_INFINITY));
    }
  }
  const deduced: Deduced[] = [];
  for (let i = 0; i < size; i += 1) {
    if ((bound[i * size + i] ?? 0) < 0) return undefined;
    for (let j = i + 1; j < size; j += 1) {
      const [most, least] = [bound[i * size + j] ?? 0, -(bound[j * size + i] ?? 0)];
      deduced.push({ from: startText(borders[i] ?? 0), to: endText(borders[j] ?? 0), least: Math.max(0, least), most });
    }
  }
  return deduced;
}

const overlap = (one: ShownCount, other: ShownCount): boolean => one.from <= other.to && other.from <= one.to;

/** The counts that share a day with this one, or with one that does, and so on: no others can tell anything about it. */
function connected(counts: readonly ShownCount[], seed: ShownCount): ShownCount[] {
  const found: ShownCount[] = [];
  let left = [...counts];
  for (let next: ShownCount | undefined = seed, queue: ShownCount[] = []; next !== undefined; next = queue.shift()) {
    const reach = next;
    const near = left.filter((count) => overlap(count, reach));
    left = left.filter((count) => !near.includes(count));
    queue = [...queue, ...near];
    found.push(...near);
  }
  return found;
}

/**
 * The periods whose count would be as good as known if this were shown beside what was shown before of the same subject:
 * fewer numbers would be possible than rounding leaves. Empty when it may be shown. The same period is no other count: it
 * is shown anew as it is now.
 */
export function recoveredBy(before: readonly ShownCount[], next: ShownCount): readonly Deduced[] {
  const others = connected(
    before.filter(({ from, to }) => from !== next.from || to !== next.to),
    next,
  );
  // Periods that all begin on one day are one total growing: their rounding alone bounds what lies between them.
  if (others.every(({ from }) => from === next.from)) return [];
  const deduced = deduceCounts([...others, next]);
  return deduced === undefined ? [{ from: next.from, to: next.to, least: 0, most: 0 }] : deduced.filter(isRecovered);
}

/** People in a service: those of the day before, who entered, who left, and who is there at the end. */
export interface Balance {
  readonly before: ReleasedCount;
  readonly entered: ReleasedCount;
  readonly left: ReleasedCount;
  readonly after: ReleasedCount;
}

/**
 * Would the four of them, shown together, give one of them away? after = before + entered - left, so each is bounded by the
 * other three; the bounds are narrowed until nothing changes.
 */
export function balanceRecovers(balance: Balance): boolean {
  const signs = { before: 1, entered: 1, left: -1, after: -1 } as const;
  const names = Object.keys(signs) as (keyof Balance)[];
  const ranges = Object.fromEntries(names.map((name) => [name, rangeOfReleased(balance[name])])) as Record<keyof Balance, CountRange>;
  for (let changed = true; changed; ) {
    changed = false;
    for (const name of names) {
      // sign · x = -Σ of the others.
      const others = names.filter((other) => other !== name).map((other) => ({ sign: signs[other], ...ranges[other] }));
      const most = -others.reduce((sum, one) => sum + (one.sign > 0 ? one.least : -one.most), 0);
      const least = -others.reduce((sum, one) => sum + (one.sign > 0 ? one.most : -one.least), 0);
      const [low, high] = signs[name] > 0 ? [least, most] : [-most, -least];
      const next = { least: Math.max(ranges[name].least, low), most: Math.min(ranges[name].most, high) };
      // Nothing balances: one of them was counted at another moment, and together they tell something nobody meant to say.
      if (next.least > next.most) return true;
      changed ||= next.least !== ranges[name].least || next.most !== ranges[name].most;
      ranges[name] = next;
    }
  }
  return names.some((name) => isRecovered(ranges[name]));
}
