import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GeneratedTruth, generateBorough } from '../../scripts/generate/borough.ts';
import { localDate, systemClock } from '../../src/shared/clock.ts';
import { fetchToken, freePort, registerWithKeyFor, type Supplier, Upload } from './support/client.ts';
import { query } from './support/database.ts';
import { collectIdentifiers, toPatterns } from './support/identifiers.ts';
import { childrenOf, type Running, until, World } from './support/program.ts';
import { Scanner } from './support/scan.ts';

/** The compiled gateway as a process of its own, and what becomes of a delivery when a part of it dies. */
const world = new World();
let adminUrl: string;
let borough: GeneratedTruth;
let supplier: Supplier;

const fileOf = (flow: string): Buffer => readFileSync(borough.files.find((file) => file.flow === flow)?.path as string);
const rowsOf = (flow: string): number => borough.flows[flow]?.rows as number;

/** What a delivery changes when it lands; all of it, or nothing. */
const landed = async (flow: string) =>
  (
    await query<{ deliveries: number; events: number; sightings: number; leaves: number }>(
      adminUrl,
      'haven',
      `select (select count(*)::int from landing.delivery where flow_id = '${flow}' and state = 'landed') as deliveries,
              (select count(*)::int from environment.event where flow_no = f.flow_no) as events,
              (select count(*)::int from linkage.sighting where flow_no = f.flow_no) as sightings,
              (select count(*)::int from landing.problem p join landing.delivery d using (delivery_no) where d.flow_id = '${flow}') as problems
         from register.flow f where f.flow_id = '${flow}'`,
    )
  )[0];
const nothing = { deliveries: 0, events: 0, sightings: 0, problems: 0 };

/** How many deliveries the black box has a transaction open for. */
const running = async (): Promise<number> =>
  (
    await query(
      adminUrl,
      'haven',
      `select 1 from pg_stat_activity a join pg_locks l using (pid)
        where a.usename = 'haven_blackbox' and l.locktype = 'advisory' and l.classid = 7318003 and a.query not like '%create temporary%'`,
    )
  ).length;

const half = (bytes: Buffer): [Buffer, Buffer] => {
  const middle = Math.floor(bytes.length / 2);
  return [bytes.subarray(0, middle), bytes.subarray(middle)];
};

beforeAll(async () => {
  const register = join(world.root, 'register');
  [supplier, borough] = await Promise.all([
    registerWithKeyFor('acute-trust', register),
    generateBorough({ people: 1_000, seed: 11, out: join(world.root, 'feeds'), at: localDate(systemClock.now()) }),
  ]);
  expect(await world.run(['keys', 'init'])).toMatchObject({ code: 0 });
  adminUrl = await world.keepDatabase();
  expect(await world.run(['register', 'apply', register])).toMatchObject({ code: 0 });
});
afterAll(() => world.remove());

describe('a gateway that serves', () => {
  let gateway: Running;
  let base: string;
  let metricsPort: number;
  let token: string;
  const post = (path: string, type: string, body: Buffer | string, bearer: string | undefined = token) =>
    fetch(`${base}${path}`, {
      method: 'POST',
      headers: { 'content-type': type, ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }) },
      body,
    });

  beforeAll(async () => {
    const port = await freePort();
    metricsPort = await freePort();
    base = `http://localhost:${port}`;
    gateway = world.start(['serve', '--port', String(port), '--metrics-port', String(metricsPort)]);
    await gateway.says('listening on');
    token = await fetchToken(base, supplier);
  });
  afterAll(async () => {
    gateway.child.kill('SIGKILL');
    await gateway.ended;
  });

  it('lands a CSV file and gives its receipt and row report to nobody but the sender', async () => {
    const answer = await post('/api/deliveries?flow=ecds-southend', 'text/csv', fileOf('ecds-southend'));
    const receipt = (await answer.json()) as { delivery: string; received: number; problems: string };
    expect(answer.status).toBe(201);
    expect(receipt.received).toBe(rowsOf('ecds-southend'));
    const headers = { authorization: `Bearer ${token}` };
    expect(await (await fetch(`${base}/api/deliveries/${receipt.delivery}`, { headers })).json()).toEqual(receipt);
    expect(await (await fetch(receipt.problems, { headers })).text()).toMatch(/^row,field,rule,severity,guidance\r\n/);
    expect((await fetch(`${base}/api/deliveries/${receipt.delivery}`)).status).toBe(401);
  });

  it('knows the same bytes when they come again', async () => {
    const answer = await post('/api/deliveries?flow=ecds-southend', 'text/csv', fileOf('ecds-southend'));
    expect([answer.status, ((await answer.json()) as { state: string }).state]).toEqual([200, 'duplicate']);
  });

  it('lands FHIR line by line, and as a Bundle, and answers in FHIR', async () => {
    const lines = fileOf('fhir-acute');
    const imported = await post('/fhir/$import?flow=fhir-acute', 'application/fhir+ndjson', lines);
    expect(imported.status).toBe(201);
    expect(await imported.json()).toMatchObject({ resourceType: 'OperationOutcome' });
    const entry = lines
      .toString('utf8')
      .split('\n')
      .filter(Boolean)
      .slice(0, 2)
      .map((line) => ({ resource: JSON.parse(line) as object }));
    const bundle = await post(
      '/fhir?flow=fhir-acute',
      'application/fhir+json',
      JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }),
    );
    expect(bundle.status).toBe(201);
    const { issue } = (await bundle.json()) as { issue: { details: { text: string } }[] };
    expect(issue.map(({ details }) => details.text).join()).toContain('2 received = 0 landed + 0 updated + 2 unchanged');
  });

  it('takes nothing without a token, or for a flow of somebody else', async () => {
    const count = async () => Number((await query(adminUrl, 'haven', 'select count(*) as n from landing.delivery'))[0]?.n);
    const before = await count();
    expect((await post('/api/deliveries?flow=sus-apc-southend', 'text/csv', 'a,b\n', '')).status).toBe(401);
    expect((await post('/api/deliveries?flow=sus-apc-southend', 'text/csv', 'a,b\n', 'a.b.c')).status).toBe(401);
    expect((await post('/api/deliveries?flow=asc-cld-southend', 'text/csv', fileOf('asc-cld-southend'))).status).toBe(403);
    expect(await count()).toBe(before);
  });

  it('says why the gate refuses a flow whose basis has run out', async () => {
    const answer = await post('/api/deliveries?flow=sus-apc-discharge-evaluation', 'text/csv', fileOf('sus-apc-southend'));
    const { code, refusals } = (await answer.json()) as { code: string; refusals: { code: string }[] };
    expect([answer.status, code]).toEqual([403, 'DELIVERY_REFUSED']);
    expect(refusals.map((refusal) => refusal.code)).toContain('AGREEMENT_EXPIRED');
  });

  it('keeps its metrics on a port of their own', async () => {
    expect((await fetch(`${base}/metrics`)).status).toBe(404);
    expect(await (await fetch(`http://localhost:${metricsPort}/metrics`)).text()).toContain('haven_');
  });

  it('keeps nothing of an upload that its sender breaks off', async () => {
    const upload = new Upload(`${base}/api/deliveries?flow=sus-apc-southend`, {
      authorization: `Bearer ${token}`,
      'content-type': 'text/csv',
    });
    await upload.send(half(fileOf('sus-apc-southend'))[0]);
    await until('a delivery is under way', async () => (await running()) === 1);
    upload.abort();
    await until('the transaction is over', async () => (await running()) === 0);
    expect(await landed('sus-apc-southend')).toEqual(nothing);
  });

  it('answers again after its black box was killed in the middle of an upload, of which nothing is kept', async () => {
    const [before] = childrenOf(gateway.child.pid as number, 'blackbox');
    const upload = new Upload(`${base}/api/deliveries?flow=sus-apc-southend`, {
      authorization: `Bearer ${token}`,
      'content-type': 'text/csv',
    });
    await upload.send(half(fileOf('sus-apc-southend'))[0]);
    await until('a delivery is under way', async () => (await running()) === 1);
    process.kill(before as number, 'SIGKILL');
    expect([undefined, 503]).toContain(await upload.answered);
    upload.abort();
    expect(await landed('sus-apc-southend')).toEqual(nothing);
    const again = await post('/api/deliveries?flow=sus-op-southend', 'application/gzip', fileOf('sus-op-southend'));
    expect([again.status, await again.json()]).toMatchObject([201, { received: rowsOf('sus-op-southend') }]);
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
  });

  it('stops when it is told to: what ends soon lands, and of what does not end nothing is kept', async () => {
    const [endless, ending] = ['sus-apc-southend', 'ecds-southend'].map(
      (flow) => new Upload(`${base}/api/deliveries?flow=${flow}`, { authorization: `Bearer ${token}`, 'content-type': 'text/csv' }),
    ) as [Upload, Upload];
    const [first, rest] = half(Buffer.from(`${fileOf('ecds-southend').toString('utf8').split('\r\n').slice(0, 20).join('\r\n')}\r\n`));
    await endless.send(half(fileOf('sus-apc-southend'))[0]);
    await ending.send(first);
    await until('two deliveries are under way', async () => (await running()) === 2);
    const [box] = childrenOf(gateway.child.pid as number, 'blackbox');
    gateway.child.kill('SIGTERM');
    await until('no new connection is taken', async () =>
      fetch(`${base}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    await ending.send(rest);
    ending.request.end();
    expect(await ending.answered).toBe(201);
    expect([undefined, 400, 503]).toContain(await endless.answered);
    expect([0, 143]).toContain((await gateway.ended).code);
    expect(childrenOf(1, 'blackbox')).not.toContain(box);
    await until('the transaction is over', async () => (await running()) === 0);
    expect(await landed('sus-apc-southend')).toEqual(nothing);
    expect(readdirSync(world.temporary)).toEqual([]);
    const pulse = `select convert_from(leaf, 'UTF8')::json ->> 'type' as type from audit.entry
      where convert_from(leaf, 'UTF8')::json ->> 'actor' = 'gateway' order by entry_id desc limit 1`;
    expect(await query(adminUrl, 'haven', pulse)).toEqual([{ type: 'gateway.stopped' }]);
  });

  it('says nothing about anybody, however talkative', () => {
    const scanner = new Scanner(toPatterns(collectIdentifiers(join(world.root, 'feeds', 'deliveries')), new Set()));
    expect(gateway.stderr).toContain('"level":"info"');
    expect(scanner.find('gateway', `${gateway.stdout}${gateway.stderr}`)).toEqual([]);
  });
});

describe('when a part is killed in the middle of a delivery', () => {
  const flow = 'sus-apc-southend';

  async function deliverHalf(): Promise<Running> {
    const delivery = world.start(['deliver', '--flow', flow, '-']);
    delivery.child.stdin?.write(half(fileOf(flow))[0]);
    await until('a delivery is under way', async () => (await running()) === 1);
    return delivery;
  }

  it('the sender hears that the black box is gone, and nothing is visible', async () => {
    const delivery = await deliverHalf();
    const [box] = childrenOf(delivery.child.pid as number, 'blackbox');
    process.kill(box as number, 'SIGKILL');
    // Standard input is still open: the answer must not wait for the rest of the file.
    expect(await delivery.ended).toMatchObject({ code: 69, stderr: expect.stringContaining('BLACK_BOX_UNAVAILABLE') });
    expect(await landed(flow)).toEqual(nothing);
  });

  it('the sender hears that the database is gone, and nothing is visible', async () => {
    const delivery = await deliverHalf();
    const postmaster = Number(readFileSync(join(world.home, 'database', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(postmaster, 'SIGKILL');
    const { code, stderr } = await delivery.ended;
    expect({ code, stderr }).toMatchObject({ code: 69 });
    await world.releaseDatabase();
    adminUrl = await world.keepDatabase();
    expect(await landed(flow)).toEqual(nothing);
  });

  it('sending it again lands all of it, and the audit log is sound', async () => {
    const again = await world.run(['--json', 'deliver', '--flow', flow, '-'], { input: fileOf(flow) });
    expect(JSON.parse(again.stdout)).toMatchObject({ state: 'landed', received: rowsOf(flow) });
    expect((await landed(flow))?.events).toBeGreaterThan(0);
    expect(await world.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  });
});
