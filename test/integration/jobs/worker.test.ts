import { afterAll, beforeAll, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { addJob } from '../../../src/jobs/add-job.ts';
import { jobNames } from '../../../src/jobs/job-names.ts';
import { countJobs, listJobs, retryJob } from '../../../src/jobs/list-jobs.ts';
import { type JobApp, type JobWork, startWorker, type Worker } from '../../../src/jobs/worker.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { GatewayError } from '../../../src/shared/errors.ts';
import { createLogger } from '../../../src/shared/logger.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

let db: TestDatabases;
beforeAll(async () => {
  db = await testDatabases();
});
afterAll(() => db.close());

const app = (): JobApp =>
  ({ gateway: db.pool('haven_gateway'), servers: db.servers, clock: systemClock, log: createLogger('silent') }) as unknown as JobApp;

async function working<T>(work: JobWork, during: (worker: Worker) => Promise<T>): Promise<T> {
  const worker = await startWorker(app(), work, { pollInterval: 200 });
  try {
    return await during(worker);
  } finally {
    await worker.stop(5_000);
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 200; waited += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not happen within ten seconds');
}

it('runs a job after the commit of its effect, and never one that was rolled back', async () => {
  let runs = 0;
  const work: JobWork = {
    'refresh-summaries': async () => {
      runs += 1;
    },
  };
  await working(work, async () => {
    const gateway = db.pool('haven_gateway');
    await expect(
      transaction(gateway, async (tx) => {
        await addJob(tx, 'refresh-summaries', {});
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const begun = Date.now();
    await transaction(db.pool('haven_blackbox'), (tx) => addJob(tx, 'refresh-summaries', {}));
    await until(() => runs === 1);
    // NOTIFY woke it: the look for planned jobs comes only every five seconds.
    expect(Date.now() - begun).toBeLessThan(4_000);
  });
  expect(runs).toBe(1);
  expect(await listJobs(db.pool('haven_gateway'))).toEqual([]);
});

it('makes one job of many with the same key', async () => {
  const gateway = db.pool('haven_gateway');
  const runAt = new Date(Date.now() + 3_600_000);
  for (let delivery = 0; delivery < 5; delivery += 1)
    await addJob(gateway, 'refresh-summaries', {}, { key: 'refresh', runAt, keepRunAt: true });
  expect(await listJobs(gateway)).toMatchObject([{ task: 'refresh-summaries', state: 'planned' }]);
  await db.administrator('haven').query('delete from jobs._private_jobs');
});

it('keeps a job that always fails as dead, without the value it failed on, until somebody tries it again', async () => {
  const gateway = db.pool('haven_gateway');
  let fails = true;
  const work: JobWork = {
    'check-retention': async () => {
      if (fails) throw new Error('a value: 9990000018');
    },
  };
  await working(work, async () => {
    await gateway.query(`select jobs.add('check-retention', '{}', null, null, 1, false)`);
    await until(async () => (await countJobs(gateway)).some(({ state }) => state === 'dead'));
    const [dead] = await listJobs(gateway);
    expect(dead).toMatchObject({ task: 'check-retention', state: 'dead', attempts: 1, maxAttempts: 1 });
    expect(dead?.lastError).not.toContain('9990000018');
    fails = false;
    expect(await retryJob(gateway, (dead as { id: number }).id)).toBe(true);
    await until(async () => (await listJobs(gateway)).length === 0);
    expect(await retryJob(gateway, 1)).toBe(false);
  });
});

it('tries a failed job again, later', async () => {
  const gateway = db.pool('haven_gateway');
  let attempts = 0;
  await working(
    {
      'check-retention': async () => {
        attempts += 1;
        if (attempts < 2) throw new GatewayError('NOT_NOW', 'Not now.');
      },
    },
    async () => {
      await addJob(gateway, 'check-retention', {});
      await until(async () => (await listJobs(gateway)).some(({ state }) => state === 'retrying'));
      expect((await listJobs(gateway))[0]?.lastError).toContain('Not now. [NOT_NOW]');
      await until(async () => (await listJobs(gateway)).length === 0);
    },
  );
  expect(attempts).toBe(2);
});

it('gives back the jobs of a process that died, when the next one starts', async () => {
  const gateway = db.pool('haven_gateway');
  await addJob(gateway, 'check-retention', {});
  await db.administrator('haven').query(`update jobs._private_jobs set locked_at = now(), locked_by = 'worker-gone', attempts = 1`);
  let ran = false;
  await working(
    {
      'check-retention': async () => {
        ran = true;
      },
    },
    () => until(() => ran),
  );
  expect(await listJobs(gateway)).toEqual([]);
});

it('gives a job that outlasts the stop back to the queue', async () => {
  const gateway = db.pool('haven_gateway');
  let release: () => void = () => undefined;
  let running = false;
  const worker = await startWorker(app(), {
    'check-retention': () => {
      running = true;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    },
  });
  await addJob(gateway, 'check-retention', {});
  await until(() => running);
  await worker.stop(200);
  expect(await listJobs(gateway)).toMatchObject([{ state: 'retrying' }]);
  release();
  await until(async () => (await listJobs(gateway)).length === 0);
});

it('lets no role but its own see what a job carries', async () => {
  for (const role of ['haven_gateway', 'haven_blackbox', 'haven_analyst', 'haven_auditor'] as const) {
    await expect(db.pool(role).query('select payload from jobs._private_jobs')).rejects.toMatchObject({ code: '42501' });
  }
  for (const table of ['audit.entry', 'environment.event', 'linkage.pseudonym', 'register.version', 'obligations.task']) {
    await expect(db.pool('haven_jobs').query(`select 1 from ${table}`)).rejects.toMatchObject({ code: '42501' });
  }
});

it('refuses a payload that a job does not know, before it rests anywhere', async () => {
  const smuggled = { nhsNumber: '9990000018' } as unknown as Record<string, never>;
  for (const name of jobNames) await expect(addJob(db.pool('haven_gateway'), name, smuggled)).rejects.toThrow();
  expect(await listJobs(db.pool('haven_gateway'))).toEqual([]);
});
