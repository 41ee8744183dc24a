-- Linkage: the landing pseudonym is only the unique key of a person; everything else uses the bigint.
create table linkage.person (
  person_id bigint generated always as identity primary key,
  merged_into bigint references linkage.person (person_id),
  registered_at timestamptz not null default now(),
  check (merged_into is distinct from person_id)
);
create table linkage.pseudonym (
  landing_pseudonym text collate "C" primary key check (landing_pseudonym ~ '^[0-9A-HJKMNP-TV-Z]{32}$'),
  epoch integer not null check (epoch > 0),
  person_id bigint not null references linkage.person (person_id)
);
create index pseudonym_of_person on linkage.pseudonym (person_id);

-- A number that was superseded or merged: who became whom, when, and on whose word.
create table linkage.merge (
  merge_no bigint generated always as identity primary key,
  from_person bigint not null references linkage.person (person_id),
  into_person bigint not null references linkage.person (person_id),
  flow_no integer not null,
  delivery_no bigint not null,
  reason text not null check (reason in ('superseded-number', 'merged-record')),
  at timestamptz not null default now(),
  events_moved bigint not null default 0
);

-- A sender's own patient id, as a keyed hash, where an agreement allows linking by it.
create table linkage.local_identifier (
  local_key uuid primary key,
  person_id bigint not null references linkage.person (person_id),
  flow_no integer not null,
  delivery_no bigint not null
);
create index local_identifier_of_person on linkage.local_identifier (person_id);

-- What each flow last said about a person. environment.person is derived from these, so that destroying a flow's data,
-- or withholding it, also takes back what it contributed.
create table linkage.sighting (
  person_id bigint not null,
  flow_no integer not null,
  setting environment.setting not null,
  number_status text not null,
  sex text,
  birth_month date,
  ethnic_category text,
  lsoa text,
  ward text,
  postcode_sector text,
  practice text,
  registered_from date,
  death_month date,
  source_at timestamp,
  -- What this one flow said in two ways about the same number: evidence that two people share it.
  conflicts text[] not null default '{}',
  delivery_no bigint not null,
  primary key (person_id, flow_no)
);

-- The controlled environment.
create table environment.person (
  person_id bigint primary key,
  sex text check (sex in ('1', '2', '9', 'X')),
  birth_month date check (extract(day from birth_month) = 1),
  ethnic_category text,
  lsoa text,
  ward text,
  postcode_sector text,
  practice text,
  registered_from date,
  death_month date check (extract(day from death_month) = 1),
  -- verified: some sender verified the number (status 01); unverified: no sender says; doubtful: senders disagree about who this is.
  linkage_grade text not null check (linkage_grade in ('verified', 'unverified', 'doubtful')),
  doubts text[] not null default '{}',
  updated_by bigint not null
);

-- Partitioned by setting, not by time: docs/adr/0006. A source record belongs to one setting for ever, so
-- (setting, source_key) is exact, a record whose date or person changes is still found in one probe, and the
-- asymmetry (social care never sees GP rows) and destruction both fall along partitions.
create table environment.event (
  person_id bigint not null,
  started_at timestamp,
  source_key uuid not null,
  ended_at timestamp,
  source_at timestamp,
  flow_no integer not null,
  delivery_no bigint not null,
  cost_pence bigint,
  ready_on date,
  setting environment.setting not null,
  kind text not null,
  provider text,
  -- Value of the period column where a data set replaces whole periods.
  period text,
  codes text[],
  attributes jsonb,
  check (kind = 'demographics' or started_at is not null)
) partition by list (setting);

create table environment.event_gp partition of environment.event for values in ('gp');
create table environment.event_hospital partition of environment.event for values in ('hospital');
create table environment.event_social_care partition of environment.event for values in ('social-care');
create table environment.event_community partition of environment.event for values in ('community');
create table environment.event_mental_health partition of environment.event for values in ('mental-health');
create table environment.event_specialised_palliative partition of environment.event for values in ('specialised-palliative');
create table environment.event_nhs_111 partition of environment.event for values in ('nhs-111');
create table environment.event_out_of_hours partition of environment.event for values in ('out-of-hours');
create table environment.event_ambulance partition of environment.event for values in ('ambulance');
create table environment.event_continuing_healthcare partition of environment.event for values in ('continuing-healthcare');
create table environment.event_drug_and_alcohol partition of environment.event for values in ('drug-and-alcohol');
create table environment.event_other_provider partition of environment.event for values in ('other-provider');

create unique index event_source_record on environment.event (source_key, setting);
create index event_of_person on environment.event (person_id, started_at);

grant usage on schema linkage, environment to haven_blackbox, haven_gateway;
grant select, insert, update, delete on all tables in schema linkage to haven_blackbox;
grant select, insert, update, delete on environment.person, environment.event to haven_blackbox;
grant usage on sequence linkage.person_person_id_seq to haven_blackbox;
grant select on environment.person, environment.event to haven_gateway;
grant select on linkage.person, linkage.pseudonym, linkage.sighting, linkage.merge to haven_gateway;
