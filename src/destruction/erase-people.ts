import { erasePayload, replaceOuterKey } from '../audit/sealed.ts';
import { type Transaction, transaction } from '../database/query.ts';
import { rebuildPersons } from '../linkage/rebuild-persons.ts';
import { waitForDeliveries } from '../objections/lock.ts';
import type { Destruction } from './decide.ts';
import { beginStep, countBatch, endStep, readProgress } from './progress.ts';
import type { DestructionTools } from './tools.ts';

const touched = 'select person_id from destruction.person where destruction_id = $1';
/** A score was made from these flows when its run read one of them. */
const runsOfFlows = 'select r.run_id from risk.run r where r.flows && $2::integer[]';

/** What is kept about people, and which rows of it a destruction has to look at. */
const tables = [
  { name: 'environment.person', about: `t.person_id in (${touched})` },
  { name: 'environment.person_summary', about: `t.person_id in (${touched})` },
  { name: 'environment.person_measure', about: `t.person_id in (${touched})` },
  { name: 'environment.recipient_pseudonym', about: `t.person_id in (${touched})` },
  { name: 'risk.score', about: `t.person_id in (${touched}) or t.run_id in (${runsOfFlows})` },
  { name: 'linkage.pseudonym', about: `t.person_id in (${touched})` },
  { name: 'linkage.person', about: `t.person_id in (${touched})` },
] as const;

const heldOfPeople = 'linkage.held_merge (of people forgotten)';
/** What was logged about people forgotten: their keys go, and every leaf keeps its hash (docs/adr/0011). */
const loggedOfPeople = 'audit.payload_key (of people forgotten)';
const askedOfPeople = 'ndop.asked (of people forgotten)';
const mergesOfPeople = 'linkage.merge (of people forgotten)';

const flowNumbers = (destruction: Destruction): number[] => destruction.flows.map(({ flowNo }) => flowNo);

async function count(tx: Transaction, destruction: Destruction, table: (typeof tables)[number]): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `with given as (select $1::uuid, $2::integer[]) select count(*) from ${table.name} t where ${table.about}`,
    [destruction.destructionId, flowNumbers(destruction)],
  );
  return rows[0]?.count ?? 0;
}

/**
 * Looks at everybody who lost a record again: derives them from what remains, and forgets whoever nobody speaks of any
 * more, with their merged records, project pseudonyms, scores and, through the queue of identities, in the vault.
 */
export async function erasePeople(tools: DestructionTools, destruction: Destruction): Promise<void> {
  const { destructionId } = destruction;
  await transaction(tools.destroyer, async (tx) => {
    // Somebody who was merged since lives on in the survivor, and takes the merged record along.
    await tx.query(
      `with recursive survivor as (
         select p.merged_into as person_id from linkage.person p where p.person_id in (${touched}) and p.merged_into is not null
         union
         select p.merged_into from linkage.person p join survivor s on p.person_id = s.person_id where p.merged_into is not null
       )
       insert into destruction.person (destruction_id, person_id) select $1, person_id from survivor on conflict do nothing`,
      [destructionId],
    );
    await tx.query(
      `with recursive merged as (
         select p.person_id from linkage.person p where p.merged_into in (${touched})
         union
         select p.person_id from linkage.person p join merged m on p.merged_into = m.person_id
       )
       insert into destruction.person (destruction_id, person_id, done) select $1, person_id, true from merged on conflict do nothing`,
      [destructionId],
    );
    if ((await readProgress(tx, destructionId)).has('linkage.person')) return;
    for (const table of tables) await beginStep(tx, destructionId, table.name, await count(tx, destruction, table));
  });
  for (;;) {
    const looked = await transaction(tools.destroyer, (tx) => lookAgain(tools, destruction, tx));
    if (looked === 0) break;
    tools.afterBatch('people');
  }
  if (destruction.reason === 'agreement') await eraseLists(tools, destruction);
  await eraseIdentities(tools, destruction);
  await transaction(tools.destroyer, async (tx) => {
    for (const table of tables) await endStep(tx, destructionId, table.name, await count(tx, destruction, table));
    await endStep(tx, destructionId, mergesOfPeople, 0);
    await endStep(tx, destructionId, heldOfPeople, 0);
    await endStep(tx, destructionId, askedOfPeople, 0);
  });
}

async function lookAgain(tools: DestructionTools, destruction: Destruction, tx: Transaction): Promise<number> {
  const { destructionId } = destruction;
  // No delivery may count on a person who is about to be forgotten (the same lock as src/blackbox/sweep.ts).
  await waitForDeliveries(tx);
  const { rows } = await tx.query<{ id: string }>(
    `select person_id::text as id from destruction.person where destruction_id = $1 and not done order by person_id limit $2`,
    [destructionId, tools.batch],
  );
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  const inEnvironment = async (): Promise<number> =>
    (await tx.query<{ n: number }>('select count(*) as n from environment.person where person_id = any ($1::bigint[])', [ids])).rows[0]
      ?.n ?? 0;
  const before = await inEnvironment();
  await rebuildPersons(tx, ids);
  const derived = before - (await inEnvironment());
  const gone = await tx.query<{ id: string }>(
    `with recursive family as (
       select p.person_id from linkage.person p
        where p.person_id = any ($1::bigint[]) and p.merged_into is null
          and not exists (select from linkage.sighting s where s.person_id = p.person_id)
          and not exists (select from environment.event e where e.person_id = p.person_id)
          and not exists (select from linkage.local_identifier l where l.person_id = p.person_id)
       union
       select p.person_id from linkage.person p join family f on p.merged_into = f.person_id
     )
     select person_id::text as id from family`,
    [ids],
  );
  const family = gone.rows.map(({ id }) => id);
  const remove = async (step: string, text: string, values: unknown[]): Promise<void> => {
    const { rowCount } = await tx.query(text, values);
    await countBatch(tx, destructionId, step, { destroyed: rowCount ?? 0 });
  };
  await countBatch(tx, destructionId, 'environment.person', { destroyed: Math.max(0, derived) });
  // Made again from what remains: `haven risk run`, and the summaries with the next refresh.
  await remove('environment.person_summary', 'delete from environment.person_summary where person_id = any ($1::bigint[])', [ids]);
  await remove('environment.person_measure', 'delete from environment.person_measure where person_id = any ($1::bigint[])', [ids]);
  await remove(
    'risk.score',
    `delete from risk.score s where s.person_id = any ($1::bigint[])
       and (s.person_id = any ($3::bigint[]) or s.run_id in (${runsOfFlows}))`,
    [ids, flowNumbers(destruction), family],
  );
  await queueIdentities(tools, destruction, tx, family);
  await eraseLogged(tools, destruction, tx, family);
  // A reply to a request that is still open then names people who were not asked about, and is held for a person.
  const asked = await tx.query(
    `with number as (select landing_pseudonym from linkage.pseudonym where person_id = any ($1::bigint[])),
          answered as (delete from ndop.opted_out o using number n where o.landing_pseudonym = n.landing_pseudonym)
     delete from ndop.asked a using number n where a.landing_pseudonym = n.landing_pseudonym`,
    [family],
  );
  await countBatch(tx, destructionId, askedOfPeople, { destroyed: asked.rowCount ?? 0, found: asked.rowCount ?? 0 });
  await remove('environment.recipient_pseudonym', 'delete from environment.recipient_pseudonym where person_id = any ($1::bigint[])', [
    family,
  ]);
  // What other flows said about merges of theirs goes with them, and is counted apart from what the flows themselves said.
  const merges = await tx.query('delete from linkage.merge where from_person = any ($1::bigint[]) or into_person = any ($1::bigint[])', [
    family,
  ]);
  await countBatch(tx, destructionId, mergesOfPeople, { destroyed: merges.rowCount ?? 0, found: merges.rowCount ?? 0 });
  const held = await tx.query(
    `delete from linkage.held_merge h using linkage.pseudonym l
      where l.person_id = any ($1::bigint[]) and l.landing_pseudonym in (h.old_pseudonym, h.new_pseudonym)`,
    [family],
  );
  await countBatch(tx, destructionId, heldOfPeople, { destroyed: held.rowCount ?? 0, found: held.rowCount ?? 0 });
  await remove('linkage.pseudonym', 'delete from linkage.pseudonym where person_id = any ($1::bigint[])', [family]);
  await remove('linkage.person', 'delete from linkage.person where person_id = any ($1::bigint[])', [family]);
  await tx.query('update destruction.person set done = true where destruction_id = $1 and person_id = any ($2::bigint[])', [
    destructionId,
    ids,
  ]);
  return ids.length;
}

/** Leaves about people forgotten name them in their sealed part alone; without its key nobody reads it, nor finds it by them. */
async function eraseLogged(tools: DestructionTools, destruction: Destruction, tx: Transaction, family: readonly string[]): Promise<void> {
  const { rows } = await tx.query<{ pseudonym: string }>(
    `select landing_pseudonym as pseudonym from linkage.pseudonym where person_id = any ($1::bigint[])
     union select recipient_pseudonym from environment.recipient_pseudonym where person_id = any ($1::bigint[])`,
    [family],
  );
  const holders = rows.map(({ pseudonym }) => pseudonym);
  const who = { actor: destruction.approvedBy ?? destruction.requestedBy, reason: destruction.destructionId, clock: tools.clock };
  const { keys } = await erasePayload(tx, holders, who);
  await countBatch(tx, destruction.destructionId, loggedOfPeople, { destroyed: keys, found: keys });
}

/** Backups hold the keys erased here, too: they open nothing any more once the key above them was replaced. */
export async function retireAuditKey(tools: DestructionTools, destruction: Destruction): Promise<void> {
  const { destructionId } = destruction;
  const { destroyed = 0, done = true } = (await readProgress(tools.destroyer, destructionId)).get(loggedOfPeople) ?? {};
  if (done) return;
  if (destroyed > 0) {
    await replaceOuterKey(tools.destroyer, tools.auditKeys, destruction.approvedBy ?? destruction.requestedBy, tools.clock);
    tools.afterBatch('audit key');
  }
  await endStep(tools.destroyer, destructionId, loggedOfPeople, 0);
}

/** Asked of the vault before anything is deleted, so that a batch that has to be repeated counts the same. */
async function queueIdentities(
  tools: DestructionTools,
  destruction: Destruction,
  tx: Transaction,
  family: readonly string[],
): Promise<void> {
  if (family.length === 0) return;
  const { rows } = await tx.query<{ landing_pseudonym: string }>(
    'select landing_pseudonym from linkage.pseudonym where person_id = any ($1::bigint[])',
    [family],
  );
  const pseudonyms = rows.map((row) => row.landing_pseudonym);
  const held = await tools.eraser.query<{ landing_pseudonym: string }>(
    'select landing_pseudonym from vault.identity where landing_pseudonym = any ($1::text[])',
    [pseudonyms],
  );
  await tx.query(
    `insert into destruction.identity (destruction_id, landing_pseudonym, sealed)
     select $1, p, p = any ($3::text[]) from unnest($2::text[]) as p on conflict do nothing`,
    [destruction.destructionId, pseudonyms, held.rows.map((row) => row.landing_pseudonym)],
  );
  await countBatch(tx, destruction.destructionId, 'vault.identity', { destroyed: 0, found: held.rows.length });
}

/** A ranked list that was made with these rows goes whole: the order of everybody in it was made with them. */
async function eraseLists(tools: DestructionTools, destruction: Destruction): Promise<void> {
  for (;;) {
    const destroyed = await transaction(tools.destroyer, async (tx) => {
      const { rowCount } = await tx.query(
        `with given as (select $1::uuid)
         delete from risk.score s using (select l.run_id, l.person_id from risk.score l where l.run_id in (${runsOfFlows}) limit $3) g
          where s.run_id = g.run_id and s.person_id = g.person_id`,
        [destruction.destructionId, flowNumbers(destruction), tools.batch],
      );
      await countBatch(tx, destruction.destructionId, 'risk.score', { destroyed: rowCount ?? 0 });
      return rowCount ?? 0;
    });
    if (destroyed === 0) return;
    tools.afterBatch('risk.score');
  }
}

/**
 * Lets the vault forget. The people left the environment first: should this stop here, identities are sealed that nobody
 * is registered under, and the next run takes them up. Whoever was registered again in between keeps theirs.
 */
async function eraseIdentities(tools: DestructionTools, destruction: Destruction): Promise<void> {
  const { destructionId } = destruction;
  await beginStep(tools.destroyer, destructionId, 'vault.identity', 0);
  for (;;) {
    const looked = await transaction(tools.destroyer, async (tx) => {
      await waitForDeliveries(tx);
      const { rows } = await tx.query<{ landing_pseudonym: string; sealed: boolean; again: boolean }>(
        `select i.landing_pseudonym, i.sealed,
                exists (select from linkage.pseudonym p where p.landing_pseudonym = i.landing_pseudonym) as again
           from destruction.identity i where i.destruction_id = $1 order by i.landing_pseudonym limit $2`,
        [destructionId, tools.batch],
      );
      if (rows.length === 0) return 0;
      const gone = rows.filter(({ again }) => !again);
      await tools.eraser.query('delete from vault.identity where landing_pseudonym = any ($1::text[])', [
        gone.map((row) => row.landing_pseudonym),
      ]);
      await tx.query('delete from destruction.identity where destruction_id = $1 and landing_pseudonym = any ($2::text[])', [
        destructionId,
        rows.map((row) => row.landing_pseudonym),
      ]);
      await countBatch(tx, destructionId, 'vault.identity', { destroyed: gone.filter(({ sealed }) => sealed).length });
      return rows.length;
    });
    if (looked === 0) break;
    tools.afterBatch('vault.identity');
  }
  await transaction(tools.destroyer, async (tx) => {
    await waitForDeliveries(tx);
    // A key whose last identity is gone opens nothing here; it goes, so that it opens nothing elsewhere either.
    await tools.eraser.query(
      'delete from vault.data_key k where not exists (select from vault.identity i where i.data_key_id = k.data_key_id)',
    );
    const { before = 0, destroyed = 0 } = (await readProgress(tx, destructionId)).get('vault.identity') ?? {};
    await endStep(tx, destructionId, 'vault.identity', before - destroyed);
  });
}
