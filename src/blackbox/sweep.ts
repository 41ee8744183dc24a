import { type Transaction, transaction } from '../database/query.ts';
import type { BlackBox } from './box.ts';

/** The lock of src/objections/lock.ts, asked for without waiting. */
const noDeliveryRuns = 'select pg_try_advisory_xact_lock(7318001) as free';

/** Every delivery that introduced somebody, one probe of the index each: never a scan of all identities. */
const introducing = `
  with recursive delivery as (
    (select first_delivery from vault.identity order by first_delivery limit 1)
    union all
    select (select i.first_delivery from vault.identity i where i.first_delivery > d.first_delivery order by i.first_delivery limit 1)
      from delivery d where d.first_delivery is not null
  )
  select first_delivery from delivery where first_delivery is not null`;

/**
 * Takes back the identities registered for deliveries that came to nothing: refused, a duplicate, broken off, or cut short
 * with the whole process. Only while no delivery runs: one that already counts on such a person would otherwise land rows
 * of somebody who is no longer registered. What is left then is sealed, refers to nobody's rows, and goes with the next
 * sweep that finds the box idle, whichever delivery that sweep follows.
 */
export async function sweepIdentities(box: Pick<BlackBox, 'lookups' | 'vault'>): Promise<void> {
  await transaction(box.lookups, async (tx) => {
    const lock = await tx.query<{ free: boolean }>(noDeliveryRuns);
    if (!lock.rows[0]?.free) return;
    const introduced = await box.vault.query<{ first_delivery: string }>(introducing);
    const failed = await tx.query<{ delivery_id: string }>(
      `select i.delivery_id from unnest($1::uuid[]) as i (delivery_id)
        where not exists (select from landing.delivery d where d.delivery_id = i.delivery_id and d.state = 'landed')`,
      [introduced.rows.map((row) => row.first_delivery)],
    );
    if (failed.rows.length === 0) return;
    const { rows } = await box.vault.query<{ landing_pseudonym: string }>(
      'select landing_pseudonym from vault.identity where first_delivery = any($1::uuid[])',
      [failed.rows.map((row) => row.delivery_id)],
    );
    const pseudonyms = rows.map((row) => row.landing_pseudonym);
    const gone = await tx.query<{ person_id: number }>(
      `delete from linkage.pseudonym p
        where p.landing_pseudonym = any($1::text[])
          and not exists (select from linkage.sighting s where s.person_id = p.person_id)
          and not exists (select from environment.event e where e.person_id = p.person_id)
          and not exists (select from linkage.local_identifier l where l.person_id = p.person_id)
          and not exists (select from linkage.held_merge h where p.landing_pseudonym in (h.old_pseudonym, h.new_pseudonym))
          and not exists (select from linkage.merge m where p.person_id in (m.from_person, m.into_person))
        returning p.person_id`,
      [pseudonyms],
    );
    await tx.query(
      `delete from linkage.person p
        where p.person_id = any($1::bigint[]) and not exists (select from linkage.pseudonym l where l.person_id = p.person_id)`,
      [gone.rows.map((row) => row.person_id)],
    );
    const kept = await tx.query<{ landing_pseudonym: string }>(
      'select landing_pseudonym from linkage.pseudonym where landing_pseudonym = any($1::text[])',
      [pseudonyms],
    );
    const stays = new Set(kept.rows.map((row) => row.landing_pseudonym));
    const forgotten = pseudonyms.filter((pseudonym) => !stays.has(pseudonym));
    // Before the commit: should this fail, the people stay registered and sealed, which is the safe way round.
    await transaction(box.vault, (vault) => letGo(vault, forgotten));
  });
}

/**
 * Identities first, then the data keys no identity needs any more: those of this sweep, and any that was made for people
 * whom another delivery had sealed by then. A key and its identities are written in one statement (persons.ts), so a key
 * whose identities are still on their way is not seen here, and one that is seen without any never gets one.
 */
async function letGo(vault: Transaction, pseudonyms: readonly string[]): Promise<void> {
  await vault.query('delete from vault.identity where landing_pseudonym = any($1::text[])', [pseudonyms]);
  await vault.query('delete from vault.data_key k where not exists (select from vault.identity i where i.data_key_id = k.data_key_id)');
}
