import type { Queryable } from '../database/query.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { canonicalJson } from './canonical-json.ts';

/** One thing that happened. Pseudonyms, ids, codes and counts only: never an identifier, never a value from a feed. */
export interface AuditEntry {
  /** What happened, noun and verb: `delivery.landed`, `objection.imported`, `register.applied`. */
  readonly type: string;
  /** Who did it: a client id, a user id, or `command-line:<user>`. */
  readonly actor: string;
  /** What or whom it was done to: a delivery id, a flow id, a recipient pseudonym. */
  readonly subject?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Version of the leaf's shape, in every leaf, so that a reader in ten years knows what it reads. */
const leafVersion = 1;

/** The exact bytes that are hashed, stored and later verified (RFC 8785). */
export function leafBytes(entry: AuditEntry, at: Date, sealed?: { readonly sha256: string }): Buffer {
  const { type, actor, subject, detail } = entry;
  return Buffer.from(canonicalJson({ v: leafVersion, at: at.toISOString(), type, actor, subject, detail, sealed }), 'utf8');
}

/**
 * Writes one audit entry in the transaction of its effect: both are committed or neither is. The entry waits in
 * `audit.pending` until the sequencer (sequence.ts) gives it its place in the tree, so writers never queue for the log.
 */
export async function recordAudit(tx: Queryable, entry: AuditEntry, clock: Clock = systemClock): Promise<void> {
  await tx.query('select audit.append($1::bytea)', [leafBytes(entry, clock.now())]);
}
