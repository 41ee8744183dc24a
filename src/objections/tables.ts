import type { Queryable } from '../database/query.ts';

/**
 * What becomes of a table that knows people when an objection reaches back. Whoever adds a table with a person or a
 * pseudonym in it adds a line here; a test fails until then, because what nobody thought of would not be removed.
 *
 * `rows`: what the flows sent, removed as the decision table says. `derived`: made from such rows, removed with them.
 * `stays`: for the reason given.
 */
export const objectionTables: Readonly<
  Record<string, { readonly rule: 'rows' | 'derived' } | { readonly rule: 'stays'; readonly because: string }>
> = {
  'environment.event': { rule: 'rows' },
  'linkage.sighting': { rule: 'rows' },
  'environment.person': { rule: 'derived' },
  'environment.person_summary': { rule: 'derived' },
  'environment.person_measure': { rule: 'derived' },
  'environment.measure_waiting': {
    rule: 'stays',
    because: 'whose counts are to be made again: numbers of ours, emptied by the next count',
  },
  'environment.recipient_pseudonym': { rule: 'derived' },
  'risk.score': { rule: 'derived' },
  'linkage.person': { rule: 'stays', because: 'the bare number under which the objection finds what arrives later' },
  'linkage.pseudonym': { rule: 'stays', because: 'without it the objection could not be honoured when data come again' },
  'linkage.local_identifier': { rule: 'stays', because: "the sender's own id, by which records without a number are withheld" },
  'linkage.merge': { rule: 'stays', because: 'which numbers are one person: an objection holds under each of them' },
  'linkage.held_merge': { rule: 'stays', because: 'waits for a person to decide whether two numbers are one' },
  'landing.tombstone': { rule: 'stays', because: 'keys of records that were taken back, and nobody in them' },
  'objections.objection': { rule: 'stays', because: 'the objection itself' },
  'objections.notice_person': { rule: 'stays', because: 'whom a recipient is to remove, until it says that it has' },
  'ndop.asked': { rule: 'stays', because: 'whom the nation was asked about: kept to apply opt-outs and for nothing else' },
  'ndop.opted_out': { rule: 'stays', because: 'the answer, kept to apply opt-outs and for nothing else' },
  'ndop.returned': { rule: 'stays', because: 'empty outside the reading of one reply' },
  'audit.payload_key': { rule: 'stays', because: 'the log says what was done, and forgets by its own rule (docs/adr/0011)' },
  'register.seat': { rule: 'stays', because: 'seats of staff: the holder of a licence, not a person data are about' },
  'destruction.person': { rule: 'stays', because: 'a destruction under way; emptied before its certificate is written' },
  'destruction.identity': { rule: 'stays', because: 'a destruction under way; emptied before its certificate is written' },
};

/** Tables with a person or a pseudonym in them that no line speaks of. */
export async function findUnthoughtOf(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select distinct format('%s.%s', n.nspname, c.relname) as name
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and not c.relispartition and a.attnum > 0 and not a.attisdropped
       and n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker') and n.nspname not like 'pg\\_%'
       and (a.attname like '%pseudonym%' or a.attname in ('holder', 'person_id', 'from_person', 'into_person', 'source_key'))
     order by name`,
  );
  return rows.map(({ name }) => name).filter((name) => !(name in objectionTables));
}
