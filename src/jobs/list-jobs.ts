import type { Queryable } from '../database/query.ts';

export const jobStates = ['waiting', 'planned', 'running', 'retrying', 'dead'] as const;
export type JobState = (typeof jobStates)[number];

export interface ListedJob {
  readonly id: number;
  readonly task: string;
  readonly state: JobState;
  readonly runAt: string;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly lastError: string | null;
}

/** Dead: every attempt was used. Such a job stays until somebody looks (`haven jobs retry`), and /metrics counts it. */
const state = `case
    when locked_at is not null then 'running'
    when attempts >= max_attempts then 'dead'
    when attempts > 0 then 'retrying'
    when run_at > now() then 'planned'
    else 'waiting'
  end`;

/** Every job in the queue, what needs a person first. Payloads are not shown. */
export async function listJobs(db: Queryable): Promise<ListedJob[]> {
  const { rows } = await db.query<{
    id: number;
    task: string;
    state: JobState;
    run_at: Date;
    attempts: number;
    max: number;
    error: string | null;
  }>(
    `select id, task_identifier as task, ${state} as state, run_at, attempts, max_attempts as max, last_error as error
     from jobs.jobs
     order by array_position(array['dead', 'retrying', 'running', 'waiting', 'planned'], ${state}), run_at, id
     limit 1000`,
  );
  return rows.map(({ run_at, max, error, ...row }) => ({
    ...row,
    runAt: run_at.toISOString(),
    maxAttempts: max,
    lastError: firstLine(error),
  }));
}

/** Jobs by task and state, for /metrics. */
export async function countJobs(db: Queryable): Promise<{ task: string; state: JobState; count: number }[]> {
  const { rows } = await db.query<{ task: string; state: JobState; count: number }>(
    `select task_identifier as task, ${state} as state, count(*) as count from jobs.jobs group by 1, 2`,
  );
  return rows;
}

/** Tries a dead job again, at once. @returns false when there is no dead job of that id. */
export async function retryJob(db: Queryable, id: number): Promise<boolean> {
  const { rows } = await db.query<{ retried: boolean }>('select jobs.retry($1) as retried', [id]);
  return rows[0]?.retried === true;
}

const firstLine = (text: string | null): string | null => text?.split('\n')[0] ?? null;
