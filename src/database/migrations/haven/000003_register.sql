-- The register of organisations, agreements and flows. The document is the truth (config/register holds the same JSON);
-- what other tables must refer to for ever, or the database must hold, is normalised beside it.

-- Every document a place ever had. Append-only and unbranched: each version names the one it replaced, so two people who
-- apply at once cannot both win.
create table register.version (
  version bigint generated always as identity primary key,
  place_id text not null check (place_id ~ '^[a-z0-9][a-z0-9-]*$'),
  previous bigint references register.version (version),
  document jsonb not null check (jsonb_typeof(document) = 'object'),
  sha256 bytea not null check (length(sha256) = 32),
  -- The changes in words, as they were shown when the version was applied.
  changes text[] not null,
  applied_by text not null check (applied_by <> ''),
  applied_at timestamptz not null,
  constraint versions_do_not_branch unique nulls not distinct (place_id, previous),
  constraint document_is_of_its_place check (document #>> '{place,id}' = place_id),
  constraint previous_is_older check (previous < version)
);
create index version_of_place on register.version (place_id, version desc);

create function register.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'register.% keeps what it holds', tg_table_name;
end $$;
create trigger version_is_append_only before update or delete or truncate on register.version
  execute function register.refuse_change();

-- The number of a flow for ever: events, sightings and destruction refer to it. A flow that leaves the register keeps its
-- number, and a flow never changes place, setting or data set: that would be another flow.
create table register.flow (
  flow_no integer generated always as identity primary key,
  flow_id text not null unique check (flow_id ~ '^[a-z0-9][a-z0-9-]*$'),
  place_id text not null,
  setting environment.setting not null,
  feed_id text not null,
  agreement_id text not null
);
create index flow_of_agreement on register.flow (agreement_id);

create function register.keep_flow() returns trigger language plpgsql as $$
begin
  if tg_op <> 'UPDATE' then raise exception 'a flow keeps its number for ever'; end if;
  if (old.flow_no, old.flow_id, old.place_id, old.setting, old.feed_id)
     is distinct from (new.flow_no, new.flow_id, new.place_id, new.setting, new.feed_id) then
    raise exception 'a flow never changes place, setting or data set';
  end if;
  return new;
end $$;
create trigger flow_is_kept before update or delete on register.flow for each row execute function register.keep_flow();

-- Agreements as they stand, for SQL that must know period and retention without reading JSON (retention, destruction).
create table register.agreement (
  agreement_no integer generated always as identity primary key,
  agreement_id text not null unique check (agreement_id ~ '^[a-z0-9][a-z0-9-]*$'),
  place_id text not null,
  basis text not null check (basis in
    ('section-251', 'consent', 'direct-care', 'statutory', 'public-interest', 'contract', 'anonymised')),
  form text not null check (form in ('identifiable', 'pseudonymised-limited-access', 'anonymised', 'aggregate')),
  retain_months integer check (retain_months > 0),
  removed boolean not null default false
);

-- Each period an agreement is or was for: a renewal that leaves a gap adds one, any other change replaces what it overlaps.
-- Two that overlap would leave it open which terms hold, so the database refuses them. (Numbers as ranges, because GiST knows ranges without any extension.)
create table register.agreement_period (
  agreement_no integer not null references register.agreement (agreement_no),
  period daterange not null check (not isempty(period) and not lower_inf(period) and not upper_inf(period)),
  exclude using gist (int4range(agreement_no, agreement_no, '[]') with &&, period with &&)
);

-- The dated steps of every legal basis and flow, for reports by date.
create table register.basis_step (
  agreement_no integer not null references register.agreement (agreement_no),
  step_no smallint not null,
  state text not null check (state in
    ('applied', 'deferred', 'approved-with-conditions', 'in-force', 'suspended', 'expired', 'withdrawn')),
  taken_on date not null,
  primary key (agreement_no, step_no)
);
create table register.flow_step (
  flow_no integer not null references register.flow (flow_no),
  step_no smallint not null,
  state text not null check (state in ('proposed', 'live', 'suspended', 'stopped')),
  taken_on date not null,
  primary key (flow_no, step_no)
);

grant usage on schema register to haven_gateway, haven_blackbox, haven_auditor;
grant select on all tables in schema register to haven_gateway, haven_blackbox, haven_auditor;
grant insert on register.version, register.flow, register.agreement to haven_gateway;
grant update (agreement_id) on register.flow to haven_gateway;
grant update (basis, form, retain_months, removed) on register.agreement to haven_gateway;
grant insert, delete on register.agreement_period, register.basis_step, register.flow_step to haven_gateway;
