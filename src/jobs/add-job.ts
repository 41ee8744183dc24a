import type { Queryable } from '../database/query.ts';
import { type JobName, type JobPayload, jobs } from './job-names.ts';

export interface JobOptions {
  /** Jobs of one key are one job until it begins: a hundred deliveries are followed by one refresh. */
  readonly key?: string;
  /** Not before this moment; default at once. */
  readonly runAt?: Date;
  /** With a key: another request does not put the job off, so that a steady stream cannot starve it. */
  readonly keepRunAt?: boolean;
}

/**
 * Adds a job in the transaction of the effect it follows: both are committed or neither is, and a worker anywhere hears of
 * it at the commit (NOTIFY). Payloads are checked here, because they rest in a table: ids and dates, never an identifier.
 */
export async function addJob<Name extends JobName>(
  tx: Queryable,
  name: Name,
  payload: JobPayload<Name>,
  options: JobOptions = {},
): Promise<void> {
  const { payload: schema, maxAttempts } = jobs[name];
  await tx.query('select jobs.add($1, $2, $3, $4, $5, $6)', [
    name,
    JSON.stringify(schema.parse(payload)),
    options.key ?? null,
    options.runAt ?? null,
    maxAttempts,
    options.keepRunAt ?? false,
  ]);
}
