import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serveBox } from '../../../src/blackbox/serve.ts';
import { createLogger } from '../../../src/shared/logger.ts';
import { csv, emptyBox, openTestBox, type TestBox } from '../../support/box.ts';
import { episode, observation } from '../../support/rows.ts';

let test: TestBox;
beforeAll(async () => {
  test = await openTestBox();
});
afterAll(() => test.close());
beforeEach(() => emptyBox(test));

const flow = 'sus-apc-southend';
/** More than one batch of the reader, so that the first is already staged when the end breaks. */
const large = Buffer.from(csv(Array.from({ length: 25_000 }, (_, n) => episode(n % 50, `S${n}`))));

async function nothingIsLeft(): Promise<void> {
  for (const table of [
    'environment.event',
    'environment.person',
    'linkage.sighting',
    'linkage.pseudonym',
    'linkage.person',
    'landing.problem',
    'linkage.local_identifier',
  ])
    expect([table, await test.count(`select count(*) from ${table}`)]).toEqual([table, 0]);
  for (const table of ['vault.identity', 'vault.data_key'])
    expect([table, Number((await test.vault.query(`select count(*) from ${table}`)).rows[0].count)]).toEqual([table, 0]);
}

/** Begins a delivery at the door of the box; `logged` is what the box has said so far. */
async function knock(change: Partial<TestBox['box']>) {
  const lines: string[] = [];
  const log = createLogger('info', { write: (line) => void lines.push(line) });
  const socketPath = join(test.databases.servers.secrets, `box-${randomUUID().slice(0, 8)}`);
  const server = serveBox({ ...test.box, log, ...change }, 'token');
  server.listen(socketPath);
  await once(server, 'listening');
  const parameters = Buffer.from(JSON.stringify({ deliveryId: randomUUID(), flowId: flow, actor: 'test' })).toString('base64url');
  const sending = request({
    ...{ socketPath, path: '/deliveries', method: 'POST' },
    headers: { authorization: 'Bearer token', 'haven-request': parameters },
  });
  sending.on('error', () => undefined);
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  const logged = () => lines.map((line) => JSON.parse(line)).map(({ level, msg }: { level: string; msg: string }) => ({ level, msg }));
  return { sending, logged, close };
}

async function* chunks(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

describe('a delivery that breaks', () => {
  it('in the middle of the stream leaves nothing anywhere', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield* chunks(large);
      throw new Error('the line was cut');
    }
    await expect(test.deliver(flow, broken())).rejects.toThrow('the line was cut');
    await nothingIsLeft();
    expect(await test.count('select count(*) from landing.delivery')).toBe(0);
    expect(await test.deliver(flow, large)).toMatchObject({ state: 'landed', landed: 25_000 });
  });

  it('at once behind its first batch leaves nothing, though people were being registered at that moment', async () => {
    for (let round = 0; round < 5; round++) {
      const open = Buffer.concat([large, Buffer.from(`"never closed ${round}`)]);
      const receipt = await test.deliver(flow, chunks(open, 3_000_000));
      expect(receipt).toMatchObject({ state: 'refused', refusals: [{ code: 'CSV_TRUNCATED' }] });
      await wait(50);
      await nothingIsLeft();
    }
  });

  it('as a cut gzip file is a receipt, and leaves nothing', async () => {
    const packed = gzipSync(
      Buffer.concat([large, randomBytes(400_000).toString('hex').match(/.{60}/g)?.join('\n') ?? ''].map((part) => Buffer.from(part))),
    );
    const receipt = await test.deliver(flow, chunks(packed.subarray(0, packed.length - 20), 1_000));
    expect(receipt).toMatchObject({ state: 'refused', refusals: [{ code: 'GZIP_BROKEN' }], received: 0 });
    await nothingIsLeft();
  });

  it('because its sender was killed leaves nothing, through the door of the black box too, and is no failure of the box', async () => {
    const { sending, logged, close } = await knock({});
    sending.write(large);
    await wait(1_500);
    sending.destroy();
    await expect
      .poll(
        () => test.count("select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'"),
        { timeout: 5_000 },
      )
      .toBe(0);
    // The sweep follows the rollback.
    await expect.poll(() => test.count('select count(*) from linkage.pseudonym'), { timeout: 5_000 }).toBe(0);
    await nothingIsLeft();
    await expect.poll(logged).toEqual([{ level: 'info', msg: 'the sender went away before the end; nothing of it was kept' }]);
    close();
  });

  it('by a fault of ours is told to the operator as one, also when the sender did not wait for the end of it', async () => {
    let fail: (error: Error) => void = () => undefined;
    const asked = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const { sending, logged, close } = await knock({ register: () => asked });
    sending.write(large.subarray(0, 1_000));
    await wait(200);
    sending.destroy();
    await wait(200);
    fail(new Error('the register cannot be read'));
    await expect.poll(logged).toEqual([{ level: 'error', msg: 'the black box failed' }]);
    close();
  });

  it.each([
    ['the server, that it stops', Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' })],
    ['the socket', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['the driver', new Error('Connection terminated unexpectedly')],
  ])('because the database is gone may be sent again, whoever said so first: %s', async (_, error) => {
    const { sending, logged, close } = await knock({ register: () => Promise.reject(error) });
    sending.end(large.subarray(0, 1_000));
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    expect(JSON.parse(await text(response))).toMatchObject({ error: { code: 'DATABASE_LOST', status: 503 } });
    expect(logged()).toEqual([{ level: 'error', msg: 'the database is gone' }]);
    close();
  });

  it('is swept later when another delivery was running at that moment', async () => {
    let go: (value: unknown) => void = () => undefined;
    const gate = new Promise((resolve) => {
      go = resolve;
    });
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.from('Receiving Call Centre,CaseRef,NHS Number,NHS Number Status,Call Start\n');
      await gate;
      yield Buffer.from('NLX01,1,9990000018,01,2026-10-01 10:00:00\n');
    }
    const running = test.deliver('nhs-111-southend', slow());
    await wait(300);
    await test.deliver(flow, Buffer.concat([large, Buffer.from('"open')]));
    go(undefined);
    await running;
    await test.deliver(flow, 'OrganisationCodeCodeOfProvider\nRAJ\n');
    expect(await test.count('select count(*) from linkage.pseudonym')).toBe(1);
    for (const table of ['vault.identity', 'vault.data_key'])
      expect([table, Number((await test.vault.query(`select count(*) from ${table}`)).rows[0].count)]).toEqual([table, 1]);
  });

  it('takes back no data key that somebody is being sealed with, nor one that is needed', async () => {
    const sealing = await test.vault.connect();
    await sealing.query('begin');
    await sealing.query(
      `with data_key as (
         insert into vault.data_key (data_key_id, wrapped, recipient) values (gen_random_uuid(), $1, 'reidentifier') returning data_key_id
       )
       insert into vault.identity (landing_pseudonym, epoch, data_key_id, sealed, first_delivery)
       select repeat('0', 32), 1, data_key_id, $1, gen_random_uuid() from data_key`,
      [Buffer.alloc(92)],
    );
    expect(await test.deliver(flow, Buffer.concat([large, Buffer.from('"open')]))).toMatchObject({ state: 'refused' });
    await sealing.query('commit');
    sealing.release();
    expect((await test.vault.query('select from vault.identity join vault.data_key using (data_key_id)')).rowCount).toBe(1);
    expect((await test.vault.query('select from vault.data_key')).rowCount).toBe(1);
    // 23503: foreign key violation. Whoever asked for it, the key of a sealed identity stays.
    await expect(test.box.vault.query('delete from vault.data_key')).rejects.toMatchObject({ code: '23503' });
  });

  it('leaves none of its rows in a temporary table, however it ended', async () => {
    const staged = (): Promise<number> =>
      test.count(`select coalesce(sum(pg_relation_size(oid)), 0) as count from pg_class where relpersistence = 't' and relkind = 'r'`);
    await test.deliver(flow, large);
    expect(await staged()).toBe(0);
    expect(await test.deliver(flow, Buffer.concat([large, Buffer.from('"never closed')]))).toMatchObject({ state: 'refused' });
    expect(await staged()).toBe(0);
    // The same bytes, read once more because nobody could tell that nothing is new: a duplicate, and rolled back.
    expect(await test.deliver(flow, chunks(large))).toMatchObject({ state: 'duplicate' });
    expect(await staged()).toBe(0);
    expect(await test.deliver(flow, csv([episode(1, 'another')]))).toMatchObject({ state: 'landed' });
  });

  it('leaves no example of a row that did not land to the planner', async () => {
    const rows = Array.from({ length: 300 }, (_, n) => observation(n % 3, `o${n}`, n > 2 ? { NhsNumber: '' } : {}));
    const unknown = Array.from({ length: 300 }, (_, n) => observation(9, `u${n}`, { NhsNumber: '' }));
    await test.deliver('gp-coded-records-f81001', csv(rows));
    await test.deliver('gp-coded-records-f81001', csv([...rows, ...unknown].map((row) => ({ ...row, SnomedCTConceptId: '22298006' }))));
    const { rows: columns } = await test.admin.query(
      `select distinct a.attname from pg_statistic s join pg_class c on c.oid = s.starelid
         join pg_attribute a on a.attrelid = c.oid and a.attnum = s.staattnum
        where c.relpersistence = 't' order by 1`,
    );
    expect(columns.map(({ attname }) => attname)).toEqual(['person_id', 'row_no']);
  });

  it('whose connection is cut off fails, and the next one lands', async () => {
    const cut = async function* (): AsyncGenerator<Buffer> {
      yield* chunks(large);
      // Nothing is asked of the database at this moment: the driver tells of the loss by an event, not by an answer.
      await wait(500);
      await test.admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'haven_blackbox' and state like 'idle in%'`,
      );
      // And the sender, who has not ended, has nothing more to say: nobody waits for them.
      await new Promise(() => undefined);
    };
    await expect(test.deliver(flow, cut())).rejects.toMatchObject({ code: 'DATABASE_LOST', status: 503 });
    await nothingIsLeft();
    expect(await test.deliver(flow, large)).toMatchObject({ state: 'landed', landed: 25_000 });
  });

  it('shows nothing to a reader before all of it is there', async () => {
    const seen = new Set<number>();
    let done = false;
    const watching = (async () => {
      while (!done) {
        seen.add(await test.count('select count(*) from environment.event'));
        await wait(20);
      }
    })();
    await test.deliver(flow, chunks(large));
    done = true;
    await watching;
    seen.add(await test.count('select count(*) from environment.event'));
    expect([...seen].sort()).toEqual([0, 25_000]);
  });
});

describe('the gate', () => {
  it('answers a flow that may not run with every reason, and reads nothing', async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      read += 1;
      yield large;
    }
    const receipt = await test.deliver('p3-acute-caretrak', counted());
    expect(receipt.state).toBe('refused');
    expect(receipt.refusals.length).toBeGreaterThan(1);
    expect(read).toBe(0);
    await nothingIsLeft();
    expect(await test.count(`select count(*) from landing.delivery where state = 'refused'`)).toBe(1);
  });

  it('refuses a flow from the day its agreement ends', async () => {
    test.at('2035-01-01T12:00:00Z');
    const receipt = await test.deliver(flow, large);
    test.at('2026-11-21T12:00:00Z');
    expect(receipt.state).toBe('refused');
  });

  it.each([
    ['an empty file', '', 'CSV_EMPTY'],
    ['a header only', csv([episode(1, 'S1')]).split('\n')[0] ?? '', 'NO_RECORDS'],
    ['another data set', 'a,b\n1,2\n', 'HEADER_NOT_THIS_DATA_SET'],
    ['a header without its key', 'NHSNumber\n9990000018\n', 'HEADER_COLUMN_MISSING'],
    ['two columns of one name', 'NHSNumber,NHSNumber\n9990000018,9990000026\n', 'CSV_HEADER_DUPLICATE'],
    ['a spreadsheet', Buffer.from('504b0304140000000800', 'hex'), 'CSV_ENCODING'],
  ])('refuses %s with a receipt', async (_, content, code) => {
    expect(await test.deliver(flow, content)).toMatchObject({ state: 'refused', refusals: [{ code }], received: 0 });
  });
});
