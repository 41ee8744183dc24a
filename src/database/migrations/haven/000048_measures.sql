-- Counts behind the measures of a return, kept as data arrive, so that a quarter is populated from a few rows a month,
-- however many events there are: docs/adr/0014. What a person adds to a count is derived from all of their events at once
-- (a readmission or a stay is not a property of one record), so counting is done person by person and after landing.

-- The ways of counting that the definitions of config/returns/measures use, and since when each has been counted for
-- everybody. Two definitions that count alike share one.
create table returns.measure_rule (
  rule text primary key check (rule ~ '^[0-9a-f]{16}$'),
  definition jsonb not null,
  counted_at timestamptz not null
);
comment on table returns.measure_rule is 'How the counts of the measures are made; a rule nobody uses any more goes with its counts';

-- What one person adds to a month of a place. Derived, like environment.person_summary: it may be deleted at any time and
-- is made again from the events. `n` counts what the rule counts; of services somebody is in, `n` is who entered,
-- `gone` who left, and `days` corrects whole months to days (src/returns/measures/rule-sql.ts).
create table environment.person_measure (
  person_id bigint not null,
  rule text not null,
  place_id text not null,
  month date not null check (extract(day from month) = 1),
  n integer not null,
  gone integer not null,
  days integer not null
);
-- One row for each person, rule, place and month, because counts are made under one lock and grouped by these; an index over
-- all four would cost more than the counting.
create index person_measure_of_person on environment.person_measure (person_id);
comment on table environment.person_measure is 'What one person adds to the counts of measures, by place and month; derived from events';

-- The sums, as differences that are only ever added: two deliveries, an objection and a recount at the same time never wait
-- for one another here. Now and then they are folded into one row for each month.
create table returns.month_measure (
  rule text not null,
  place_id text not null,
  month date not null,
  n bigint not null,
  gone bigint not null,
  days bigint not null
);
comment on table returns.month_measure is 'Differences of the counts of measures, by place and month; their sum is the count';
create index month_measure_by_month on returns.month_measure (rule, place_id, month);

-- Whoever adds or takes away a row of a person, the sums follow in the same transaction.
create function returns.follow_person_measure() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    insert into returns.month_measure (rule, place_id, month, n, gone, days)
    select rule, place_id, month, sum(n), sum(gone), sum(days) from changed group by rule, place_id, month;
  else
    insert into returns.month_measure (rule, place_id, month, n, gone, days)
    select rule, place_id, month, -sum(n), -sum(gone), -sum(days) from changed group by rule, place_id, month;
  end if;
  return null;
end $$;
create trigger counts_follow_what_is_added after insert on environment.person_measure
  referencing new table as changed for each statement execute function returns.follow_person_measure();
create trigger counts_follow_what_is_removed after delete on environment.person_measure
  referencing old table as changed for each statement execute function returns.follow_person_measure();

-- What waits to be counted: deliveries that landed, and people who lost, moved or changed a record. No key, because a key
-- would make two deliveries wait for each other; the same person may stand here more than once.
create table environment.measure_waiting (
  delivery_no bigint,
  person_id bigint,
  check (num_nonnulls(delivery_no, person_id) = 1)
);
comment on table environment.measure_waiting is 'Deliveries and people whose measures are to be counted again; empty when the counts are up to date';

create function environment.measure_delivery() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into environment.measure_waiting (delivery_no) values (new.delivery_no);
  return null;
end $$;
-- A delivery costs one row, whatever its size: new records are found by its number when they are counted. Also one that
-- changed no record: what it said of a birth or a death may still be new.
create trigger measures_follow_a_delivery after insert on landing.delivery
  for each row when (new.state = 'landed') execute function environment.measure_delivery();

-- A record that goes says nothing of it afterwards, so its person is noted as it goes. Inserts are not noted: their delivery
-- says it, and loading stays a plain COPY.
create function environment.measure_persons() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into environment.measure_waiting (person_id) select distinct person_id from was;
  return null;
end $$;
create trigger measures_follow_removed_events after delete on environment.event
  referencing old table as was for each statement execute function environment.measure_persons();
create trigger measures_follow_removed_persons after delete on environment.person
  referencing old table as was for each statement execute function environment.measure_persons();

create function environment.measure_both_persons() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into environment.measure_waiting (person_id) values (old.person_id);
  if new.person_id <> old.person_id then insert into environment.measure_waiting (person_id) values (new.person_id); end if;
  return null;
end $$;
-- A record that a delivery changes carries the number of that delivery from then on, and is found by it. Noted is only what
-- is not: who lost the record to somebody else, and what changed without a delivery. For any other the condition costs next
-- to nothing, where a table of old and new rows would cost as much as the change.
create trigger measures_follow_changed_events after update on environment.event for each row
  when (old.person_id is distinct from new.person_id
    or (old.delivery_no = new.delivery_no
      and (old.started_at, old.ended_at, old.ready_on, old.kind, old.provider, old.flow_no, old.attributes)
        is distinct from (new.started_at, new.ended_at, new.ready_on, new.kind, new.provider, new.flow_no, new.attributes)))
  execute function environment.measure_both_persons();
-- Ages and deaths decide who is counted.
create trigger measures_follow_changed_persons after update on environment.person for each row
  when (old.birth_month is distinct from new.birth_month or old.death_month is distinct from new.death_month)
  execute function environment.measure_both_persons();

revoke execute on function returns.follow_person_measure(), environment.measure_delivery(), environment.measure_persons(),
  environment.measure_both_persons() from public;

grant select, insert, delete on environment.person_measure to haven_gateway;
grant select, insert, delete on returns.measure_rule, returns.month_measure to haven_gateway;
grant select, delete on environment.measure_waiting to haven_gateway;
-- An objection that is carried out in the black box takes back what the person added, and reads nothing of it.
grant select (person_id), delete on environment.person_measure to haven_blackbox;
grant select (person_id), delete on environment.person_measure, environment.measure_waiting to haven_destroyer;
