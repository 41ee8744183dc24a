import type { Queryable } from '../database/query.ts';
import { eventDay } from './erase-flows.ts';

/** Derived, and made again from what is restored; or the books of a destruction under way, which no backup sees. */
const leftOut = new Set([
  'environment.person',
  'environment.person_summary',
  'environment.person_measure',
  'environment.measure_waiting',
  'returns.measure_rule',
  'returns.month_measure',
  'risk.score',
  'destruction.person',
  'destruction.identity',
  'destruction.sample',
]);

const month = (day: string): string => `to_char(${day}, 'YYYY-MM')`;
const received = `(select d.finished at time zone 'Europe/London' from landing.delivery d where d.delivery_no = t.delivery_no)`;

/**
 * Says of every record which data set and month it is of (temporary tables, for this transaction). What belongs to a
 * person and not to a flow is kept once with every data set that speaks of them: then it is lost with the last of these
 * keys, and not before.
 */
export const prepareDatasets = `
  create temporary table record_of on commit drop as
    select t.person_id, t.flow_no, max(${month(eventDay('t'))}) as period from environment.event t group by 1, 2;
  insert into record_of
    select t.person_id, t.flow_no, coalesce(${month(received)}, '0000-00') from linkage.sighting t
     where not exists (select from record_of r where r.person_id = t.person_id and r.flow_no = t.flow_no);
  insert into record_of
    select distinct t.person_id, t.flow_no, coalesce(max(${month(received)}) over (partition by t.person_id, t.flow_no), '0000-00')
      from linkage.local_identifier t
     where not exists (select from record_of r where r.person_id = t.person_id and r.flow_no = t.flow_no);
  create index on record_of (person_id, flow_no);
  analyze record_of;
  create temporary table dataset (dataset_no integer generated always as identity primary key, flow_id text, flow_no integer, period text) on commit drop;
  insert into dataset (flow_id, flow_no, period)
    select f.flow_id, f.flow_no, p.period from (
      select flow_no, ${month(eventDay('t'))} as period from environment.event t
      union select flow_no, period from record_of
      union select flow_no, ${month(`t.at at time zone 'Europe/London'`)} from linkage.merge t
      union select flow_no, ${month(`t.held_at at time zone 'Europe/London'`)} from linkage.held_merge t
      union select flow_no, ${month('t.source_at')} from landing.tombstone t
      union select f.flow_no, ${month(`d.finished at time zone 'Europe/London'`)} from landing.delivery d join register.flow f using (flow_id)
    ) p join register.flow f using (flow_no);
  analyze dataset;
  create temporary table member on commit drop as
    select distinct r.person_id, d.dataset_no from record_of r join dataset d using (flow_no, period);
  insert into member
    with recursive merged as (
      select p.person_id, m.dataset_no from linkage.person p join member m on p.merged_into = m.person_id
      union
      select p.person_id, m.dataset_no from linkage.person p join merged m on p.merged_into = m.person_id
    )
    select merged.person_id, merged.dataset_no from merged
     where not exists (select from member o where o.person_id = merged.person_id and o.dataset_no = merged.dataset_no);
  analyze member`;

const ofNumber = 'join linkage.pseudonym l on l.landing_pseudonym = t.landing_pseudonym join member d on d.person_id = l.person_id';

/** Where the data set of a row comes from, by table: joined to the table as `t`. Every other table is the installation's own. */
const datasetOf: Readonly<Record<string, string>> = {
  'environment.event': `join dataset d on d.flow_no = t.flow_no and d.period = ${month(eventDay('t'))}`,
  'linkage.sighting':
    'join record_of r on r.person_id = t.person_id and r.flow_no = t.flow_no join dataset d on d.flow_no = r.flow_no and d.period = r.period',
  'linkage.local_identifier':
    'join record_of r on r.person_id = t.person_id and r.flow_no = t.flow_no join dataset d on d.flow_no = r.flow_no and d.period = r.period',
  'linkage.merge': `join dataset d on d.flow_no = t.flow_no and d.period = ${month(`t.at at time zone 'Europe/London'`)}`,
  'linkage.held_merge': `join dataset d on d.flow_no = t.flow_no and d.period = ${month(`t.held_at at time zone 'Europe/London'`)}`,
  'landing.tombstone': `join dataset d on d.flow_no = t.flow_no and d.period = ${month('t.source_at')}`,
  'landing.problem': `join landing.delivery y on y.delivery_no = t.delivery_no
    join dataset d on d.flow_id = y.flow_id and d.period = ${month(`y.finished at time zone 'Europe/London'`)}`,
  'linkage.person': 'join member d on d.person_id = t.person_id',
  'linkage.pseudonym': 'join member d on d.person_id = t.person_id',
  'environment.recipient_pseudonym': 'join member d on d.person_id = t.person_id',
  'ndop.asked': ofNumber,
  'ndop.opted_out': ofNumber,
  'audit.payload_key': `left join (
      select l.landing_pseudonym as holder, m.dataset_no from linkage.pseudonym l join member m using (person_id)
      union select r.recipient_pseudonym, m.dataset_no from environment.recipient_pseudonym r join member m using (person_id)
    ) d on d.holder = t.holder`,
  'vault.identity': 'join wanted d on d.landing_pseudonym = t.landing_pseudonym',
  'vault.data_key':
    'join (select distinct i.data_key_id, w.dataset_no from vault.identity i join wanted w using (landing_pseudonym)) d using (data_key_id)',
};

/** Kept with every data set that speaks of a person, so restored from whichever is left. */
export const keptManyTimes = new Set([
  'linkage.person',
  'linkage.pseudonym',
  'environment.recipient_pseudonym',
  'ndop.asked',
  'ndop.opted_out',
  'audit.payload_key',
  'vault.identity',
  'vault.data_key',
]);

export interface BackedUpTable {
  readonly table: string;
  readonly columns: readonly string[];
  /** `copy … to stdout`, the number of the data set in front (0 the installation's own), data set by data set. */
  readonly copy: string;
}

/** Tables of one database, with what they refer to first; those that refer to each other in a circle come in any order. */
export async function listTables(db: Queryable): Promise<{ readonly table: string; readonly columns: readonly string[] }[]> {
  const { rows } = await db.query<{ table: string; columns: string[]; needs: string[] }>(
    `select format('%s.%s', n.nspname, c.relname) as table,
            (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
            array(select distinct format('%s.%s', fn.nspname, fc.relname) from pg_constraint k
                    join pg_class fc on fc.oid = k.confrelid join pg_namespace fn on fn.oid = fc.relnamespace
                   where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as needs
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p'
        and n.nspname not in ('pg_catalog', 'information_schema', 'migration', 'graphile_worker') and n.nspname not like 'pg\\_%'
      order by 1`,
  );
  const placed: typeof rows = [];
  const names = new Set(rows.map(({ table }) => table));
  for (let waiting = rows; waiting.length > 0; ) {
    const there = new Set(placed.map(({ table }) => table));
    const ready = waiting.filter(({ needs }) => needs.every((need) => there.has(need) || !names.has(need)));
    const next = ready.length > 0 ? ready : waiting.slice(0, 1);
    placed.push(...next);
    waiting = waiting.filter((row) => !next.includes(row));
  }
  return placed;
}

/** What a backup copies of one database, and how. */
export async function backedUpTables(db: Queryable): Promise<BackedUpTable[]> {
  return (await listTables(db))
    .filter(({ table }) => !leftOut.has(table))
    .map(({ table, columns }) => {
      const join = datasetOf[table];
      const list = columns.map((column) => `t.${column}`).join(', ');
      const copy = join
        ? `copy (select coalesce(d.dataset_no, 0), ${list} from ${table} t ${join} order by 1) to stdout`
        : `copy (select 0, ${list} from ${table} t) to stdout`;
      return { table, columns, copy };
    });
}
