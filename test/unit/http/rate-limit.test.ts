import { describe, expect, it } from 'vitest';
import { createRateLimiter } from '../../../src/http/rate-limit.ts';

const clockAt = (start: number) => {
  const clock = { at: start, now: () => new Date(clock.at) };
  return clock;
};

describe('a rate limit', () => {
  it('allows as many as it says, then one for each share of a minute', () => {
    const clock = clockAt(0);
    const limiter = createRateLimiter(60, clock);
    for (let i = 0; i < 60; i++) expect(limiter.take('a')).toBeUndefined();
    expect(limiter.take('a')).toBe(1);
    clock.at += 1_000;
    expect(limiter.take('a')).toBeUndefined();
    expect(limiter.take('a')).toBe(1);
  });

  it('counts each caller alone', () => {
    const limiter = createRateLimiter(1, clockAt(0));
    expect(limiter.take('a')).toBeUndefined();
    expect(limiter.take('b')).toBeUndefined();
    expect(limiter.take('a')).toBe(60);
  });

  it('gives nothing for a clock that goes back', () => {
    const clock = clockAt(3_600_000);
    const limiter = createRateLimiter(1, clock);
    limiter.take('a');
    clock.at = 0;
    expect(limiter.take('a')).toBe(60);
  });

  it('remembers a bounded number of callers, and forgets the one not seen for longest', () => {
    const limiter = createRateLimiter(1, clockAt(0), 2);
    limiter.take('a');
    limiter.take('b');
    limiter.take('a');
    limiter.take('c');
    expect(limiter.take('a')).toBe(60);
    expect(limiter.take('b')).toBeUndefined();
  });
});
