import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { DatabaseServers } from '../database/servers.ts';
import type { Clock } from '../shared/clock.ts';
import { inSnapshot } from './auditor.ts';
import { checkpointEntries, heartbeat, heartbeatSeconds } from './heartbeat.ts';
import { sequenceAudit } from './sequence.ts';
import { type CheckpointFolders, type Reading, type SignedHead, signHead } from './sign-head.ts';

/** What keeping the log needs of the application, and no more. */
export interface AuditKeeping {
  readonly gateway: Pool;
  readonly servers: DatabaseServers;
  readonly home: { readonly keys: string };
  readonly clock: Clock;
  readonly config?: { readonly witness: string | undefined };
}

export const foldersOf = ({ home, config }: Pick<AuditKeeping, 'home' | 'config'>): CheckpointFolders => ({
  keys: home.keys,
  witness: config?.witness,
});

/** Integrates what waits and signs the head of the log. @throws GatewayError AUDIT_LOG_BROKEN */
export async function checkpoint(app: AuditKeeping, reading: Reading = 'news'): Promise<SignedHead> {
  await sequenceAudit(app.gateway);
  return inSnapshot(app.gateway, (db) => signHead(db, foldersOf(app), app.clock, reading));
}

export interface AuditKeeper {
  /** Call it every second: gives entries their place, beats every minute, signs every minute or 1,000 entries. */
  tick(): Promise<void>;
  /** Says that the heart stops because the gateway does, and signs the last word. */
  stop(): Promise<void>;
}

/** Keeps the log of a running gateway. Nothing happens before the first tick. */
export function createAuditKeeper(app: AuditKeeping): AuditKeeper {
  const beating = { instance: randomUUID(), clock: app.clock };
  let beat: number | undefined;
  let signed: { size: number; at: number } | undefined;

  const sign = async (): Promise<void> => {
    // Noted before it is tried: a log that does not verify is tried again in a minute, not every second.
    signed = { size: signed?.size ?? 0, at: app.clock.now().getTime() };
    signed = { ...signed, size: (await checkpoint(app)).size };
  };
  /** A clock that went back is due at once: so the log shows it at once. */
  const due = (since: number | undefined, now: number): boolean =>
    since === undefined || now - since >= heartbeatSeconds * 1_000 || now < since;

  return {
    async tick() {
      const now = app.clock.now().getTime();
      if (due(beat, now)) {
        await heartbeat(app.gateway, beating, beat === undefined ? 'started' : 'heartbeat');
        beat = now;
      }
      const { size } = await sequenceAudit(app.gateway);
      if (due(signed?.at, now) || size - (signed?.size ?? 0) >= checkpointEntries) await sign();
    },
    async stop() {
      if (beat === undefined) return;
      beat = undefined;
      await heartbeat(app.gateway, beating, 'stopped');
      await sign();
    },
  };
}
