import type { Pool, PoolClient } from 'pg';

/** Work on the database that goes on one statement at a time, when it is told to. */
export interface Stepped {
  readonly name: string;
  readonly finished: boolean;
  /** Text of the statement it waits to send; undefined while the server keeps it waiting. */
  readonly next: string | undefined;
  /** Sends the next statement and returns when it is answered, or when the server makes it wait for somebody else's lock. */
  step(): Promise<void>;
  /** Settles as the work does. */
  readonly done: Promise<void>;
}

/** Longer than an answer takes, and short enough to try thousands of times. */
const lockedAfter = 4;
const answeredWithin = 5_000;

/** Starts work whose connection waits before every statement until `step` is called. */
export function startStepped(name: string, client: PoolClient, work: (pool: Pool) => Promise<void>): Stepped {
  let open: (() => void) | undefined;
  let next: string | undefined;
  let moved: () => void = () => undefined;
  let finished = false;
  const turn = (text: string): Promise<void> =>
    new Promise((resolve) => {
      next = text;
      open = resolve;
      moved();
    });
  const slow = new Proxy(client, {
    get(target, key) {
      if (key === 'release') return () => undefined;
      const value: unknown = Reflect.get(target, key);
      if (key !== 'query') return typeof value === 'function' ? value.bind(target) : value;
      return (...args: [string | object, ...unknown[]]) => {
        const query = target.query as unknown as (...all: unknown[]) => unknown;
        // A stream of COPY is returned at once, so it cannot wait: it belongs to the statement before.
        if (typeof args[0] !== 'string') return query.apply(target, args);
        return turn(args[0]).then(() => query.apply(target, args));
      };
    },
  });
  const pool = { connect: async () => slow, query: slow.query } as unknown as Pool;
  const done = work(pool).finally(() => {
    finished = true;
    moved();
  });
  done.catch(() => undefined);
  return {
    name,
    done,
    get finished() {
      return finished;
    },
    get next() {
      return next;
    },
    async step() {
      if (finished) return;
      const go = open;
      const locks = next === undefined || next.includes('pg_advisory');
      const progress = new Promise<void>((resolve) => {
        moved = resolve;
      });
      [open, next] = [undefined, undefined];
      go?.();
      let timer: NodeJS.Timeout | undefined;
      const waited = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, locks ? lockedAfter : answeredWithin);
      });
      await Promise.race([progress, waited]);
      clearTimeout(timer);
    },
  };
}
