-- People: seats as the database must hold them, and subject access. The register's document is the truth; these rows are
-- written with it, so that no way of writing the register can give a licence more holders than it was granted.
create table register.licence (
  project_id text primary key check (project_id ~ '^[a-z0-9][a-z0-9-]*$'),
  place_id text not null,
  seats integer not null check (seats > 0)
);
create table register.seat (
  seat_id text primary key check (seat_id ~ '^[a-z0-9][a-z0-9-]*$'),
  place_id text not null,
  -- An opaque staff id, never a name.
  person_id text not null check (person_id ~ '^[a-z0-9][a-z0-9-]*$' and person_id ~ '[a-z]'),
  role text not null check (role in
    ('ordinary', 'super-user', 'aggregate-only', 'professional', 'ig-lead', 'returns-author', 'auditor', 'operator')),
  project_id text references register.licence (project_id) deferrable initially deferred,
  valid_from date not null,
  valid_to date not null,
  constraint seat_period_is_in_order check (valid_to >= valid_from),
  constraint licensed_role_has_a_licence check (role not in ('ordinary', 'super-user') or project_id is not null)
);
create index seat_of_project on register.seat (project_id, valid_from);
create index seat_of_person on register.seat (person_id);
comment on table register.seat is 'Roles of people by place and period; the licence limits how many hold one at once';

-- The most seats are held at once on the first day of some seat, so only those days are looked at.
create function register.refuse_seat_beyond_licence() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (
    select from register.seat first
    join register.licence l on l.project_id = first.project_id
    where first.project_id = new.project_id
      and l.seats < (
        select count(*) from register.seat held
        where held.project_id = first.project_id and held.valid_from <= first.valid_from and held.valid_to >= first.valid_from
      )
  ) then
    raise exception 'A licence has fewer seats than people would hold at once.'
      using errcode = 'check_violation', constraint = 'seats_within_licence';
  end if;
  return null;
end $$;
-- Deferred: a place is written again as a whole, so only its end counts.
create constraint trigger seats_within_licence after insert or update on register.seat
  deferrable initially deferred for each row execute function register.refuse_seat_beyond_licence();
create constraint trigger licence_holds_its_seats after insert or update on register.licence
  deferrable initially deferred for each row execute function register.refuse_seat_beyond_licence();

grant select on register.licence, register.seat to haven_gateway, haven_blackbox, haven_auditor;
grant insert, delete on register.licence, register.seat to haven_gateway;

-- Requests of people to see what is held about them (UK GDPR article 15). Who asked for it here, by whose decision, when;
-- never whom it is about: that is in the answer, which is kept outside.
create schema subject_access;
create table subject_access.request (
  request_id uuid primary key,
  place_id text not null,
  -- The IG lead, by staff id.
  requested_by text not null check (requested_by <> ''),
  -- How the person was identified and why this may be answered. Ten digits in a row could be an NHS number and are refused.
  decision text not null check (
    length(decision) between 20 and 2000 and regexp_replace(decision, '[^0-9a-zA-Z]', '', 'g') !~ '[0-9]{10}'
  ),
  requested_at timestamptz not null,
  answered_at timestamptz,
  outcome text check (outcome in ('answered', 'nothing-held')),
  -- Of the JSON file that was given out, so that it can be recognised later.
  answer_sha256 bytea check (length(answer_sha256) = 32),
  constraint answered_says_how check (
    (answered_at is null) = (outcome is null) and (answered_at is null) = (answer_sha256 is null) and answered_at >= requested_at
  )
);
create index request_by_time on subject_access.request (requested_at);
grant usage on schema subject_access to haven_gateway, haven_auditor;
grant select, insert on subject_access.request to haven_gateway;
grant update (answered_at, outcome, answer_sha256) on subject_access.request to haven_gateway;
grant select on subject_access.request to haven_auditor;

-- Who looked at one person: entries of the log about these pseudonyms. The gateway cannot read the log; it can ask this one
-- question, of pseudonyms it already has.
create function audit.entries_about(subjects text[]) returns table (at timestamptz, type text, actor text, project text, purpose text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select (said.json ->> 'at')::timestamptz, said.json ->> 'type', said.json ->> 'actor', said.json -> 'detail' ->> 'project',
    said.json -> 'detail' ->> 'purpose'
  from audit.entry e cross join lateral (select convert_from(e.leaf, 'UTF8')::json as json) said
  where said.json ->> 'subject' = any (entries_about.subjects)
  order by e.entry_id
$$;
grant execute on function audit.entries_about(text[]) to haven_gateway;
