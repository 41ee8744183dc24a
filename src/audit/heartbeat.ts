import type { Queryable } from '../database/query.ts';
import type { Clock } from '../shared/clock.ts';
import { recordAudit } from './record.ts';

/** One run of the gateway: what beats. */
export interface Beating {
  /** New with every start, so that two gateways of one log are told apart. */
  readonly instance: string;
  readonly clock: Clock;
}

/** Seconds between two heartbeats, and at most between two checkpoints. */
export const heartbeatSeconds = 60;
/** Entries after which a checkpoint is due before its time. */
export const checkpointEntries = 1_000;

export const pulses = { started: 'gateway.started', heartbeat: 'gateway.heartbeat', stopped: 'gateway.stopped' } as const;
export type Pulse = keyof typeof pulses;

/**
 * A sign of life in the log: a log that only grows when something happens cannot show that nothing was left out at night.
 * `started` and `stopped` say between which leaves heartbeats are owed; verifying (pulse-watch.ts) holds the log to it.
 * Write it in a transaction of its own: its place in the log is its time.
 */
export async function heartbeat(db: Queryable, { instance, clock }: Beating, pulse: Pulse = 'heartbeat'): Promise<void> {
  await recordAudit(db, { type: pulses[pulse], actor: 'gateway', detail: { instance } }, clock);
}
