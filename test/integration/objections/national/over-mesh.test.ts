import { readdir } from 'node:fs/promises';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alone, runExchanges } from '../../../../src/objections/national/advance.ts';
import type { ExchangeDeps } from '../../../../src/objections/national/deps.ts';
import { openMeshMailbox } from '../../../../src/objections/national/mesh/client.ts';
import { nhsNumber, openTestBox, type TestBox } from '../../../support/box.ts';
import { type MailboxServer, startMailboxServer } from '../../../support/mailbox-server.ts';
import { emptyNational, hold, mailboxes, openNational, workflow } from '../../../support/national-exchange.ts';

let test: TestBox;
let server: MailboxServer;
let clients: { close(): void }[] = [];
beforeAll(async () => {
  test = await openTestBox();
  await hold(test, people(6));
  server = await startMailboxServer({ mailboxes, sharedKey: 'shared', listCap: 4, now: () => test.box.clock.now() });
});
afterAll(async () => {
  await server.close();
  await test.close();
});
beforeEach(async () => {
  test.at('2026-11-21T12:00:00Z');
  await reset();
});
afterEach(() => {
  for (const client of clients) client.close();
  clients = [];
});

async function reset(): Promise<void> {
  await emptyNational(test);
  server.messages.length = 0;
  server.handshakes.length = 0;
  server.log.length = 0;
}

const people = (count: number): string[] => Array.from({ length: count }, (_, n) => nhsNumber(n));
const open = async (more: Partial<ExchangeDeps> = {}) => {
  const client = openMeshMailbox({
    url: server.url,
    mailbox: 'OURS',
    secrets: { password: mailboxes.OURS, sharedKey: 'shared' },
    chunkBytes: 1_000,
    timeoutSeconds: 5,
    version: '1',
    clock: test.box.clock,
  });
  clients.push(client);
  const mesh = { url: server.url, recipient: 'SERVICE', workflow, chunkBytes: 1_000, timeoutSeconds: 5 };
  return openNational(test, { mesh }, { mailbox: client, ...more });
};

/** The service at the other end: takes each request once, answers with a job receipt and later without those who opted out. */
function serve(optedOut: readonly string[]): void {
  for (const request of server.messages.filter(({ to, state }) => to === 'SERVICE' && state === 'accepted')) {
    request.state = 'acknowledged';
    const { localId } = request;
    server.put({ to: 'OURS', workflow, localId, subject: 'SUCCESS', body: '{"status": "pending", "stages": {}}' });
    const lines = Buffer.concat(request.parts).toString().split('\n').filter(Boolean);
    const body = lines
      .filter((line) => !optedOut.includes(line.slice(0, 10)))
      .map((line) => `${line}\n`)
      .join('');
    server.put({ to: 'OURS', workflow, localId, subject: localId, body, partBytes: 40 });
  }
}

const stateOf = async (): Promise<unknown> =>
  (await test.admin.query('select state, reason, asked, returned, opted_out::int from ndop.request order by request_no')).rows;
const objecting = async (): Promise<number> => test.count(`select count(*) from objections.standing('2026-11-21') where kind = 'ndop'`);
const applied = [{ state: 'applied', reason: null, asked: 6, returned: 4, opted_out: 2 }];

describe('an exchange over MESH', () => {
  it('goes from the decision to the removal, and leaves no file behind', async () => {
    const { deps, decide } = await open();
    const before = await test.count('select coalesce(max(entry_id), 0) as count from audit.entry');
    await decide();
    expect(await runExchanges(deps)).toMatchObject({ exchanges: [{ requests: [{ state: 'sent' }] }] });
    expect(server.messages[0]).toMatchObject({
      localId: 'OURS-21112026-0001',
      subject: 'OURS-21112026-0001',
      fileName: 'OURS-21112026-0001.dat',
      workflow,
    });
    serve([nhsNumber(1), nhsNumber(3)]);
    expect(await runExchanges(deps)).toMatchObject({
      collected: { downloaded: 2, gone: 0 },
      exchanges: [{ requests: [{ state: 'applied' }] }],
    });
    expect(await stateOf()).toEqual(applied);
    expect(await objecting()).toBe(2);
    expect(await readdir(deps.spool)).toEqual([]);
    const { rows } = await test.admin.query<{ types: string[] }>(
      `select array_agg(convert_from(leaf, 'UTF8')::json ->> 'type' order by entry_id) as types from audit.entry
       where entry_id > $1 and convert_from(leaf, 'UTF8')::json ->> 'type' like 'ndop.%'`,
      [before],
    );
    expect(rows[0]?.types).toEqual([
      'ndop.decided',
      'ndop.prepared',
      'ndop.sent',
      'ndop.downloaded',
      'ndop.downloaded',
      'ndop.receipted',
      'ndop.answered',
      'ndop.applied',
    ]);
    expect(await runExchanges(deps)).toEqual({ collected: { downloaded: 0, gone: 0 }, exchanges: [] });
  });

  it('acknowledges each message right after its download, greets once a day, and asks one thing at a time', async () => {
    const { deps, decide } = await open();
    await decide();
    await runExchanges(deps);
    serve([]);
    await runExchanges(deps);
    expect(server.handshakes).toHaveLength(1);
    const inbox = server.log.filter((line) => /inbox\//.test(line)).map((line) => line.replace(/[0-9A-F]{32}/, 'ID'));
    expect(inbox.slice(0, 2)).toEqual(['GET /inbox/ID 200', 'PUT /inbox/ID/status/acknowledged 200']);
    expect(server.mostAtOnce()).toBe(1);
    test.at('2026-11-22T12:00:00Z');
    await runExchanges(deps);
    expect(server.handshakes).toHaveLength(2);
  });

  it('takes away more than one list holds', async () => {
    const { deps } = await open();
    for (let n = 0; n < 10; n++) server.put({ to: 'OURS', workflow, localId: 'STRAY', body: 'x' });
    expect((await runExchanges(deps)).collected).toEqual({ downloaded: 10, gone: 0 });
    expect(server.messages.every(({ state }) => state === 'acknowledged')).toBe(true);
    expect(await test.count(`select count(*) from ndop.message where class = 'unknown'`)).toBe(10);
  });

  it('knows a report by the message it is about', async () => {
    const { deps, decide } = await open();
    await decide();
    await runExchanges(deps);
    server.put({ to: 'OURS', workflow, type: 'REPORT', linked: server.messages[0]?.id ?? '', body: '' });
    await runExchanges(deps);
    expect(await stateOf()).toEqual([{ state: 'failed', reason: 'NDOP_NOT_DELIVERED', asked: 6, returned: null, opted_out: null }]);
  });

  it('never sends a file that is not the one that was written', async () => {
    const { deps, decide } = await open({ writeLists: async () => undefined });
    const real = await openNational(test);
    const { exchangeId } = await decide();
    await real.deps.writeLists(exchangeId);
    await test.admin.query(`update ndop.request set sha256 = repeat('0', 64)`);
    await runExchanges(deps);
    expect(await stateOf()).toMatchObject([{ state: 'failed', reason: 'NDOP_FILE_CHANGED' }]);
    expect(server.messages).toEqual([]);
  });

  it('is worked on by one process at a time', async () => {
    const { deps } = await open();
    await alone(deps, async () => {
      await expect(runExchanges(deps)).rejects.toMatchObject({ code: 'MAILBOX_BUSY' });
    });
    await expect(runExchanges(deps)).resolves.toBeDefined();
  });
});

class Killed extends Error {}

/** A pool whose n-th commit fails: before it reached the server, or after, with the answer lost. */
function killAtCommit(pool: Pool, kill: { left: number; after: boolean }): Pool {
  return new Proxy(pool, {
    get: (target, name) => {
      if (name !== 'connect') {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async () => {
        const client = await target.connect();
        return new Proxy(client, {
          get: (inner, key) => {
            const value: unknown = Reflect.get(inner, key);
            if (key !== 'query') return typeof value === 'function' ? value.bind(inner) : value;
            return (...given: unknown[]) => {
              const ask = (): unknown => Reflect.apply(value as (...all: unknown[]) => unknown, inner, given);
              if (given[0] !== 'commit') return ask();
              kill.left -= 1;
              if (kill.left !== 0) return ask();
              const last = kill.after ? ask() : Reflect.apply(value as (...all: unknown[]) => unknown, inner, ['rollback']);
              return Promise.resolve(last).then(() => {
                throw new Killed();
              });
            };
          },
        });
      };
    },
  });
}

describe('a crash', () => {
  const optedOut = [nhsNumber(1), nhsNumber(3)];
  async function finish(deps: ExchangeDeps): Promise<void> {
    await runExchanges(deps);
    serve(optedOut);
    await runExchanges(deps);
    await runExchanges(deps);
  }
  async function expectWhole(deps: ExchangeDeps): Promise<void> {
    expect(await stateOf()).toEqual(applied);
    expect(await objecting()).toBe(2);
    expect(server.messages.filter(({ to }) => to === 'SERVICE')).toHaveLength(1);
    expect(await test.count('select count(*) from ndop.returned')).toBe(0);
    expect(await readdir(deps.spool)).toEqual([]);
    // Each state was entered once, and has one leaf.
    for (const type of ['prepared', 'sent', 'answered', 'applied']) {
      const [row] = (
        await test.admin.query<{ n: number }>(
          `select count(*)::int as n from audit.entry e, ndop.request r
           where convert_from(leaf, 'UTF8')::json ->> 'type' = $1 and (convert_from(leaf, 'UTF8')::json -> 'detail') ->> 'exchange' = r.exchange_id::text`,
          [`ndop.${type}`],
        )
      ).rows;
      expect(row?.n, type).toBe(1);
    }
  }

  it.each([false, true])(
    'at any commit is survived (answer lost after it: %s)',
    async (after) => {
      for (let at = 1; at < 40; at++) {
        await reset();
        const kill = { left: at + 1, after };
        const { deps, decide } = await open({ national: killAtCommit(test.databases.pool('haven_ndop'), kill) });
        await decide();
        let killed = false;
        await finish(deps).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
          killed = true;
        });
        await finish(deps);
        await expectWhole(deps);
        if (!killed) {
          expect(at).toBeGreaterThan(6);
          return;
        }
      }
      expect.unreachable('the exchange has fewer commits than that');
    },
    180_000,
  );

  it.each<[string, RegExp, number | 'cut' | 'after']>([
    ['before the file is taken', /POST \/outbox/, 503],
    ['after the file is taken, with the answer lost', /POST \/outbox/, 'after'],
    ['at the handshake', /POST \/$/, 503],
    ['at the list', /GET \/inbox$/, 503],
    ['in the middle of a download', /GET \/inbox\/.+/, 'cut'],
    ['before the acknowledgement', /PUT/, 503],
    ['after the acknowledgement, with the answer lost', /PUT/, 'after'],
  ])('of the network %s is survived', async (_where, match, how) => {
    const { deps, decide } = await open();
    await decide();
    if (/outbox|\/\$/.test(match.source)) {
      server.failNext(match, how);
      await expect(runExchanges(deps)).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
      await finish(deps);
    } else {
      await runExchanges(deps);
      serve(optedOut);
      server.failNext(match, how);
      await expect(runExchanges(deps)).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
      await finish(deps);
    }
    await expectWhole(deps);
  });

  it.each(['writeLists', 'takeReply', 'applyAnswer'] as const)('in %s, before or after its work, is survived', async (step) => {
    for (const when of ['before', 'after'] as const) {
      await reset();
      const { deps, decide } = await open();
      await decide();
      let armed = true;
      const dying: ExchangeDeps = {
        ...deps,
        [step]: async (...given: unknown[]) => {
          const work = deps[step] as (...all: unknown[]) => Promise<unknown>;
          if (armed && when === 'before') {
            armed = false;
            throw new Killed();
          }
          const result = await work(...given);
          if (armed) {
            armed = false;
            throw new Killed();
          }
          return result;
        },
      };
      await finish(dying).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      await finish(deps);
      await expectWhole(deps);
    }
  });
});
