import { createHash, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { canonicalJson } from '../audit/canonical-json.ts';
import { recordAudit } from '../audit/record.ts';
import { transaction } from '../database/query.ts';
import type { Clock } from '../shared/clock.ts';
import type { Return } from './return.ts';

export interface SavedReturn {
  readonly id: string;
  /** Hex SHA-256 of the canonical JSON (RFC 8785) of the return: what a file of it can be compared with. */
  readonly sha256: string;
}

export const digestOf = (document: Return): Buffer => createHash('sha256').update(canonicalJson(document), 'utf8').digest();

/** Keeps a built return, in one transaction with its audit entry. Building again keeps another; nothing is overwritten. */
export async function saveReturn(pool: Pool, document: Return, actor: string, clock: Clock): Promise<SavedReturn> {
  const id = randomUUID();
  const digest = digestOf(document);
  const { template, place, period, rehearsal, state, counts, findings } = document;
  await transaction(pool, async (tx) => {
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
  });
  return { id, sha256: digest.toString('hex') };
}
