import { EventEmitter } from 'node:events';
import { type CronItem, Logger as JobLogger, parseCronItems, run, type TaskList, type WorkerEvents } from 'graphile-worker';
import type { App } from '../app.ts';
import { connect } from '../database/connect.ts';
import { jobSchema } from '../database/job-queue.ts';
import { describeFailure } from '../shared/failure.ts';
import type { Logger } from '../shared/logger.ts';
import { type JobName, jobNames, jobs } from './job-names.ts';
import { createWorkerLocks } from './worker-locks.ts';

/** What a job may use: the roles of the gateway, never that of the queue. */
export type JobApp = App;

/** What this process can do. A name without work here is left to a process that knows it. */
export type JobWork = Readonly<Partial<Record<JobName, (app: JobApp) => Promise<unknown>>>>;

export interface Worker {
  /** Finishes what runs, for at most `milliseconds`; what is left is given back to the queue. */
  stop(milliseconds: number): Promise<void>;
}

/** Two at once: a long refresh does not keep the exchange with the national check waiting. */
const concurrency = 2;

/** Works the queue until stopped: woken by NOTIFY, with a look every few seconds for what was planned or is tried again. */
export async function startWorker(app: JobApp, work: JobWork, { pollInterval = 5_000 } = {}): Promise<Worker> {
  const pool = connect(app.servers, 'haven_jobs', {
    max: concurrency + 4,
    onIdleError: (err) => app.log.warn({ err }, 'the job queue lost a connection'),
  });
  const locks = await createWorkerLocks(pool, app.log);
  const events: WorkerEvents = new EventEmitter();
  events.on('worker:create', ({ worker }) => locks.take(worker.workerId));
  const known = jobNames.filter((name) => work[name] !== undefined);
  try {
    const runner = await run({
      pgPool: pool,
      schema: jobSchema,
      concurrency,
      pollInterval,
      noHandleSignals: true,
      logger: loggerOf(app.log),
      events,
      taskList: Object.fromEntries(known.map((name) => [name, taskOf(app, name, work[name])])) as TaskList,
      parsedCronItems: parseCronItems(known.flatMap(cronOf)),
    });
    return {
      async stop(milliseconds) {
        const finished = runner.stop().catch((err: unknown) => app.log.warn({ err }, 'the worker did not stop cleanly'));
        const late = Symbol('late');
        const waiting = new Promise<typeof late>((resolve) => setTimeout(resolve, milliseconds, late).unref());
        const outcome = await Promise.race([finished, waiting]);
        await locks.release();
        // What still runs says so to the queue when it ends, if this process lives that long; nobody waits for it.
        const ended = finished.then(() => pool.end());
        if (outcome !== late) await ended;
      },
    };
  } catch (error) {
    await locks.release();
    await pool.end();
    throw error;
  }
}

/** What was missed while nothing ran is made up for, once, when the gateway is back. */
const aDay = 86_400_000;

function cronOf(name: JobName): CronItem[] {
  const { cron, maxAttempts } = jobs[name];
  if (cron === undefined) return [];
  return [{ task: name, match: cron, identifier: name, options: { maxAttempts, backfillPeriod: aDay, jobKey: `cron-${name}` } }];
}

/** A job that fails keeps a message without any value of the data, because the queue shows it. */
function taskOf(app: JobApp, name: JobName, work: ((app: JobApp) => Promise<unknown>) | undefined) {
  return async (payload: unknown): Promise<void> => {
    try {
      jobs[name].payload.parse(withoutCron(payload));
      await work?.(app);
    } catch (err) {
      app.log.error({ err, job: name }, 'a job failed');
      throw new Error(describeFailure(err).message);
    }
  };
}

/** graphile-worker says in `_cron` when a planned job was due. */
function withoutCron(payload: unknown): unknown {
  if (payload === null || typeof payload !== 'object') return payload;
  const { _cron, ...own } = payload as Record<string, unknown>;
  return own;
}

/** Its every message at our debug level, warnings and errors at their own. */
function loggerOf(log: Logger): JobLogger {
  return new JobLogger(() => (level, message) => {
    if (level === 'error') log.error({ queue: message }, 'the job queue');
    else if (level === 'warning') log.warn({ queue: message }, 'the job queue');
    else log.debug({ queue: message }, 'the job queue');
  });
}
