import { isRecovered } from '../disclosure.ts';
import type { DeliveryEvidence, Period, Return } from '../return.ts';
import { type Deduced, deduceCounts, type ShownCount } from './differencing.ts';
import { releasedCounts } from './released-counts.ts';

/** One count of a return, by what it counts. */
export interface PackedCount extends ShownCount {
  readonly flow: string;
  readonly measure: string;
}

export interface CountFinding {
  readonly rule: 'COUNT_DIFFERS_BETWEEN_CELLS' | 'COUNT_RECOVERABLE';
  readonly flow: string;
  readonly measure: string;
  readonly message: string;
}

const countsOfDelivery = (delivery: DeliveryEvidence, { from, to }: Period): PackedCount[] =>
  releasedCounts(delivery)
    .filter(({ measure }) => delivery.keptBack?.includes(measure) !== true)
    .map((count) => ({ flow: delivery.flow, ...count, from, to }));

/** Every count a return shows, once; a flow that stands in several cells has to say the same in all of them. */
export function countsOfReturn(document: Return): { readonly counts: readonly PackedCount[]; readonly findings: readonly CountFinding[] } {
  const counts = new Map<string, PackedCount>();
  const findings: CountFinding[] = [];
  // Of a quarter that has not ended, only what had happened by the day the return was built.
  const to = [document.period.to, document.builtOn].sort()[0] ?? document.period.to;
  const days = { from: document.period.from, to: to < document.period.from ? document.period.from : to };
  for (const { evidence } of document.sheets.flatMap(({ questions }) => questions)) {
    for (const count of (evidence?.deliveries ?? []).flatMap((delivery) => countsOfDelivery(delivery, days))) {
      const key = `${count.flow} ${count.measure}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, count);
      else if (known.shown !== count.shown) {
        const { flow, measure } = count;
        findings.push({ rule: 'COUNT_DIFFERS_BETWEEN_CELLS', flow, measure, message: 'Two cells show different counts of one thing.' });
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
    const key = `${count.flow} ${count.measure}`;
    const known = bySubject.get(key) ?? [];
    // The same days again are no second count.
    if (!known.some(({ from, to }) => from === count.from && to === count.to)) known.push(count);
    bySubject.set(key, known);
  }
  const recovered = [...bySubject.values()].flatMap((counts): CountFinding[] => {
    const [first] = counts;
    if (first === undefined || counts.every(({ from }) => from === first.from)) return [];
    const { flow, measure } = first;
    const found = deduceCounts(counts)?.find(isRecovered);
    return found === undefined ? [] : [{ rule: 'COUNT_RECOVERABLE', flow, measure, message: say(found) }];
  });
  return [...each.flatMap(({ findings }) => findings), ...recovered];
}

/** Says where, and never what: the finding itself must not give the count away. */
const say = ({ from, to }: Deduced): string => `Subtracting the counts that are shown tells the count of ${from} to ${to}.`;
