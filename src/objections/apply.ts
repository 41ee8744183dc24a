import type { Queryable, Transaction } from '../database/query.ts';
import { type LocalDate, localDate } from '../shared/clock.ts';
import { waitForDeliveries } from './lock.ts';
import { type RemovalTools, type Removed, removeCovered } from './remove.ts';

/**
 * Removes what every objection not yet applied covers, once the deliveries that may have missed it are through. Called
 * after an import, and by a daily job for objections dated ahead and for removals that were interrupted.
 */
export async function applyObjections(tx: Transaction, tools: RemovalTools): Promise<Removed> {
  await waitForDeliveries(tx);
  return applyWaiting(tx, tools);
}

/** The same for a transaction that holds the lock of lock.ts already. */
export async function applyWaiting(tx: Transaction, tools: RemovalTools, importId?: string): Promise<Removed> {
  const at = localDate(tools.clock.now());
  // See record.ts: a long list stays in memory.
  await tx.query(`set local work_mem = '64MB'`);
  // How many rows the temporary tables have, and how many of a kind, a small sample tells.
  await tx.query('set local default_statistics_target = 10');
  const ranges = await takeWaiting(tx, at);
  await tx.query('drop table if exists pg_temp.objecting');
  await tx.query(
    `create temporary table objecting (
       landing_pseudonym text collate "C" not null, kind text not null, about environment.setting
     ) on commit drop`,
  );
  // By ranges of numbers: one new objection is found among millions, and the 175,000 of a list are read once.
  await tx.query(
    `insert into objecting
     select said.landing_pseudonym, said.kind, said.about
     from unnest($2::bigint[], $3::bigint[]) as taken (first_no, last_no)
     cross join lateral (
       select s.landing_pseudonym, s.kind, s.about from objections.standing($1::date) s
       where s.objection_no between taken.first_no and taken.last_no offset 0
     ) said`,
    [at, ranges.map(({ first }) => first), ranges.map(({ last }) => last)],
  );
  await tx.query('analyze objecting (landing_pseudonym)');
  return removeCovered(tx, tools, importId);
}

interface Range {
  readonly first: string;
  readonly last: string;
}

/**
 * Ranges with objections whose day has come, which wait no longer: also those of people not yet known, whose data are
 * withheld when they arrive. Those of a range that are dated ahead go on waiting, each by itself.
 */
async function takeWaiting(tx: Transaction, at: LocalDate): Promise<readonly Range[]> {
  const { rows: taken } = await tx.query<Range & { readonly mixed: boolean }>(
    `delete from objections.waiting where first_day <= $1::date
     returning first_no::text as first, last_no::text as last, last_day > $1::date as mixed`,
    [at],
  );
  const mixed = taken.filter((range) => range.mixed);
  if (mixed.length > 0) {
    await tx.query(
      `insert into objections.waiting (first_no, last_no, first_day, last_day)
       select ahead.objection_no, ahead.objection_no, ahead.set_on, ahead.set_on
       from unnest($2::bigint[], $3::bigint[]) as taken (first_no, last_no)
       cross join lateral (
         select o.objection_no, o.set_on from objections.objection o
         where o.objection_no between taken.first_no and taken.last_no and o.set_on > $1::date and not o.ends_only offset 0
       ) ahead
       on conflict do nothing`,
      [at, mixed.map(({ first }) => first), mixed.map(({ last }) => last)],
    );
  }
  return taken;
}

/**
 * Two persons became one: whatever either of them said is said by the one, about all that both have. Call it in the
 * transaction of the merge, and applyObjections in one of its own once that is committed.
 */
export async function reconsiderObjections(tx: Queryable, personIds: readonly string[]): Promise<void> {
  await tx.query(
    `insert into objections.waiting (first_no, last_no, first_day, last_day)
     select o.objection_no, o.objection_no, o.set_on, o.set_on from linkage.pseudonym l join objections.objection o on o.landing_pseudonym = l.landing_pseudonym
     where l.person_id = any ($1::bigint[]) and not o.ends_only
     on conflict do nothing`,
    [personIds],
  );
}
