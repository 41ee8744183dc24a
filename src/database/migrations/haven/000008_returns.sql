-- Returns as they were built. Append-only: every build is a row of its own, so that what a board signed, and every draft
-- before it, can be shown again. Sign-off, which freezes one, comes with the complete return.
create table returns.return (
  return_id uuid primary key,
  template text not null,
  place text not null,
  period_from date not null,
  period_to date not null,
  -- The period is not the template's own: practice, never to be submitted.
  rehearsal boolean not null,
  state text not null check (state in ('draft', 'reviewed', 'signed-off')),
  document jsonb not null,
  -- Of the canonical JSON (RFC 8785) of the document, so that the file and this row prove each other.
  sha256 bytea not null check (length(sha256) = 32),
  built_at timestamptz not null,
  -- A user or client id; never a person the data are about.
  built_by text not null,
  constraint period_is_in_order check (period_to >= period_from),
  constraint rehearsal_stays_a_draft check (not rehearsal or state = 'draft')
);
create index return_latest on returns.return (place, template, built_at desc);

grant usage on schema returns to haven_gateway, haven_auditor;
grant select, insert on returns.return to haven_gateway;
grant select on returns.return to haven_auditor;
