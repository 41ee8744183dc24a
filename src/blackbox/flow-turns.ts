import { setTimeout as wait } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { holdWhileLanding } from '../objections/lock.ts';
import { GatewayError } from '../shared/errors.ts';

export interface TurnLimits {
  /** Deliveries of one flow that may wait in this process; the next is told to come back. */
  readonly mostWaiting: number;
  readonly waitMilliseconds: number;
}

export const defaultTurnLimits: TurnLimits = { mostWaiting: 32, waitMilliseconds: 120_000 };

/** Namespace of the advisory locks of flows, one number each. */
const flowLocks = 7_318_003;

const flowBusy = (cause?: unknown): GatewayError =>
  new GatewayError('FLOW_BUSY', 'Another delivery of this flow is under way. Nothing was taken; send this one again when it has ended.', {
    status: 503,
    cause,
  });

interface Waiting {
  go(): void;
}

/**
 * One delivery of a flow at a time: the order in which they commit is then the order in which they were merged. Who waits
 * holds nothing that another flow needs: within a process they stand in line before they get a connection, and between
 * processes the lock of the database is tried and not waited for. Nobody waits for ever.
 */
export class FlowTurns {
  readonly #limits: TurnLimits;
  readonly #lines = new Map<number, Waiting[]>();

  constructor(limits: TurnLimits = defaultTurnLimits) {
    this.#limits = limits;
  }

  /**
   * A connection in a transaction that holds the lock of the flow and, shared, the one of objections.
   * @returns `end` gives both back; the caller commits or rolls back before, and says so where that was not possible
   * @throws GatewayError FLOW_BUSY
   */
  async take(pool: Pool, flowNo: number): Promise<{ readonly client: PoolClient; end(broken?: Error): void }> {
    const until = Date.now() + this.#limits.waitMilliseconds;
    const leave = await this.#standInLine(flowNo);
    try {
      for (;;) {
        const client = await pool.connect();
        if (await begin(client, flowNo, Math.max(1, until - Date.now()))) {
          return {
            client,
            end: (broken) => {
              client.release(broken);
              leave();
            },
          };
        }
        if (Date.now() >= until) throw flowBusy();
        await wait(250);
      }
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #standInLine(flowNo: number): Promise<() => void> {
    const line = this.#lines.get(flowNo);
    const leave = (): void => {
      const next = this.#lines.get(flowNo)?.shift();
      if (next) next.go();
      else this.#lines.delete(flowNo);
    };
    if (!line) {
      this.#lines.set(flowNo, []);
      return leave;
    }
    if (line.length >= this.#limits.mostWaiting) throw flowBusy();
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        go: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(waiting), 1);
        reject(flowBusy());
      }, this.#limits.waitMilliseconds);
      line.push(waiting);
    });
    return leave;
  }
}

/** SQLSTATE lock_not_available: objections are being applied, and have been for too long to wait with a connection in hand. */
const lockNotAvailable = '55P03';

/** True with both locks held; false, and the connection given back, when another process has the flow. */
async function begin(client: PoolClient, flowNo: number, milliseconds: number): Promise<boolean> {
  try {
    await client.query('begin');
    const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1, $2) as free', [flowLocks, flowNo]);
    if (rows[0]?.free === true) {
      await client.query(`set local lock_timeout = ${Math.ceil(milliseconds)}`);
      await holdWhileLanding(client);
      await client.query('set local lock_timeout to default');
      return true;
    }
    await client.query('rollback');
    client.release();
    return false;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    client.release();
    throw (error as { code?: string }).code === lockNotAvailable ? flowBusy(error) : error;
  }
}
