import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { AuditEntry } from '../../audit/record.ts';
import { type Queryable, transaction } from '../../database/query.ts';
import type { AssertionLedger } from '../services.ts';

/** The ledger of used assertions: the primary key decides, and the token's audit leaf is written with the row. */
export function createAssertionLedger(pool: Pool, recordAudit: (tx: Queryable, entry: AuditEntry) => Promise<void>): AssertionLedger {
  return {
    claim: ({ clientId, jti, expiresAt, scopes }) =>
      transaction(pool, async (tx) => {
        const { rowCount } = await tx.query(
          `insert into http.assertion_used (client_id, jti_hash, expires_at) values ($1, $2, $3)
           on conflict (client_id, jti_hash) do nothing`,
          [clientId, createHash('sha256').update(jti).digest(), expiresAt],
        );
        if (rowCount !== 1) return false;
        await recordAudit(tx, { type: 'token.issued', actor: clientId, detail: { scopes: [...scopes] } });
        return true;
      }),
  };
}

/**
 * Forgets assertions that have run out. An hour is kept in hand, so that a gateway whose clock is behind never meets a
 * replay that another has already forgotten.
 * @returns rows removed.
 */
export async function sweepUsedAssertions(db: Queryable, now: Date): Promise<number> {
  const { rowCount } = await db.query(`delete from http.assertion_used where expires_at < $1::timestamptz - interval '1 hour'`, [now]);
  return rowCount ?? 0;
}
