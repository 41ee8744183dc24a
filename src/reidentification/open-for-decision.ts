import type { KeyObject } from 'node:crypto';
import type { Pool } from 'pg';
import { type Transaction, transaction } from '../database/query.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Opened, OpeningDecision } from './decision.ts';
import { openIdentity } from './open-identity.ts';

/** Openings per hour, over everybody: a borough answers a handful of requests a week, so more is a machine at work. */
export const openingsPerHour = 30;

const openingLock = 0x4f50_454e;

/**
 * Opens the identities of one person for one decision, once. The row in the vault is committed before anything is given
 * back, and the same decision opens nothing a second time, so bulk is impossible without as many recorded decisions.
 * @throws GatewayError DECISION_USED (409), TOO_MANY_OPENINGS (429), IDENTITY_UNREADABLE (500).
 */
export async function openForDecision(vault: Pool, key: KeyObject, decision: OpeningDecision): Promise<Opened> {
  return transaction(vault, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [openingLock]);
    await refuseBulk(tx);
    const { rowCount } = await tx.query(
      `insert into vault.opening (decision_id, purpose, decided_by, landing_pseudonyms) values ($1, $2, $3, $4)
       on conflict (decision_id) do nothing`,
      [decision.decisionId, decision.purpose, decision.decidedBy, decision.landingPseudonyms],
    );
    if (rowCount !== 1) {
      throw new GatewayError('DECISION_USED', 'This decision has opened an identity already. Each opening needs its own.', { status: 409 });
    }
    return { identities: await openAll(tx, key, decision.landingPseudonyms) };
  });
}

async function refuseBulk(tx: Transaction): Promise<void> {
  const { rows } = await tx.query<{ openings: number }>(
    `select count(*)::int as openings from vault.opening where opened_at > now() - interval '1 hour'`,
  );
  if ((rows[0]?.openings ?? 0) < openingsPerHour) return;
  throw new GatewayError('TOO_MANY_OPENINGS', 'Too many identities were opened in the last hour. Try again later.', { status: 429 });
}

async function openAll(tx: Transaction, key: KeyObject, landingPseudonyms: readonly string[]): Promise<{ nhsNumber: string }[]> {
  const { rows } = await tx.query<{ landing_pseudonym: string; epoch: number; sealed: Buffer; wrapped: Buffer }>(
    `select i.landing_pseudonym, i.epoch, i.sealed, k.wrapped
       from vault.identity i join vault.data_key k using (data_key_id)
      where i.landing_pseudonym = any ($1::text[]) order by i.created_at, i.landing_pseudonym`,
    [landingPseudonyms],
  );
  return rows.map((row) => {
    try {
      return openIdentity({ landingPseudonym: row.landing_pseudonym, epoch: row.epoch, sealed: row.sealed, wrapped: row.wrapped }, key);
    } catch (cause) {
      throw new GatewayError('IDENTITY_UNREADABLE', 'A sealed identity cannot be opened: it was sealed to another key, or changed.', {
        status: 500,
        cause,
      });
    }
  });
}
