-- Whether an endpoint of the register answered its capability statement, and when: "Live" in a return is then a fact with
-- a date. Of the answer only the facts below are kept, nothing of its text.
create table returns.endpoint_probe (
  probe_no bigint generated always as identity primary key,
  place_id text not null,
  endpoint_id text not null,
  probed_at timestamptz not null,
  -- Where the register said it would be found, at the time.
  address text not null,
  outcome text not null check (outcome in ('answered', 'refused', 'unreachable', 'not-a-capability-statement', 'not-allowed')),
  -- Stable word for what went wrong (PROBE_…); absent where it answered.
  reason text,
  http_status smallint check (http_status between 100 and 599),
  fhir_version text check (fhir_version ~ '^[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,3})?(-[a-z0-9.]{1,20})?$'),
  statement_status text check (statement_status in ('draft', 'active', 'retired', 'unknown')),
  milliseconds integer not null check (milliseconds >= 0),
  constraint says_why_not check ((outcome = 'answered') = (reason is null))
);
comment on table returns.endpoint_probe is 'Answers of endpoints to a question for their capability statement; facts only';
create index endpoint_probe_latest on returns.endpoint_probe (place_id, endpoint_id, probed_at desc);

grant select, insert on returns.endpoint_probe to haven_gateway;
grant select on returns.endpoint_probe to haven_auditor;
