import { isRecovered } from '../disclosure.ts';
import type { Return } from '../return.ts';
import { type Deduced, deduceCounts, type ShownCount } from './differencing.ts';
import { countsOfCell } from './protect-return.ts';
import { countedDays, keyOf } from './released-counts.ts';

/** One count of a return, by what it counts: a flow or a measure, and which of its counts. */
export interface PackedCount extends ShownCount {
  readonly subject: string;
  readonly name: string;
}

export interface CountFinding {
  readonly rule: 'COUNT_DIFFERS_BETWEEN_CELLS' | 'COUNT_RECOVERABLE';
  readonly subject: string;
  readonly name: string;
  readonly message: string;
}

/** Every count a return shows, once; a flow that stands in several cells has to say the same in all of them. */
export function countsOfReturn(document: Return): { readonly counts: readonly PackedCount[]; readonly findings: readonly CountFinding[] } {
  const counts = new Map<string, PackedCount>();
  const findings: CountFinding[] = [];
  // Of a quarter that has not ended, only what had happened by the day the return was built.
  const days = countedDays(document.period, document.builtOn);
  for (const cell of document.sheets.flatMap(({ questions }) => questions)) {
    for (const { subject, shown } of countsOfCell(document.place, cell)) {
      for (const [name, count] of Object.entries(shown)) {
        const known = counts.get(keyOf(subject, name));
        if (known === undefined) counts.set(keyOf(subject, name), { subject, name, ...days, shown: count });
        else if (known.shown !== count)
          findings.push({ rule: 'COUNT_DIFFERS_BETWEEN_CELLS', subject, name, message: 'Two cells show different counts of one thing.' });
      }
    }
  }
  return { counts: [...counts.values()], findings };
}

/**
 * Holds everything that several returns show against differencing: nothing may be known of any count, by subtracting one
 * shown count from another, beyond what rounding leaves.
 */
export function checkTogether(returns: readonly Return[]): readonly CountFinding[] {
  const each = returns.map(countsOfReturn);
  const bySubject = new Map<string, PackedCount[]>();
  for (const count of each.flatMap(({ counts }) => counts)) {
    const key = keyOf(count.subject, count.name);
    const known = bySubject.get(key) ?? [];
    // The same days again are no second count.
    if (!known.some(({ from, to }) => from === count.from && to === count.to)) known.push(count);
    bySubject.set(key, known);
  }
  const recovered = [...bySubject.values()].flatMap((counts): CountFinding[] => {
    const [first] = counts;
    if (first === undefined || counts.every(({ from }) => from === first.from)) return [];
    const { subject, name } = first;
    const found = deduceCounts(counts)?.find(isRecovered);
    return found === undefined ? [] : [{ rule: 'COUNT_RECOVERABLE', subject, name, message: say(found) }];
  });
  return [...each.flatMap(({ findings }) => findings), ...recovered];
}

/** Says where, and never what: the finding itself must not give the count away. */
const say = ({ from, to }: Deduced): string => `Subtracting the counts that are shown tells the count of ${from} to ${to}.`;
