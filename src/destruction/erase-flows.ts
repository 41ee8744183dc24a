import { type Transaction, transaction } from '../database/query.ts';
import type { Destruction } from './decide.ts';
import { beginStep, countBatch, endStep, readProgress } from './progress.ts';
import type { DestructionTools } from './tools.ts';

interface FlowTable {
  readonly name: string;
  /** Which rows go; $1 flow numbers, $2 the day (null = all), $3 flow ids. */
  readonly expired: string;
  /** Rows of the flows at all. */
  readonly own: string;
  /** Column that names somebody who has to be looked at again. */
  readonly person?: string;
}

/** A registration goes on, so its day is the day we received it; everything else has a day of its own. */
export const eventDay = (alias: string): string =>
  `coalesce(case when ${alias}.kind not in ('registration', 'demographics') then coalesce(${alias}.ended_at, ${alias}.started_at) end,
     (select d.finished at time zone 'Europe/London' from landing.delivery d where d.delivery_no = ${alias}.delivery_no), ${alias}.started_at)::date`;

const all = '$2::date is null';
/** What a flow says of a person goes with the last record it has of them. */
const lastRecordGone = `(${all} or not exists (select from environment.event e where e.person_id = t.person_id and e.flow_no = t.flow_no))`;
const problemsOf = `t.delivery_no in (select d.delivery_no from landing.delivery d where d.flow_id = any ($3::text[]))`;

const tables: readonly FlowTable[] = [
  { name: 'linkage.sighting', own: 't.flow_no = any ($1::integer[])', expired: lastRecordGone, person: 'person_id' },
  { name: 'linkage.local_identifier', own: 't.flow_no = any ($1::integer[])', expired: lastRecordGone, person: 'person_id' },
  {
    name: 'linkage.merge',
    own: 't.flow_no = any ($1::integer[])',
    expired: `(${all} or (t.at at time zone 'Europe/London')::date < $2::date)`,
    person: 'into_person',
  },
  {
    name: 'linkage.held_merge',
    own: 't.flow_no = any ($1::integer[])',
    expired: `(${all} or (t.held_at at time zone 'Europe/London')::date < $2::date)`,
  },
  { name: 'landing.tombstone', own: 't.flow_no = any ($1::integer[])', expired: `(${all} or t.source_at::date < $2::date)` },
  {
    name: 'landing.problem',
    own: problemsOf,
    expired: `(${all} or t.delivery_no in (select d.delivery_no from landing.delivery d where (d.finished at time zone 'Europe/London')::date < $2::date))`,
  },
];

const values = (destruction: Destruction): [number[], string | null, string[]] => [
  destruction.flows.map(({ flowNo }) => flowNo),
  destruction.beforeDay ?? null,
  destruction.flows.map(({ flowId }) => flowId),
];

const countOwn = async (tx: Transaction, table: string, own: string, destruction: Destruction): Promise<number> => {
  const { rows } = await tx.query<{ count: number }>(
    `with given as (select $1::integer[], $2::date, $3::text[]) select count(*) from ${table} t where ${own}`,
    values(destruction),
  );
  return rows[0]?.count ?? 0;
};

/** Deletes the records of the flows and what was kept beside them, batch by batch, noting whom they were about. */
export async function eraseFlows(tools: DestructionTools, destruction: Destruction): Promise<void> {
  await eraseEvents(tools, destruction);
  for (const table of tables) await eraseTable(tools, destruction, table);
}

const ownEvents = `t.flow_no = any ($1::integer[])`;

/** Batches go by setting and source key, which no update of a record ever changes, so nothing is passed over. */
async function eraseEvents(tools: DestructionTools, destruction: Destruction): Promise<void> {
  const { destructionId } = destruction;
  const step = 'environment.event';
  await transaction(tools.destroyer, async (tx) => beginStep(tx, destructionId, step, await countOwn(tx, step, ownEvents, destruction)));
  const settings = [...new Set(destruction.flows.map(({ setting }) => setting))].sort();
  const progress = (await readProgress(tools.destroyer, destructionId)).get(step);
  if (progress?.done) return;
  const [reached, key] = progress?.cursor?.split(' ') ?? [];
  for (const setting of settings.filter((one) => reached === undefined || one >= reached)) {
    let after = setting === reached && key !== undefined ? key : '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const last = await transaction(tools.destroyer, async (tx) => {
        const { rows } = await tx.query<{ destroyed: number; last: string | null }>(
          `with batch as materialized (
             select t.source_key from environment.event t
              where t.setting = $4::environment.setting and t.flow_no = any ($1::integer[]) and t.source_key > $5::uuid
                and ($2::date is null or ${eventDay('t')} < $2::date)
              order by t.source_key limit $6
           ), gone as (
             delete from environment.event e using batch
              where e.setting = $4::environment.setting and e.source_key = batch.source_key and e.flow_no = any ($1::integer[])
             returning e.person_id
           ), noted as (
             insert into destruction.person (destruction_id, person_id) select distinct $3::uuid, person_id from gone on conflict do nothing
           )
           select (select count(*) from gone) as destroyed, (select source_key::text from batch order by source_key desc limit 1) as last`,
          [...values(destruction).slice(0, 2), destructionId, setting, after, tools.batch],
        );
        const { destroyed = 0, last: end = null } = rows[0] ?? {};
        if (end !== null) await countBatch(tx, destructionId, step, { destroyed, cursor: `${setting} ${end}` });
        return end;
      });
      if (last === null) break;
      after = last;
      tools.afterBatch(step);
    }
  }
  await transaction(tools.destroyer, async (tx) => endStep(tx, destructionId, step, await countOwn(tx, step, ownEvents, destruction)));
}

async function eraseTable(tools: DestructionTools, destruction: Destruction, table: FlowTable): Promise<void> {
  const { destructionId } = destruction;
  const step = table.name;
  await transaction(tools.destroyer, async (tx) => beginStep(tx, destructionId, step, await countOwn(tx, step, table.own, destruction)));
  if ((await readProgress(tools.destroyer, destructionId)).get(step)?.done) return;
  for (;;) {
    const destroyed = await transaction(tools.destroyer, async (tx) => {
      const { rows } = await tx.query<{ destroyed: number }>(
        `with given as (select $1::integer[], $2::date, $3::text[]),
         gone as (
           delete from ${step} g where g.ctid = any (array(select t.ctid from ${step} t where ${table.own} and ${table.expired} limit $5))
           returning ${table.person === undefined ? 'null::bigint' : `g.${table.person}`} as person
         ), noted as (
           insert into destruction.person (destruction_id, person_id)
           select distinct $4::uuid, person from gone where person is not null on conflict do nothing
         )
         select count(*) as destroyed from gone`,
        [...values(destruction), destructionId, tools.batch],
      );
      const count = rows[0]?.destroyed ?? 0;
      await countBatch(tx, destructionId, step, { destroyed: count });
      return count;
    });
    if (destroyed === 0) break;
    tools.afterBatch(step);
  }
  await transaction(tools.destroyer, async (tx) => endStep(tx, destructionId, step, await countOwn(tx, step, table.own, destruction)));
}
