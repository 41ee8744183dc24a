-- Objections complete: where each was recorded, article 21 per purpose, withdrawals by themselves, notices, and an
-- application that touches no objection's row.

alter table objections.objection
  -- Only a withdrawal was said; when it was set nobody told us. It was never in force itself.
  add column ends_only boolean not null default false,
  -- For right-to-object: the one purpose objected to (UK GDPR art. 21 is per purpose); null means every purpose.
  add column purpose text check (purpose ~ '^[a-z][a-z-]{2,60}$'),
  -- The setting whose service recorded it; null means no care service did (the Spine, a letter to the programme).
  add column recorded_in environment.setting,
  add constraint purpose_is_of_article_21 check (purpose is null or kind = 'right-to-object'),
  add constraint ends_only_ends check (not ends_only or withdrawn_on = set_on),
  -- The same rule as before, at a fifth of the price: a list has 175,000 rows.
  drop constraint objection_source_check,
  add constraint source_is_a_name check (
    length(source) between 1 and 63 and left(source, 1) <> '-' and translate(source, 'abcdefghijklmnopqrstuvwxyz0123456789-', '') = ''),
  drop constraint objection_said_once,
  -- What it is about is part of what was said: refusing to share the GP record is not refusing to share the hospital's.
  add constraint objection_said_once unique nulls not distinct (landing_pseudonym, kind, set_on, source, about, purpose, ends_only),
  -- Whether it was applied is kept in objections.waiting: marking 175,000 wide rows cost more than removing what they cover.
  drop column applied_at;

-- Objections whose data have not been removed yet, so that a removal that was interrupted is taken up again, and one that
-- is dated ahead waits for its day.
create table objections.waiting (objection_no bigint primary key);
insert into objections.waiting select objection_no from objections.objection where not ends_only;

-- Whoever records an objection, by whatever way it came, it waits to be applied. Once a statement, not once a row.
create function objections.let_wait() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into objections.waiting (objection_no)
  select said.objection_no from said where not said.ends_only order by said.objection_no;
  return null;
end
$$;
create trigger objection_waits after insert on objections.objection
  referencing new table as said for each statement execute function objections.let_wait();

-- Objections in force on a date. Type 1 and the national opt-out have one answer nationwide: the LATER of set and withdrawn
-- wins, whoever said it, and on the same day the objection stands (fail closed). Every other objection stands until its own
-- source withdraws it. `kind` has the purpose behind a slash where it is about one. Inlined into every caller, so it has no
-- settings of its own and names everything in full.
create function objections.standing(at date)
returns table (objection_no bigint, landing_pseudonym text, kind text, about environment.setting)
language sql stable as $$
  select o.objection_no, o.landing_pseudonym, o.kind || coalesce('/' || o.purpose, ''), o.about
  from objections.objection o
  where o.set_on <= at and not o.ends_only
    and (o.withdrawn_on is null or o.withdrawn_on > at or (o.kind in ('type-1', 'ndop') and o.withdrawn_on = o.set_on))
    and not exists (
      select 1 from objections.objection later
      where later.landing_pseudonym = o.landing_pseudonym and later.kind = o.kind
        and later.withdrawn_on > o.set_on and later.withdrawn_on <= at
        and (o.kind in ('type-1', 'ndop') or (
          later.source = o.source and later.about is not distinct from o.about and later.purpose is not distinct from o.purpose))
    )
$$;

-- The same for the people of one batch of a delivery: a probe of an index for each pseudonym asked, never a scan of the whole
-- register (lateral with `offset 0`). A person whose number was superseded objects under any of them.
create or replace function objections.in_force(pseudonyms text[], at date, origin environment.setting default null)
returns table (landing_pseudonym text, kinds text[])
language sql stable security invoker set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select a.pseudonym as asked, a.pseudonym as said_by from unnest(in_force.pseudonyms) as a (pseudonym)
    union all
    select l.landing_pseudonym, other.landing_pseudonym
    from linkage.pseudonym l
    cross join lateral (
      select same.landing_pseudonym from linkage.pseudonym same where same.person_id = l.person_id offset 0
    ) other
    where l.landing_pseudonym = any (in_force.pseudonyms) and other.landing_pseudonym <> l.landing_pseudonym
  )
  select asked.asked, array_agg(distinct o.kind order by o.kind)
  from asked
  cross join lateral (
    select said.kind || coalesce('/' || said.purpose, '') as kind from objections.objection said
    where said.landing_pseudonym = asked.said_by and said.set_on <= in_force.at and not said.ends_only
      and (said.withdrawn_on is null or said.withdrawn_on > in_force.at
        or (said.kind in ('type-1', 'ndop') and said.withdrawn_on = said.set_on))
      and (said.about is null or in_force.origin is null or said.about = in_force.origin)
      and not exists (
        select 1 from objections.objection later
        where later.landing_pseudonym = said.landing_pseudonym and later.kind = said.kind
          and later.withdrawn_on > said.set_on and later.withdrawn_on <= in_force.at
          and (said.kind in ('type-1', 'ndop') or (later.source = said.source
            and later.about is not distinct from said.about and later.purpose is not distinct from said.purpose))
      )
    offset 0
  ) o
  group by asked.asked
$$;

create or replace function objections.persons_objecting(kinds text[], at date) returns table (person_id bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct coalesce(p.merged_into, p.person_id)
  from objections.standing(persons_objecting.at) o
  join linkage.pseudonym l on l.landing_pseudonym = o.landing_pseudonym
  join linkage.person p on p.person_id = l.person_id
  where o.kind = any (persons_objecting.kinds)
$$;

-- What one person objects to: a read of one person asks about one person.
create function objections.of_person(person bigint, at date) returns table (kind text, about environment.setting)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct o.kind, o.about
  from linkage.person p
  join linkage.pseudonym l on l.person_id = p.person_id
  join objections.standing(of_person.at) o on o.landing_pseudonym = l.landing_pseudonym
  where p.person_id = of_person.person or p.merged_into = of_person.person
$$;
create index person_merged_into on linkage.person (merged_into) where merged_into is not null;

-- What one application did: the removal, its audit leaf and this row are one transaction.
create table objections.application (
  application_no bigint generated always as identity primary key,
  import_id uuid references objections.import (import_id),
  actor text not null,
  decision_table text not null,
  applied_at timestamptz not null,
  persons bigint not null check (persons >= 0),
  events bigint not null check (events >= 0),
  sightings bigint not null check (sightings >= 0),
  derived jsonb not null
);

-- Recipients to be told that people they once were given have objected. The pseudonyms are the recipient's own; they go as
-- soon as the recipient says that it removed them, and only the count stays.
create table objections.notice (
  notice_no bigint generated always as identity primary key,
  application_no bigint not null references objections.application (application_no),
  project_id text not null,
  epoch integer not null,
  people bigint not null check (people > 0),
  issued_at timestamptz not null,
  fetched_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  constraint acknowledged_by_somebody check ((acknowledged_at is null) = (acknowledged_by is null))
);
create index notice_open on objections.notice (project_id) where acknowledged_at is null;
create table objections.notice_person (
  notice_no bigint not null references objections.notice (notice_no),
  recipient_pseudonym text collate "C" not null,
  primary key (notice_no, recipient_pseudonym)
);

alter table objections.import
  add column withdrawn bigint not null default 0 check (withdrawn >= 0),
  -- Set where the objections came in the records of a delivery.
  add column flow_no integer,
  add column delivery_no bigint;

drop function objections.counts(date, date);
-- How many people have each objection in force, by the setting that recorded it, in one place or everywhere. Exact: the
-- caller protects small numbers, because totals are made from what is shown.
create function objections.counts(period_start date, period_end date, in_place text default null)
returns table (kind text, recorded_in environment.setting, in_force bigint, set_in_period bigint, withdrawn_in_period bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.kind, o.recorded_in,
    count(distinct o.landing_pseudonym) filter (where s.objection_no is not null),
    count(distinct o.landing_pseudonym) filter (where not o.ends_only and o.set_on between counts.period_start and counts.period_end),
    count(distinct o.landing_pseudonym) filter (where o.withdrawn_on between counts.period_start and counts.period_end)
  from objections.objection o
  left join objections.standing(counts.period_end) s on s.objection_no = o.objection_no
  where counts.in_place is null or o.place = counts.in_place
  group by o.kind, o.recorded_in
$$;

grant select, insert, delete on objections.waiting to haven_blackbox;
-- After a long list the planner must know how long: with the statistics of an empty table it compares everybody with everybody.
grant maintain on objections.objection, objections.waiting to haven_blackbox;
grant select, insert on objections.application, objections.notice, objections.notice_person to haven_blackbox;
grant execute on function objections.standing(date) to haven_blackbox;
grant execute on function objections.of_person(bigint, date) to haven_blackbox, haven_gateway;
grant execute on function objections.counts(date, date, text) to haven_blackbox, haven_gateway;
grant select on objections.application to haven_gateway;
grant select on objections.notice, objections.notice_person to haven_gateway;
grant update (fetched_at, acknowledged_at, acknowledged_by) on objections.notice to haven_gateway;
grant delete on objections.notice_person to haven_gateway;
-- Which runs an objection to risk stratification reaches: their purpose and flows, and never a score.
grant select (run_id, purpose, flows) on risk.run to haven_blackbox;
grant select (run_id) on risk.score to haven_blackbox;
