import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlowTurns } from '../../../src/blackbox/flow-turns.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await testDatabases();
});
afterAll(() => databases.close());

const pool = () => databases.pool('haven_blackbox');
const finish = async ({ client, end }: Awaited<ReturnType<FlowTurns['take']>>): Promise<void> => {
  await client.query('rollback');
  end();
};

describe('deliveries of one flow', () => {
  it('take turns in the order they came, and who waits holds no connection', async () => {
    const turns = new FlowTurns();
    const order: number[] = [];
    const first = await turns.take(pool(), 1);
    const others = [2, 3, 4].map(async (n) => {
      const turn = await turns.take(pool(), 1);
      order.push(n);
      await finish(turn);
    });
    const elsewhere = await turns.take(pool(), 2);
    expect([pool().totalCount - pool().idleCount, pool().waitingCount]).toEqual([2, 0]);
    await finish(elsewhere);
    await finish(first);
    await Promise.all(others);
    expect(order).toEqual([2, 3, 4]);
  });

  it('beyond the line are told to come back, and so is who has waited too long', async () => {
    const turns = new FlowTurns({ mostWaiting: 1, waitMilliseconds: 50 });
    const first = await turns.take(pool(), 1);
    const waiting = turns.take(pool(), 1);
    await expect(turns.take(pool(), 1)).rejects.toMatchObject({ code: 'FLOW_BUSY', status: 503 });
    await expect(waiting).rejects.toMatchObject({ code: 'FLOW_BUSY', status: 503 });
    await finish(first);
    await finish(await turns.take(pool(), 1));
  });

  it('of another process are not waited for with a connection in hand', async () => {
    const first = await new FlowTurns().take(pool(), 1);
    await expect(new FlowTurns({ mostWaiting: 1, waitMilliseconds: 100 }).take(pool(), 1)).rejects.toMatchObject({ code: 'FLOW_BUSY' });
    const second = new FlowTurns().take(pool(), 1);
    await finish(first);
    await finish(await second);
  });

  it('do not wait for ever for objections that are being applied', async () => {
    const client = await databases.administrator('haven').connect();
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(7318001)');
    await expect(new FlowTurns({ mostWaiting: 1, waitMilliseconds: 50 }).take(pool(), 1)).rejects.toMatchObject({ code: 'FLOW_BUSY' });
    await client.query('rollback');
    client.release();
    await finish(await new FlowTurns().take(pool(), 1));
  });
});
