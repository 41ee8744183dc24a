-- Changes of the register by two people: one proposes, another approves, on its day it comes into force. The rules are held
-- here and not only in the program, so that no way of writing the register lets one person change it.

create table register.change (
  change_no bigint generated always as identity primary key,
  place_id text not null check (place_id ~ '^[a-z0-9][a-z0-9-]*$'),
  -- The version the proposal was made from; what others change meanwhile is kept (three-way, word for word what was approved).
  base_version bigint not null references register.version (version),
  document jsonb not null check (jsonb_typeof(document) = 'object'),
  sha256 bytea not null check (length(sha256) = 32),
  -- The difference in words: what is approved, and what must come into force and nothing else.
  changes text[] not null check (cardinality(changes) > 0),
  -- Conditions of an approval that want notice before this change (CAG standard condition 9), each in words.
  notices text[] not null default '{}',
  effective_on date not null,
  -- Opaque staff ids, never names.
  proposed_by text not null check (proposed_by <> ''),
  proposed_at timestamptz not null,
  notified_by text check (notified_by <> ''),
  notified_at timestamptz,
  notice_evidence text check (notice_evidence <> ''),
  approved_by text check (approved_by <> ''),
  approved_at timestamptz,
  withdrawn_by text check (withdrawn_by <> ''),
  withdrawn_at timestamptz,
  -- Why it could not come into force on its day; it is proposed again from the register as it is then.
  held_because text[],
  held_at timestamptz,
  version bigint unique references register.version (version),
  constraint document_is_of_its_place check (document #>> '{place,id}' = place_id),
  -- Nobody approves their own proposal, however they write their name.
  constraint two_people_decide check (lower(trim(approved_by)) <> lower(trim(proposed_by))),
  constraint approval_is_dated check ((approved_by is null) = (approved_at is null)),
  constraint notice_has_evidence check ((notified_by is null) = (notified_at is null) and (notified_by is null) = (notice_evidence is null)),
  constraint withdrawal_is_dated check ((withdrawn_by is null) = (withdrawn_at is null)),
  constraint hold_has_reasons check ((held_because is null) = (held_at is null)),
  constraint force_follows_approval check (version is null or
    (approved_by is not null and withdrawn_by is null and held_at is null and (cardinality(notices) = 0 or notified_by is not null)))
);
comment on table register.change is 'Proposed changes of the register: who proposed, notified, approved, withdrew, and what came of it; kept for ever';
create index change_waiting on register.change (place_id, effective_on) where version is null and withdrawn_by is null and held_at is null;

create function register.keep_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op <> 'UPDATE' then raise exception 'a proposed change stays on record'; end if;
  if old.version is not null or old.withdrawn_by is not null or old.held_at is not null then
    raise exception 'what became of a change never changes';
  end if;
  if (new.place_id, new.base_version, new.document, new.sha256, new.changes, new.notices, new.effective_on, new.proposed_by, new.proposed_at)
     is distinct from
     (old.place_id, old.base_version, old.document, old.sha256, old.changes, old.notices, old.effective_on, old.proposed_by, old.proposed_at)
     or (old.approved_by is not null and (new.approved_by, new.approved_at) is distinct from (old.approved_by, old.approved_at))
     or (old.notified_by is not null
         and (new.notified_by, new.notified_at, new.notice_evidence) is distinct from (old.notified_by, old.notified_at, old.notice_evidence)) then
    raise exception 'what was proposed, notified and approved never changes; propose again';
  end if;
  return new;
end $$;
create trigger change_is_kept before update or delete on register.change for each row execute function register.keep_change();
create trigger change_is_never_emptied before truncate on register.change for each statement execute function register.keep_change();

alter table register.version add column change_no bigint unique references register.change (change_no);
-- Break-glass: why somebody changed the register alone.
alter table register.version add column without_approval text check (without_approval <> '');
alter table register.version add constraint one_way_into_force check (change_no is null or without_approval is null);

-- A version comes into being by first set-up, by an approved change whose day has come, or under a recorded reason. A place
-- that takes test numbers (an example, a rehearsal) holds no data of people, and may be written at will; that is asked of
-- the version before, so that no place can first declare itself an example.
create function register.refuse_single_person() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  approved register.change;
begin
  if new.change_no is not null then
    select * into approved from register.change c where c.change_no = new.change_no;
    if approved.place_id <> new.place_id or approved.approved_by is null or approved.withdrawn_by is not null
       or approved.held_at is not null or approved.version is not null
       or (cardinality(approved.notices) > 0 and approved.notified_by is null)
       or approved.effective_on > (new.applied_at at time zone 'Europe/London')::date
       or approved.changes is distinct from new.changes then
      raise exception 'This is not what two people brought into force for this day.'
        using errcode = 'check_violation', constraint = 'version_is_the_approved_change';
    end if;
  elsif new.previous is not null and new.without_approval is null and not exists (
    select from register.version before
    where before.version = new.previous and before.document #> '{place,acceptTestNumbers}' = 'true'::jsonb
  ) then
    raise exception 'The register of this place changes by a proposal that somebody else approves.'
      using errcode = 'check_violation', constraint = 'no_single_person_changes_the_register';
  end if;
  return new;
end $$;
create trigger version_is_approved before insert on register.version
  for each row execute function register.refuse_single_person();

grant select on register.change to haven_gateway, haven_blackbox, haven_auditor;
grant insert on register.change to haven_gateway;
grant update (notified_by, notified_at, notice_evidence, approved_by, approved_at, withdrawn_by, withdrawn_at, held_because, held_at, version)
  on register.change to haven_gateway;
