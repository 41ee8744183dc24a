import type { Pool } from 'pg';
import type { Logger } from '../shared/logger.ts';

export interface WorkerLocks {
  take(workerId: string): void;
  /** Gives back what these workers still hold, so that another process goes on with it at once. */
  release(): Promise<void>;
}

/** Any number; with the hash of a worker's id it makes the advisory lock of that worker. */
const space = 0x4a4f;

/**
 * A job stays taken for four hours when its process dies. So each worker holds a lock for as long as its connection lives;
 * whoever starts gives back the jobs of workers whose lock is free, because nobody is there any more.
 */
export async function createWorkerLocks(pool: Pool, log: Logger): Promise<WorkerLocks> {
  const client = await pool.connect();
  const onError = (err: Error): void => log.warn({ err }, 'the job queue lost a connection');
  client.on('error', onError);
  const own: string[] = [];
  let pending: Promise<unknown> = client.query(
    `select jobs.force_unlock_workers(array(
       select gone.locked_by
       from (select distinct locked_by from jobs._private_jobs where locked_by is not null) gone
       where case when pg_try_advisory_lock($1, hashtext(gone.locked_by)) then pg_advisory_unlock($1, hashtext(gone.locked_by)) else false end
     ))`,
    [space],
  );
  await pending;
  return {
    take(workerId) {
      own.push(workerId);
      pending = pending.then(() => client.query('select pg_advisory_lock($1, hashtext($2))', [space, workerId])).catch(onError);
    },
    async release() {
      await pending;
      await client.query('select jobs.force_unlock_workers($1)', [own]).catch(onError);
      client.release(true);
    },
  };
}
