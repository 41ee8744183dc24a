import type { Clock } from '../shared/clock.ts';

export interface RateLimiter {
  /** Undefined when the caller may go on; otherwise whole seconds to wait. */
  take(caller: string): number | undefined;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * A token bucket per caller, in this process: enough to slow one client down, not a defence against many machines.
 * Memory is bounded; when it is full the caller not seen for longest is forgotten, which gives it a full bucket again.
 */
export function createRateLimiter(perMinute: number, clock: Clock, mostCallers = 10_000): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const perMillisecond = perMinute / 60_000;
  return {
    take(caller) {
      const at = clock.now().getTime();
      const known = buckets.get(caller);
      const tokens = known === undefined ? perMinute : Math.min(perMinute, known.tokens + Math.max(0, at - known.at) * perMillisecond);
      const allowed = tokens >= 1;
      buckets.delete(caller); // a Map keeps the order of insertion, so the first key is the one not seen for longest
      buckets.set(caller, { tokens: allowed ? tokens - 1 : tokens, at });
      if (buckets.size > mostCallers)
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest);
          break;
        }
      return allowed ? undefined : Math.max(1, Math.ceil((1 - tokens) / perMillisecond / 1000));
    },
  };
}
