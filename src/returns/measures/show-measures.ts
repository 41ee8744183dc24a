import type { Pool } from 'pg';
import { transaction } from '../../database/query.ts';
import { type Clock, localDate } from '../../shared/clock.ts';
import { releaseCounts } from '../evidence-pack/hold-counts.ts';
import { hiddenReason } from '../evidence-pack/released-counts.ts';
import type { Period } from '../return.ts';
import type { MeasureValue } from './measure.ts';

/**
 * Measures as they may be shown by themselves: without the numbers that would give a small one away beside all that was shown
 * before. What is shown is recorded, so that the next document is held against it (docs/adr/0016).
 */
export async function showMeasures(
  gateway: Pool,
  values: ReadonlyMap<string, MeasureValue>,
  { place, period }: { readonly place: string; readonly period: Period },
  clock: Clock,
): Promise<Map<string, MeasureValue>> {
  const now = clock.now();
  const asked: MeasureValue['counted'] = Object.assign({}, ...[...values.values()].map(({ counted }) => counted));
  const kept = await transaction(gateway, (tx) => releaseCounts(tx, { place, period, on: localDate(now), asked }, now));
  const withheld = (value: MeasureValue): MeasureValue => ({
    ...value,
    ...{ numerator: null, denominator: null, rate: null, suppressed: true, counted: {} },
    reason: `${value.reason} ${hiddenReason}`,
  });
  const rests = ({ counted }: MeasureValue): boolean => Object.keys(counted).some((name) => kept.has(name));
  return new Map([...values].map(([id, value]) => [id, rests(value) ? withheld(value) : value]));
}
