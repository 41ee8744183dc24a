import type { Queryable } from '../database/query.ts';

/**
 * What becomes of a table that can speak of people when a flow's data are destroyed. Whoever adds a table with a person,
 * a pseudonym, a flow or a delivery in it adds a line here; until then nothing is certified and nothing is backed up,
 * because a certificate that forgot a table would be a false one.
 *
 * `flow`: rows of the flow, deleted. `person`: rows about people, deleted with the last record of a person or with what
 * they were made from. `kept`: stays, for the reason given.
 */
export const tableRules: Readonly<Record<string, { readonly rule: 'flow' | 'person' | 'kept'; readonly because?: string }>> = {
  'environment.event': { rule: 'flow' },
  'linkage.sighting': { rule: 'flow' },
  'linkage.local_identifier': { rule: 'flow' },
  'linkage.merge': { rule: 'flow' },
  'landing.problem': { rule: 'flow' },
  'landing.tombstone': { rule: 'flow' },
  'linkage.held_merge': { rule: 'flow' },
  'environment.person': { rule: 'person' },
  'environment.person_summary': { rule: 'person' },
  'environment.person_measure': { rule: 'person' },
  'environment.measure_waiting': { rule: 'kept', because: 'whose counts are to be made again: numbers of ours, emptied by the next count' },
  'environment.recipient_pseudonym': { rule: 'person' },
  'risk.score': { rule: 'person' },
  'linkage.pseudonym': { rule: 'person' },
  'linkage.person': { rule: 'person' },
  'landing.delivery': { rule: 'kept', because: 'receipts: counts of what was sent, and no record of anybody' },
  'objections.objection': { rule: 'kept', because: 'an objection outlives the data, or it could not be honoured when they come again' },
  'objections.import': { rule: 'kept', because: 'receipts of objections: counts, and no record of anybody' },
  'objections.notice_person': { rule: 'kept', because: 'whom a recipient was told about, under the recipient’s own pseudonyms' },
  'ndop.asked': { rule: 'person' },
  'ndop.opted_out': { rule: 'person' },
  'audit.payload_key': { rule: 'person' },
  'vault.identity': { rule: 'person' },
  'vault.opening': {
    rule: 'kept',
    because: 'who opened an identity by which decision, under a pseudonym the vault knows nothing of any more',
  },
  'returns.released_count': { rule: 'kept', because: 'protected counts that returns have shown, and no record of anybody' },
  'ndop.returned': { rule: 'kept', because: 'empty outside the reading of one reply' },
  'register.seat': { rule: 'kept', because: 'seats of staff' },
  'obligations.admission': { rule: 'kept', because: 'what the gate last said of a flow, and no record of anybody' },
  'register.flow': { rule: 'kept', because: 'the register of what was agreed, and no record of anybody' },
  'register.flow_step': { rule: 'kept', because: 'the register of what was agreed, and no record of anybody' },
  'destruction.flow': { rule: 'kept', because: 'which flows were destroyed' },
  'destruction.person': { rule: 'kept', because: 'emptied before the certificate is written' },
  'destruction.identity': { rule: 'kept', because: 'emptied before the certificate is written' },
  'destruction.key': { rule: 'kept', because: 'which keys were destroyed' },
  'destruction.destruction': { rule: 'kept', because: 'who decided, and the certificate' },
};

/** Tables with a person, a pseudonym, a flow or a delivery in them that no rule speaks of. */
export async function findUnruledTables(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select distinct format('%s.%s', n.nspname, c.relname) as name
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
        and n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker') and n.nspname not like 'pg\\_%'
        and (a.attname like '%pseudonym%' or a.attname in ('holder', 'person_id', 'from_person', 'into_person', 'flow_no', 'flow_id', 'delivery_no', 'source_key'))
      order by name`,
  );
  return rows.map(({ name }) => name).filter((name) => !(name in tableRules));
}
