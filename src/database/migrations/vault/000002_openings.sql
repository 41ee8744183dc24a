-- Every opening of identities, on the vault's own record: a gateway that lies to its own log cannot unwrite these rows.
create table vault.opening (
  -- One decision opens one person, once.
  decision_id uuid primary key,
  purpose text not null check (purpose in ('subject-access')),
  -- Staff id of the person who decided.
  decided_by text not null check (decided_by <> ''),
  -- All of one person: several only where numbers of the same person were merged.
  landing_pseudonyms text[] not null check (cardinality(landing_pseudonyms) between 1 and 10),
  opened_at timestamptz not null default now()
);
create index opening_by_time on vault.opening (opened_at);

create function vault.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'vault.% only grows', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger opening_only_grows before update or delete or truncate on vault.opening
  for each statement execute function vault.refuse_change();

grant select, insert on vault.opening to haven_reidentifier;
