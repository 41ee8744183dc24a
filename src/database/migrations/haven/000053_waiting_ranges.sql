-- What a list of 175,000 objections pays for a hundred thousand times. What waits to be applied is kept as ranges of numbers,
-- one for each statement that recorded objections, with the days they are dated: to apply an objection twice does no harm, so
-- a range may cover numbers of another statement, and what is not committed yet has a range of its own.
alter table objections.waiting rename column objection_no to first_no;
alter table objections.waiting
  drop constraint waiting_pkey,
  add column last_no bigint,
  -- The first and the last day that objections of the range are set on.
  add column first_day date,
  add column last_day date;
update objections.waiting w set last_no = w.first_no, first_day = o.set_on, last_day = o.set_on
from objections.objection o where o.objection_no = w.first_no;
delete from objections.waiting where last_no is null;
alter table objections.waiting
  alter column last_no set not null,
  alter column first_day set not null,
  alter column last_day set not null,
  add constraint waiting_pkey primary key (first_no, last_no),
  add constraint waiting_in_order check (first_no <= last_no and first_day <= last_day);
comment on table objections.waiting is
  'Ranges of objections whose data have not been removed yet: a removal that was interrupted, or objections dated ahead';

create or replace function objections.let_wait() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into objections.waiting (first_no, last_no, first_day, last_day)
  select min(said.objection_no), max(said.objection_no), min(said.set_on), max(said.set_on) from said where not said.ends_only
  having count(*) > 0
  on conflict do nothing;
  return null;
end
$$;

-- Whether a later word took an objection back is asked of every objection, and few are ever taken back.
create index objection_withdrawn on objections.objection (landing_pseudonym, kind) where withdrawn_on is not null;

-- Numbers are taken by the hundred; nothing is told from their order.
alter table objections.objection alter column objection_no set cache 100;
