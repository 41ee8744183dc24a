-- Client assertions already used (SMART Backend Services: a `jti` is accepted once per issuer while it could still be
-- valid). In the database and not in memory, so that a restart or a second gateway does not make a replay good again.
create table http.assertion_used (
  client_id text not null,
  -- SHA-256 of the jti: the sender chooses its text, and nothing a sender chooses needs to rest here.
  jti_hash bytea not null check (length(jti_hash) = 32),
  expires_at timestamptz not null,
  primary key (client_id, jti_hash)
);
comment on table http.assertion_used is 'One row per used client assertion; the primary key decides which of many concurrent replays succeeds.';
create index assertion_used_by_expiry on http.assertion_used (expires_at);

grant usage on schema http to haven_gateway;
-- No update: an assertion once used cannot be made unused or live longer. Delete only sweeps what has run out.
grant select (client_id, jti_hash, expires_at), insert, delete on http.assertion_used to haven_gateway;

-- Readiness asks whether the audit log keeps up: which entries wait and since when, and nothing of what they say.
grant select on audit.pending to haven_gateway;
grant select (entry_id, recorded_at) on audit.entry to haven_gateway;
