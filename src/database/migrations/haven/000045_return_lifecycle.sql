-- A return from its first draft to its submission: who answered, who reviewed which sheet, who signed, what was sent, and
-- what replaced it. Answers are those of named people beside what was observed; nothing a person wrote is ever overwritten.

-- One at a time for one return: an answer that arrives while it is being signed waits, and is then refused.
create function returns.lock_return(place text, template text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  select pg_advisory_xact_lock(hashtextextended('returns.version ' || lock_return.place || ' ' || lock_return.template, 0))
$$;

-- What people answered. Append-only: the newest row of a question is the answer, JSON null takes one back.
create table returns.declaration (
  declaration_no bigint generated always as identity primary key,
  place text not null,
  template text not null,
  question text not null,
  answer jsonb not null,
  -- The earlier return this answer was copied from, by somebody who accepted that.
  carried_from text,
  -- Where it was written down: the interface, a workbook.
  source text not null check (length(source) between 1 and 300),
  reason text check (length(reason) between 1 and 2000),
  -- A staff id of the register.
  declared_by text not null check (declared_by <> ''),
  declared_at timestamptz not null,
  constraint answer_is_one_value check (jsonb_typeof(answer) in ('string', 'number', 'null')),
  constraint answer_fits_a_cell check (length(answer #>> '{}') <= 32767)
);
comment on table returns.declaration is 'Answers of named people to the questions of returns; append-only, the newest of a question counts';
create index declaration_newest on returns.declaration (place, template, question, declaration_no desc);

-- What the quarter before answered, offered and nothing more: no answer until a person accepts it.
create table returns.proposal (
  proposal_no bigint generated always as identity primary key,
  place text not null,
  template text not null,
  question text not null,
  answer jsonb not null check (jsonb_typeof(answer) in ('string', 'number')),
  from_template text not null,
  proposed_by text not null check (proposed_by <> ''),
  proposed_at timestamptz not null,
  constraint proposed_once unique (place, template, question, from_template)
);
comment on table returns.proposal is 'Answers carried forward as proposals; a person accepts or rejects each';

create table returns.proposal_decision (
  proposal_no bigint primary key references returns.proposal (proposal_no),
  accepted boolean not null,
  reason text check (length(reason) between 1 and 2000),
  decided_by text not null check (decided_by <> ''),
  decided_at timestamptz not null
);
comment on table returns.proposal_decision is 'Who accepted or rejected a proposal; once';

-- One row for each data version of a place's return.
create table returns.version (
  place text not null,
  template text not null,
  version_no integer not null check (version_no > 0),
  amends integer,
  amends_because text check (length(amends_because) between 1 and 2000),
  state text not null check (state in ('draft', 'reviewed', 'signed-off', 'submitted')),
  -- The build it holds now; from sign-off on, the one that was signed.
  return_id uuid not null references returns.return (return_id),
  -- Of all answers of that build: what somebody who signs says they have read.
  answers bytea not null check (length(answers) = 32),
  -- Newest declaration that the build knew.
  declarations bigint not null,
  opened_at timestamptz not null,
  opened_by text not null check (opened_by <> ''),
  signed_at timestamptz,
  signed_by text check (signed_by <> ''),
  -- In which office: 'Chair of the Health and Wellbeing Board'.
  signed_as text check (length(signed_as) between 1 and 200),
  submitted_at timestamptz,
  submitted_how text check (length(submitted_how) between 1 and 300),
  -- SHA-256 of the file that was sent.
  file_sha256 bytea check (length(file_sha256) = 32),
  recorded_by text check (recorded_by <> ''),
  recorded_at timestamptz,
  primary key (place, template, version_no),
  foreign key (place, template, amends) references returns.version (place, template, version_no),
  constraint version_replaces_the_one_before check (case when version_no = 1 then amends is null else amends = version_no - 1 and amends is not null end),
  constraint amendment_says_why check ((amends is null) = (amends_because is null)),
  constraint signed_says_who check (
    (state in ('signed-off', 'submitted')) = (signed_at is not null)
    and (signed_at is null) = (signed_by is null) and (signed_at is null) = (signed_as is null)),
  constraint submitted_says_how check (
    (state = 'submitted') = (submitted_at is not null)
    and (submitted_at is null) = (submitted_how is null) and (submitted_at is null) = (file_sha256 is null)
    and (submitted_at is null) = (recorded_by is null) and (submitted_at is null) = (recorded_at is null)),
  constraint submitted_after_sign_off check (recorded_at >= signed_at)
);
comment on table returns.version is 'Data versions of returns: draft, reviewed, signed off, submitted; frozen from sign-off on';
create unique index one_open_version on returns.version (place, template) where state in ('draft', 'reviewed');

-- Who answers for a sheet; the newest row counts, and the owner of an earlier template stays until another is named.
create table returns.sheet_owner (
  owner_no bigint generated always as identity primary key,
  place text not null,
  template text not null,
  sheet text not null,
  owner text not null check (owner <> ''),
  assigned_by text not null check (assigned_by <> ''),
  assigned_at timestamptz not null
);
comment on table returns.sheet_owner is 'Who reviews which sheet of a return; append-only, the newest counts';
create index sheet_owner_newest on returns.sheet_owner (place, sheet, owner_no desc);

-- A review is of these very answers: when one changes, the digest no longer fits and the sheet is open again.
create table returns.review (
  review_no bigint generated always as identity primary key,
  place text not null,
  template text not null,
  version_no integer not null,
  sheet text not null,
  answers bytea not null check (length(answers) = 32),
  reviewed_by text not null check (reviewed_by <> ''),
  reviewed_at timestamptz not null,
  foreign key (place, template, version_no) references returns.version
);
comment on table returns.review is 'Reviews of sheets, each of the answers it saw; append-only';
create index review_of_version on returns.review (place, template, version_no, sheet, review_no desc);

create table returns.acknowledgement (
  acknowledgement_no bigint generated always as identity primary key,
  place text not null,
  template text not null,
  version_no integer not null,
  rule text not null,
  -- Of the finding with the answers it is about: it does not cover the same rule found on other answers.
  finding bytea not null check (length(finding) = 32),
  reason text not null check (length(reason) between 1 and 2000),
  acknowledged_by text not null check (acknowledged_by <> ''),
  acknowledged_at timestamptz not null,
  foreign key (place, template, version_no) references returns.version
);
comment on table returns.acknowledgement is 'Contradictions that somebody lets stand, by name and with a reason; append-only';
create index acknowledgement_of_version on returns.acknowledgement (place, template, version_no, finding);

create table returns.step (
  step_no bigint generated always as identity primary key,
  place text not null,
  template text not null,
  version_no integer not null,
  at timestamptz not null,
  actor text not null check (actor <> ''),
  step text not null,
  detail jsonb not null check (jsonb_typeof(detail) = 'object'),
  foreign key (place, template, version_no) references returns.version
);
comment on table returns.step is 'History of returns.version: who did what when; append-only';
create index step_of_version on returns.step (place, template, step_no);

-- What the gateway tells the authors of a place: what changed, and what is missing.
create table returns.notice (
  notice_no bigint generated always as identity primary key,
  place text not null,
  template text not null,
  version_no integer not null,
  kind text not null check (kind in ('populated', 'late-data', 'late-after-sign-off')),
  -- What would be seen now, so that the same news is told once.
  news bytea not null check (length(news) = 32),
  -- Staff ids of the authors on that day.
  told text[] not null,
  changed text[] not null,
  missing text[] not null,
  issued_at timestamptz not null,
  read_at timestamptz,
  read_by text check (read_by <> ''),
  foreign key (place, template, version_no) references returns.version,
  constraint told_once unique (place, template, version_no, kind, news),
  constraint read_says_who check ((read_at is null) = (read_by is null))
);
comment on table returns.notice is 'Notices to the authors of a return; told once, read by name';
create index notice_unread on returns.notice (place, notice_no desc) where read_at is null;

-- How far the gateway has looked by itself: what had landed and which register it was. While both are the same, there is
-- nothing new to see, and a job that runs twice does nothing twice.
create table returns.looked (
  place text not null,
  template text not null,
  seen text not null,
  looked_at timestamptz not null,
  primary key (place, template)
);
comment on table returns.looked is 'What had landed when a return was last populated; derived, may be emptied at any time';

create function returns.only_grows() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'returns.% keeps what it holds.', tg_table_name using errcode = 'check_violation', constraint = 'return_history_only_grows';
end $$;
do $$
declare
  of text;
begin
  foreach of in array array['return', 'declaration', 'proposal', 'proposal_decision', 'sheet_owner', 'review', 'acknowledgement', 'step'] loop
    execute format(
      'create trigger %I before update or delete or truncate on returns.%I for each statement execute function returns.only_grows()',
      of || '_only_grows', of);
  end loop;
end $$;

-- Frozen from sign-off on, whoever asks: the one step left is to record the submission, once.
create function returns.keep_version() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  submission constant text[] := array['state', 'submitted_at', 'submitted_how', 'file_sha256', 'recorded_by', 'recorded_at'];
  held record;
begin
  if tg_op = 'DELETE' then
    raise exception 'A version of a return is never deleted.' using errcode = 'check_violation', constraint = 'return_is_frozen';
  end if;
  if tg_op = 'UPDATE' and old.state in ('signed-off', 'submitted') then
    if old.state = 'signed-off' and new.state = 'submitted' and to_jsonb(new) - submission = to_jsonb(old) - submission then
      return new;
    end if;
    raise exception 'A return that was signed is frozen; amend it.' using errcode = 'check_violation', constraint = 'return_is_frozen';
  end if;
  select r.place, r.template, r.rehearsal, r.state into strict held from returns.return r where r.return_id = new.return_id;
  if held.rehearsal or held.place <> new.place or held.template <> new.template then
    raise exception 'A rehearsal, or a build of another return, is no version.' using errcode = 'check_violation', constraint = 'rehearsal_is_no_version';
  end if;
  if tg_op = 'INSERT' then
    if new.state <> 'draft' or exists (
      select from returns.version v where v.place = new.place and v.template = new.template and v.version_no = new.amends and v.state in ('draft', 'reviewed')
    ) then
      raise exception 'A version begins as a draft, after the one before was signed.' using errcode = 'check_violation', constraint = 'version_begins_as_draft';
    end if;
    return new;
  end if;
  if (old.place, old.template, old.version_no) <> (new.place, new.template, new.version_no)
    or (old.amends, old.amends_because, old.opened_at, old.opened_by) is distinct from (new.amends, new.amends_because, new.opened_at, new.opened_by) then
    raise exception 'A version stays the one it is.' using errcode = 'check_violation', constraint = 'version_stays';
  end if;
  if new.state in ('signed-off', 'submitted') then
    if new.state = 'submitted' or old.state <> 'reviewed' or held.state <> 'signed-off' or new.answers <> old.answers then
      raise exception 'What was reviewed is signed, and then submitted.' using errcode = 'check_violation', constraint = 'reviewed_before_signed';
    end if;
    if exists (select from returns.declaration d where d.place = new.place and d.template = new.template and d.declaration_no > new.declarations) then
      raise exception 'Somebody answered after this was built.' using errcode = 'check_violation', constraint = 'signed_is_current';
    end if;
    if exists (
      select from (
        select distinct on (d.question) d.declared_by from returns.declaration d
        where d.place = new.place and d.template = new.template order by d.question, d.declaration_no desc
      ) author where register.same_human(author.declared_by, new.signed_by)
    ) then
      raise exception 'Somebody else than answered signs.' using errcode = 'check_violation', constraint = 'another_person_signs';
    end if;
  end if;
  return new;
end $$;
create trigger version_is_kept before insert or update or delete on returns.version for each row execute function returns.keep_version();
create trigger version_is_not_truncated before truncate on returns.version for each statement execute function returns.only_grows();

-- No answer, review or acknowledgement joins a version that was signed.
create function returns.refuse_frozen() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  newest text;
begin
  perform returns.lock_return(new.place, new.template);
  select v.state into newest from returns.version v where v.place = new.place and v.template = new.template order by v.version_no desc limit 1;
  if newest in ('signed-off', 'submitted') then
    raise exception 'A return that was signed is frozen; amend it.' using errcode = 'check_violation', constraint = 'return_is_frozen';
  end if;
  return new;
end $$;
create trigger declaration_needs_an_open_return before insert on returns.declaration for each row execute function returns.refuse_frozen();
create trigger proposal_needs_an_open_return before insert on returns.proposal for each row execute function returns.refuse_frozen();
create trigger review_needs_an_open_return before insert on returns.review for each row execute function returns.refuse_frozen();
create trigger acknowledgement_needs_an_open_return before insert on returns.acknowledgement for each row execute function returns.refuse_frozen();

-- Only that it was read changes in a notice.
create function returns.keep_notice() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.read_at is null and to_jsonb(new) - array['read_at', 'read_by'] = to_jsonb(old) - array['read_at', 'read_by'] then
    return new;
  end if;
  raise exception 'A notice keeps what it said.' using errcode = 'check_violation', constraint = 'notice_is_kept';
end $$;
create trigger notice_is_kept before update or delete on returns.notice for each row execute function returns.keep_notice();

revoke all on all functions in schema returns from public;
grant execute on function returns.lock_return(text, text) to haven_gateway;
grant select, insert on returns.declaration, returns.proposal, returns.proposal_decision, returns.sheet_owner, returns.review,
  returns.acknowledgement, returns.step to haven_gateway;
grant select, insert, update on returns.version, returns.notice, returns.looked to haven_gateway;
grant select on all tables in schema returns to haven_auditor;
