import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import type { JobName } from '../../../src/jobs/job-names.ts';
import { countJobs, listJobs } from '../../../src/jobs/list-jobs.ts';
import { work } from '../../../src/jobs/work.ts';
import { type JobApp, type JobWork, startWorker } from '../../../src/jobs/worker.ts';
import { nothingCounted, recordDelivery, takeDeliveryNo } from '../../../src/landing/record-delivery.ts';
import { listTasks } from '../../../src/obligations/tasks.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { placeDocumentSchema } from '../../../src/register/model.ts';
import { createRegisterReader } from '../../../src/register/reader.ts';
import type { ReturnsDesk } from '../../../src/returns/lifecycle/desk.ts';
import { populateReturns } from '../../../src/returns/lifecycle/populate.ts';
import { localDate } from '../../../src/shared/clock.ts';
import { createLogger } from '../../../src/shared/logger.ts';
import { smallPlace } from '../../fixtures/returns/register.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { config, key, openDesk, people, prepare, sign } from '../../support/return-lifecycle.ts';

let db: TestDatabases;
let desk: ReturnsDesk;
let now = new Date('2016-09-20T12:00:00Z');
const clock = { now: () => now };
const gateway = () => db.pool('haven_gateway');
const of = `${key.place}/${key.template}`;

beforeAll(async () => {
  db = await testDatabases();
  desk = await openDesk(gateway(), clock);
  await db.administrator('haven').query('delete from jobs._private_jobs');
});
afterAll(() => db.close());

const app = (): JobApp =>
  ({
    ...{ gateway: gateway(), servers: db.servers, clock, log: createLogger('silent'), config: { configDirectory: config } },
    register: createRegisterReader(gateway(), { pool: gateway(), clock }),
  }) as unknown as JobApp;

const populate = (configDirectory = config) => populateReturns({ gateway: gateway(), clock, configDirectory, register: app().register });

/** Works what waits in the queue with the jobs of returns, and stops. */
async function workReturns(): Promise<void> {
  const names: readonly JobName[] = ['populate-returns', 'follow-returns'];
  const own: JobWork = Object.fromEntries(names.map((name) => [name, work[name]]));
  const worker = await startWorker(app(), own, { pollInterval: 100 });
  try {
    for (let waited = 0; waited < 200; waited += 1) {
      const left = (await countJobs(gateway())).filter(({ task }) => names.some((name) => name === task));
      if (left.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`jobs are left: ${JSON.stringify(await listJobs(gateway()))}`);
  } finally {
    await worker.stop(5_000);
  }
}

/** A delivery that landed, recorded as landing records it, with the jobs it gives rise to. */
async function land(flow: string, finished: string): Promise<void> {
  const at = new Date(finished);
  await transaction(gateway(), async (tx) =>
    recordDelivery(tx, {
      ...nothingCounted,
      ...{ deliveryNo: await takeDeliveryNo(tx), deliveryId: crypto.randomUUID(), flowId: flow, setting: undefined, batchId: undefined },
      ...{
        sha256: Buffer.from(crypto.randomUUID().replaceAll('-', '').repeat(2).slice(0, 64), 'hex'),
        bytes: 1,
        registerVersion: 1,
        actor: 'test',
      },
      ...{ state: 'landed' as const, started: at, finished: at, received: 100, landed: 100 },
      ...{ numberExpected: 100, numberUsable: 100, numberVerified: 100 },
    }),
  );
}

/** What the authors were told of this return; the quarter before populates itself, too, while nobody says when it is due. */
const notices = async () =>
  (await desk.notices(key.place, true))
    .filter(({ template }) => template === key.template)
    .map(({ kind, version, template }) => `${kind} ${template} ${version}`);

describe('a return at the end of its quarter', () => {
  it('is not made while the quarter lasts, nor long after it is due', async () => {
    for (const day of ['2016-09-30T22:30:00Z', '2016-11-26T12:00:00Z', '2026-11-22T12:00:00Z']) {
      now = new Date(day);
      expect([...(await populate())].filter(([name, done]) => name === of && done !== 'nothing new')).toEqual([]);
    }
    await expect(desk.status(key)).rejects.toMatchObject({ code: 'RETURN_UNKNOWN' });
  });

  it('populates itself on the first day after, in England, tells its authors what is missing, and opens its tasks', async () => {
    // Half past midnight of 1 October in England is still September in UTC.
    now = new Date('2016-09-30T23:30:00Z');
    await gateway().query(`select jobs.add('populate-returns', '{}', null, null, 1, false)`);
    await workReturns();
    expect(await desk.status(key)).toMatchObject({ version: 1, state: 'draft' });
    const [notice] = await desk.notices(key.place, false);
    expect(notice).toMatchObject({ kind: 'populated', version: 1, told: Object.values(people).sort(), changed: [] });
    expect(notice?.missing.length).toBe((await desk.status(key)).missing.length);
    expect((await desk.history(key))[0]).toMatchObject({ step: 'opened', actor: 'haven' });
    expect((await desk.proposals(key)).every(({ state, proposedBy }) => state === 'open' && proposedBy === 'haven')).toBe(true);
    const tasks = await listTasks(gateway(), { place: key.place }, localDate(now));
    expect(
      tasks
        .filter(({ id }) => id.includes(key.template))
        .map(({ kind, due, state, ownerOrganisation }) => ({ kind, due, state, ownerOrganisation })),
    ).toEqual([
      { kind: 'return-sign-off', due: '2016-11-24', state: 'open', ownerOrganisation: expect.any(String) },
      { kind: 'return-submission', due: '2016-11-25', state: 'open', ownerOrganisation: expect.any(String) },
    ]);
    expect(tasks.find(({ kind }) => kind === 'return-submission')?.title).toContain('by midday');
  });

  it('does nothing twice, and two at once do it once', async () => {
    await Promise.all([populate(), populate(), populate()]);
    await db.administrator('haven').query('delete from returns.looked');
    await Promise.all([populate(), populate()]);
    expect(await notices()).toEqual([`populated ${key.template} 1`]);
    const { rows } = await gateway().query('select count(*) as n from returns.version where template = $1', [key.template]);
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('goes on with the others when one cannot be made, and makes that one the next time', async () => {
    const { place, ...rest } = smallPlace([]);
    const atlantis = { ...rest, place: { ...place, id: 'atlantis', name: 'Atlantis' }, agreements: [] };
    await transaction(gateway(), (tx) => applyRegister(tx, [placeDocumentSchema.parse(atlantis)], { actor: 'test', clock }));
    await desk.build({ ...key, place: 'atlantis' }, { by: people.author });
    const looked = async () => {
      const { rows } = await gateway().query<{ place: string }>('select place from returns.looked where template = $1 order by 1', [
        key.template,
      ]);
      return rows.map((row) => row.place);
    };
    const broken = await mkdtemp(join(tmpdir(), 'haven-config-'));
    try {
      await cp(config, broken, { recursive: true });
      await mkdir(join(broken, 'returns', 'declared', 'atlantis'));
      await writeFile(join(broken, 'returns', 'declared', 'atlantis', `${key.template}.json`), 'no JSON');
      await db.administrator('haven').query('delete from returns.looked');
      await expect(populate(broken)).rejects.toMatchObject({ code: 'CONFIGURATION_WRONG' });
      expect(await looked()).toEqual([key.place]);
      await populate();
      expect(await looked()).toEqual(['atlantis', key.place]);
    } finally {
      await rm(broken, { recursive: true });
    }
  });
});

describe('data that arrive late', () => {
  it('make an open return again once for a bunch of deliveries, and say in words what changed', async () => {
    now = new Date('2016-10-04T12:00:00Z');
    await land('gp-hospital', '2016-09-28T08:00:00Z');
    await land('gp-hospital', '2016-09-29T08:00:00Z');
    expect((await listJobs(gateway())).filter(({ task }) => task === 'populate-returns')).toHaveLength(1);
    await workReturns();
    const [notice] = await desk.notices(key.place, false);
    expect(notice).toMatchObject({ kind: 'late-data', version: 1 });
    expect(notice?.changed.length).toBeGreaterThan(0);
    await desk.readNotice({ place: key.place, notice: notice?.notice ?? 0, by: people.author });
    await expect(desk.readNotice({ place: key.place, notice: notice?.notice ?? 0, by: people.author })).rejects.toMatchObject({
      code: 'NOTICE_UNKNOWN',
    });
    await expect(desk.readNotice({ place: 'another-place', notice: 1, by: people.author })).rejects.toMatchObject({
      code: 'NOTICE_UNKNOWN',
    });
  });

  it('change nothing of a return that was signed, whose authors are told that it could be amended', async () => {
    now = new Date('2016-11-20T12:00:00Z');
    await prepare(desk);
    const signed = await sign(desk);
    await workReturns();
    const open = async () =>
      (await listTasks(gateway(), { place: key.place }, localDate(now)))
        .map(({ kind }) => kind)
        .filter((kind) => kind.startsWith('return-'));
    expect(await open()).toEqual(['return-submission']);
    await land('hospital-gp', '2016-09-30T08:00:00Z');
    await workReturns();
    expect(await desk.status(key)).toMatchObject({ state: 'signed-off', answers: signed.answers });
    expect(await notices()).toContain(`late-after-sign-off ${key.template} 1`);
    await populate();
    expect((await notices()).filter((one) => one.startsWith('late-after'))).toHaveLength(1);
    await desk.submit(key, { how: 'E-mail', fileSha256: 'cd'.repeat(32), at: now, by: people.author });
    await workReturns();
    expect(await open()).toEqual([]);
    expect(await desk.amend(key, { by: people.author, because: 'Late data' })).toMatchObject({ version: 2, state: 'draft' });
    await workReturns();
    expect(await open()).toEqual([]);
  });
});
