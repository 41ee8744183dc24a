import { z } from 'zod';

const nothing = z.strictObject({});

/** An attempt waits e^n seconds after the one before (graphile-worker): 8 attempts reach over a quarter of an hour, 14 over a day. */
interface JobKind<Payload extends z.ZodType = z.ZodType> {
  readonly payload: Payload;
  readonly maxAttempts: number;
  /** When it is added by itself, in the five fields of cron and in UTC; a job may run twice, so nothing may depend on once. */
  readonly cron?: string;
}

const job = <Payload extends z.ZodType>(kind: JobKind<Payload>): JobKind<Payload> => kind;

/** Local midnight is 23:00 UTC in summer and 00:00 in winter; asked after both. */
const afterMidnight = '5 0,23 * * *';

/** Every job there is. The payload of each is checked when it is added and again before it runs. */
export const jobs = {
  /** Asks the gate about every flow, and plans the next time an answer can change. */
  'review-admissions': job({ payload: nothing, maxAttempts: 14, cron: afterMidnight }),
  /** Brings the tasks in line with the register. */
  'follow-obligations': job({ payload: nothing, maxAttempts: 14, cron: '10 0,23 * * *' }),
  /** Tells whoever is next on the ladder about what is late. */
  'escalate-obligations': job({ payload: nothing, maxAttempts: 14, cron: '20 0,23 * * *' }),
  /** Finds what has outlived its retention. */
  'check-retention': job({ payload: nothing, maxAttempts: 14, cron: '30 1 * * *' }),
  /** Makes the summaries of persons again, as of today. */
  'refresh-summaries': job({ payload: nothing, maxAttempts: 8, cron: '0 2 * * *' }),
  /** Brings the counts of the measures up to date with what landed, changed and went. */
  'count-measures': job({ payload: nothing, maxAttempts: 8, cron: '*/30 * * * *' }),
  /** Asks every endpoint of the register for its capability statement. */
  'probe-endpoints': job({ payload: nothing, maxAttempts: 4, cron: '15 5 * * *' }),
  /** Takes every exchange with the national opt-out check one step further. */
  'advance-national-opt-outs': job({ payload: nothing, maxAttempts: 8, cron: '*/10 * * * *' }),
  /** Forgets what national checks said about people, once no release may use it. */
  'prune-national-checks': job({ payload: nothing, maxAttempts: 14, cron: '40 2 * * *' }),
  /** Makes the returns whose period has ended, and looks again when data arrive late. */
  'populate-returns': job({ payload: nothing, maxAttempts: 14, cron: '25 0,23 * * *' }),
  /** Opens and closes the tasks of returns that are due. */
  'follow-returns': job({ payload: nothing, maxAttempts: 14, cron: '35 0,23 * * *' }),
} as const;

export type JobName = keyof typeof jobs;
export type JobPayload<Name extends JobName> = z.input<(typeof jobs)[Name]['payload']>;

export const jobNames = Object.keys(jobs) as readonly JobName[];
