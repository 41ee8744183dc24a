import { createHash, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { canonicalJson } from '../audit/canonical-json.ts';
import { recordAudit } from '../audit/record.ts';
import { type Transaction, transaction } from '../database/query.ts';
import type { Clock } from '../shared/clock.ts';
import { recordReleased } from './evidence-pack/protect-return.ts';
import { attachBuild, type BuildMarks, noMarks } from './lifecycle/version.ts';
import type { Return } from './return.ts';

export interface SavedReturn {
  readonly id: string;
  /** Hex SHA-256 of the canonical JSON (RFC 8785) of the return: what a file of it can be compared with. */
  readonly sha256: string;
  /** The data version it now is; undefined for a rehearsal, and beside a version that was signed. */
  readonly version?: number;
}

export const digestOf = (document: Return): Buffer => createHash('sha256').update(canonicalJson(document), 'utf8').digest();

/** Keeps a document with its audit entry; nothing is overwritten. */
export async function keepBuild(tx: Transaction, document: Return, actor: string, clock: Clock): Promise<SavedReturn> {
  const id = randomUUID();
  const digest = digestOf(document);
  const { template, place, period, rehearsal, state, counts, findings } = document;
  await tx.query(
    `insert into returns.return
       (return_id, template, place, period_from, period_to, rehearsal, state, document, sha256, built_at, built_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11)`,
    [id, template, place, period.from, period.to, rehearsal, state, JSON.stringify(document), digest, clock.now(), actor],
  );
  await recordAudit(
    tx,
    {
      type: 'return.built',
      actor,
      subject: id,
      detail: { template, place, period, rehearsal, counts, findings: findings.length, sha256: digest.toString('hex') },
    },
    clock,
  );
  await recordReleased(tx, document, clock.now());
  return { id, sha256: digest.toString('hex') };
}

/** Keeps a build and gives it to the open version of its return, in the transaction given. */
export async function saveBuild(
  tx: Transaction,
  document: Return,
  actor: string,
  clock: Clock,
  marks: BuildMarks = noMarks,
): Promise<SavedReturn> {
  const saved = await keepBuild(tx, document, actor, clock);
  const attached = await attachBuild(tx, { document, returnId: saved.id, actor, marks }, clock);
  return attached === undefined ? saved : { ...saved, version: attached.version };
}

/** Keeps a built return, in one transaction with its audit entry. Building again keeps another; nothing is overwritten. */
export function saveReturn(pool: Pool, document: Return, actor: string, clock: Clock, marks?: BuildMarks): Promise<SavedReturn> {
  return transaction(pool, (tx) => saveBuild(tx, document, actor, clock, marks));
}
