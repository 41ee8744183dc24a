import { transaction } from '../database/query.ts';
import type { BlackBox } from './box.ts';

/** The lock of src/objections/lock.ts, asked for without waiting. */
const noDeliveryRuns = 'select pg_try_advisory_xact_lock(7318001) as free';

/**
 * Takes back the identities registered for a delivery that came to nothing. Only while no other delivery runs: one that
 * already counts on such a person would otherwise land rows of somebody who is no longer registered. What is left when
 * others run is sealed, refers to nobody's rows, and goes with the next sweep that finds the box idle.
 */
export async function sweepIdentities(box: Pick<BlackBox, 'lookups' | 'vault'>, deliveryId: string): Promise<void> {
  const { rows } = await box.vault.query<{ landing_pseudonym: string }>(
    'select landing_pseudonym from vault.identity where first_delivery = $1',
    [deliveryId],
  );
  if (rows.length === 0) return;
  await transaction(box.lookups, async (tx) => {
    const lock = await tx.query<{ free: boolean }>(noDeliveryRuns);
    if (!lock.rows[0]?.free) return;
    const gone = await tx.query<{ landing_pseudonym: string }>(
      `delete from linkage.pseudonym p
        where p.landing_pseudonym = any($1::text[])
          and not exists (select from linkage.sighting s where s.person_id = p.person_id)
        returning p.landing_pseudonym`,
      [rows.map((row) => row.landing_pseudonym)],
    );
    // Before the commit: should this fail, the people stay registered and sealed, which is the safe way round.
    await box.vault.query('delete from vault.identity where landing_pseudonym = any($1::text[])', [
      gone.rows.map((row) => row.landing_pseudonym),
    ]);
  });
}
