-- Destruction with a certificate: docs/adr/0010. One person asks, another approves, a role of its own deletes, in batches
-- that each commit with their own counts, so that what was interrupted goes on where it stopped and certifies the same.
create schema destruction;

create table destruction.destruction (
  destruction_id uuid primary key,
  reason text not null check (reason in ('agreement', 'retention', 'practice', 'flow')),
  agreement_id text not null references register.agreement (agreement_id),
  -- ODS code of the practice that withdrew.
  practice text check (practice ~ '^[A-Z0-9]{3,10}$'),
  -- Retention has run out for what happened before this day; null destroys whatever there is.
  before_day date,
  state text not null check (state in ('requested', 'destroying', 'certified')),
  requested_by text not null check (requested_by <> ''),
  requested_at timestamptz not null,
  approved_by text,
  approved_at timestamptz,
  certificate jsonb,
  certified_at timestamptz,
  -- Nobody approves what they asked for themselves, however they write their name.
  constraint two_people_decide check (lower(trim(approved_by)) <> lower(trim(requested_by))),
  constraint nothing_is_destroyed_unapproved check (state = 'requested' or (approved_by <> '' and approved_at is not null)),
  constraint certified_has_its_certificate check ((state = 'certified') = (certificate is not null and certified_at is not null)),
  constraint practice_is_named check ((reason = 'practice') = (practice is not null)),
  constraint retention_has_its_day check ((reason = 'retention') = (before_day is not null))
);
comment on table destruction.destruction is 'Who asked, who approved, and the certificate; kept for ever';
-- Asking twice for the same is asking once.
create unique index one_destruction_at_a_time on destruction.destruction (reason, agreement_id, practice) nulls not distinct
  where state <> 'certified';

create function destruction.keep() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op <> 'UPDATE' then
    -- A request may be taken back; what somebody approved is history.
    if tg_op = 'DELETE' and old.state = 'requested' then return old; end if;
    raise exception 'a destruction stays on record';
  end if;
  if old.state = 'certified' then raise exception 'a certificate never changes'; end if;
  if (new.destruction_id, new.reason, new.agreement_id, new.practice, new.before_day, new.requested_by, new.requested_at)
     is distinct from (old.destruction_id, old.reason, old.agreement_id, old.practice, old.before_day, old.requested_by, old.requested_at)
     or (old.approved_by is not null and (new.approved_by, new.approved_at) is distinct from (old.approved_by, old.approved_at)) then
    raise exception 'what was asked and approved never changes';
  end if;
  return new;
end $$;
create trigger destruction_is_kept before update or delete on destruction.destruction
  for each row execute function destruction.keep();
create trigger destruction_is_never_emptied before truncate on destruction.destruction
  for each statement execute function destruction.keep();

-- The flows it is about, as they were when it was asked for.
create table destruction.flow (
  destruction_id uuid not null references destruction.destruction (destruction_id) on delete cascade,
  flow_no integer not null,
  flow_id text not null,
  setting environment.setting not null,
  primary key (destruction_id, flow_no)
);
create index destruction_of_flow on destruction.flow (flow_no);

-- How far it is, table by table. `cursor` is where the next batch of that table begins.
create table destruction.progress (
  destruction_id uuid not null references destruction.destruction (destruction_id) on delete cascade,
  step text not null,
  before bigint not null default 0 check (before >= 0),
  destroyed bigint not null default 0 check (destroyed >= 0),
  remaining bigint check (remaining >= 0),
  cursor text,
  done boolean not null default false,
  primary key (destruction_id, step)
);

-- People who lost a record, until they were looked at again. Empty when the certificate is written.
create table destruction.person (
  destruction_id uuid not null references destruction.destruction (destruction_id) on delete cascade,
  person_id bigint not null,
  done boolean not null default false,
  primary key (destruction_id, person_id)
);

-- Identities that nobody has a record of any more, until the vault has let them go. Empty when the certificate is written.
create table destruction.identity (
  destruction_id uuid not null references destruction.destruction (destruction_id) on delete cascade,
  landing_pseudonym text collate "C" not null,
  -- Whether the vault had it, asked before anything was deleted: a batch that is repeated counts the same.
  sealed boolean not null,
  primary key (destruction_id, landing_pseudonym)
);

-- Keys of backups that were destroyed, and how many sampled pieces nobody could open any more.
create table destruction.key (
  destruction_id uuid not null references destruction.destruction (destruction_id) on delete cascade,
  key_id text not null,
  flow_id text not null,
  period text not null,
  destroyed_at timestamptz,
  primary key (destruction_id, key_id)
);

-- A few records as a backup would hold them, kept until the key is gone and they were tried once more.
create table destruction.sample (
  destruction_id uuid not null references destruction.destruction (destruction_id) on delete cascade,
  sample_no integer not null,
  key_id text not null,
  sealed bytea not null,
  primary key (destruction_id, sample_no)
);

-- Agreements whose data were destroyed as a whole. A table of its own, because a restored backup knows nothing of a later
-- destruction: the keys folder does, and it is written here from there (backup restore).
create table destruction.ended (
  agreement_id text not null,
  destruction_id uuid not null,
  ended_on date not null,
  primary key (agreement_id, destruction_id)
);

create table destruction.backup (
  backup_id uuid primary key,
  made_at timestamptz not null,
  made_by text not null,
  folder text not null,
  segments bigint not null
);
comment on table destruction.backup is 'Backups made, so that a destruction can try to open them afterwards where they are still in reach';

-- Why nothing may be delivered to this flow, or null. Asked by the gate and the black box, and by the trigger below.
-- Re-approved means: the legal basis of the agreement was put in force again on a later day, through the register.
create function destruction.refusal(flow_id text, at date) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select case
    when exists (
      select from destruction.flow d join destruction.destruction x using (destruction_id)
      where d.flow_id = refusal.flow_id and x.state = 'destroying'
    ) then 'DESTRUCTION_UNDER_WAY'
    when exists (
      select from register.flow f join destruction.ended e using (agreement_id)
      where f.flow_id = refusal.flow_id and not exists (
        select from register.agreement a join register.basis_step b using (agreement_no)
        where a.agreement_id = e.agreement_id and b.state = 'in-force' and b.taken_on > e.ended_on and b.taken_on <= refusal.at
      )
    ) then 'AGREEMENT_DESTROYED'
  end
$$;

-- The last word, should both have forgotten to ask.
create function destruction.refuse_delivery() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if destruction.refusal(new.flow_id, (new.finished at time zone 'Europe/London')::date) is not null then
    raise exception 'nothing lands in a flow whose data are destroyed' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger nothing_lands_in_what_is_destroyed before insert on landing.delivery
  for each row when (new.state = 'landed') execute function destruction.refuse_delivery();

-- What an agreement's deliveries brought is gone: the same file may land again once the agreement is approved again.
-- (What ran out by retention stays known, so that an old file sent again does not bring it back.)
alter table landing.delivery add column destruction_id uuid references destruction.destruction (destruction_id);
drop index landing.delivery_bytes_land_once;
create unique index delivery_bytes_land_once on landing.delivery (flow_id, sha256) where state = 'landed' and destruction_id is null;
drop index landing.delivery_batch_lands_once;
create unique index delivery_batch_lands_once on landing.delivery (flow_id, batch_id)
  where state = 'landed' and batch_id is not null and destruction_id is null;

-- Deleting a person asks every table that may name them: without these, a scan of each table for each person.
create index merge_from on linkage.merge (from_person);
create index merge_into on linkage.merge (into_person);

grant usage on schema destruction to haven_gateway, haven_blackbox, haven_destroyer, haven_auditor;
grant execute on function destruction.refusal(text, date) to haven_gateway, haven_blackbox, haven_destroyer;
grant select on destruction.destruction, destruction.flow, destruction.progress, destruction.key, destruction.backup to haven_gateway, haven_auditor;

-- The destroyer deletes, keeps its own books, and derives people again from what remains. It inserts no record of anybody.
grant select, insert, update on destruction.destruction to haven_destroyer;
grant delete on destruction.destruction to haven_destroyer;
grant select, insert, update, delete on destruction.flow, destruction.progress, destruction.person, destruction.identity, destruction.key,
  destruction.sample to haven_destroyer;
grant select, insert on destruction.ended to haven_destroyer;
grant select on destruction.backup to haven_destroyer;
grant usage on schema register, landing, linkage, environment, risk, audit to haven_destroyer;
grant select on register.version, register.flow, register.agreement, register.agreement_period, register.basis_step to haven_destroyer;
grant select (delivery_no, flow_id, state, finished, destruction_id), update (destruction_id) on landing.delivery to haven_destroyer;
grant select, delete on landing.problem, environment.event, linkage.sighting, linkage.local_identifier, linkage.merge, linkage.pseudonym,
  linkage.person to haven_destroyer;
grant select, insert, update, delete on environment.person to haven_destroyer;
grant select (person_id), delete on environment.person_summary, environment.recipient_pseudonym to haven_destroyer;
grant select (run_id, flows) on risk.run to haven_destroyer;
grant select (run_id, person_id), delete on risk.score to haven_destroyer;
grant execute on function audit.append(bytea) to haven_destroyer;
