-- One row per person, derived from events, so that a cohort is counted without reading five million of them.
-- Derived data only: it may be deleted at any time and is made again by environment/summary.ts. No foreign key to
-- environment.person, because that table is derived too and its rows may be replaced within a delivery.
create table environment.person_summary (
  person_id bigint primary key,
  as_of date not null,
  -- Completed years on as_of, counted from the first of the birth month (the day is never kept).
  age smallint,
  age_band text,
  sex text,
  admissions_6m integer not null,
  admissions_12m integer not null,
  emergency_admissions_6m integer not null,
  emergency_admissions_12m integer not null,
  attendances_6m integer not null,
  attendances_12m integer not null,
  outpatients_6m integer not null,
  outpatients_12m integer not null,
  contacts_6m integer not null,
  contacts_12m integer not null,
  gp_encounters_6m integer not null,
  gp_encounters_12m integer not null,
  urgent_calls_6m integer not null,
  urgent_calls_12m integer not null,
  social_care_events_6m integer not null,
  social_care_events_12m integer not null,
  medicines_12m integer not null,
  -- Conditions ever recorded up to as_of, by config/risk/conditions.json; long_term_conditions counts the long-term ones.
  conditions text[] not null,
  long_term_conditions smallint not null,
  cost_12m_pence bigint not null,
  last_event_on date,
  settings_seen environment.setting[] not null,
  -- Delivery whose effect the row shows, 0 when a clock and not a delivery asked for it.
  refreshed_by bigint not null
);
comment on table environment.person_summary is 'Derived per-person counts on one date; never released row by row';
create index person_summary_by_conditions on environment.person_summary using gin (conditions);

-- Recipient pseudonyms of a licensed project (the register says who, for what, until when). Filled by the black box, which
-- alone holds the recipient keys. Two projects never share a pseudonym, so their outputs
-- cannot be joined; the table is the only way back from a pseudonym to rows, and never to an identity.
create table environment.recipient_pseudonym (
  project_id text collate "C" not null,
  epoch integer not null check (epoch > 0),
  recipient_pseudonym text collate "C" not null check (recipient_pseudonym ~ '^[0-9A-HJKMNP-TV-Z]{32}$'),
  person_id bigint not null,
  primary key (project_id, recipient_pseudonym),
  unique (project_id, epoch, person_id)
);
create index recipient_pseudonym_of_person on environment.recipient_pseudonym (person_id);

-- A run is written once, with everything needed to repeat it: same events, same parameters, same digest.
create table risk.run (
  run_id uuid primary key,
  model text not null,
  version text not null,
  purpose text not null check (purpose in ('risk-stratification-commissioning', 'risk-stratification-case-finding')),
  index_date date not null,
  place text,
  time_window text not null,
  -- In words, because a score means nothing without the people it was made for.
  population text not null,
  parameters jsonb not null,
  flows integer[] not null,
  started timestamptz not null,
  finished timestamptz not null,
  people bigint not null check (people >= 0),
  -- People who were not scored because an objection withholds them: a count, never a list.
  excluded bigint not null check (excluded >= 0),
  result_sha256 bytea not null check (length(result_sha256) = 32),
  check (finished >= started)
);
create index run_by_model on risk.run (model, index_date, finished);

-- Rows may be deleted when an objection reaches back (the digest of the run then says that it was once longer).
create table risk.score (
  run_id uuid not null references risk.run (run_id) deferrable initially deferred,
  person_id bigint not null,
  score_tenths integer not null check (score_tenths >= 0),
  band text not null,
  tier text not null,
  rank bigint not null check (rank > 0),
  -- Why: ICD-10 groups that counted, or criteria met.
  reasons text[] not null,
  primary key (run_id, person_id)
);
create index score_of_person on risk.score (person_id);
create index score_by_rank on risk.score (run_id, rank);

-- The one thing analysts get in SQL so far: how many people are in a tier, by the HES rule (1 to 7 hidden, else nearest 5).
create view environment.analyst_tier_counts with (security_barrier = true) as
select r.run_id, r.model, r.version, r.index_date, r.place, s.tier,
  case when count(*) between 1 and 7 then '*' else (5 * floor((count(*) + 2.5) / 5))::bigint::text end as people
from risk.run r join risk.score s using (run_id)
group by r.run_id, s.tier;

grant usage on schema environment to haven_analyst;
grant select on environment.analyst_tier_counts to haven_analyst;

grant select, insert, update, delete on environment.person_summary to haven_blackbox, haven_gateway;
grant select, insert, delete on environment.recipient_pseudonym to haven_blackbox;
grant select on environment.recipient_pseudonym to haven_gateway;

grant usage on schema risk to haven_gateway, haven_blackbox;
grant select, insert on risk.run to haven_gateway;
grant select, insert, delete on risk.score to haven_gateway;
-- The black box takes back the scores of a person whose objection it lands; it never reads one.
grant select (person_id), delete on risk.score to haven_blackbox;
