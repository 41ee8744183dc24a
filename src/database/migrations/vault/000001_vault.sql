-- The vault: sealed identities and nothing else. The black box can add, the re-identifier can read one, nobody can do both.
create schema vault;
revoke all on schema public from public;
alter default privileges revoke execute on functions from public;

-- One data key per batch of identities, wrapped to the re-identifier's public key; the black box forgets it after the batch.
create table vault.data_key (
  data_key_id uuid primary key,
  -- Ephemeral X25519 public key (32 bytes) | AES-256-GCM nonce (12) | wrapped key (32) | tag (16)
  wrapped bytea not null check (length(wrapped) = 92),
  recipient text not null,
  created_at timestamptz not null default now()
);

create table vault.identity (
  landing_pseudonym text collate "C" primary key check (landing_pseudonym ~ '^[0-9A-HJKMNP-TV-Z]{32}$'),
  epoch integer not null check (epoch > 0),
  data_key_id uuid not null references vault.data_key (data_key_id),
  -- AES-256-GCM nonce (12) | sealed identity | tag (16); additional data = landing pseudonym and epoch.
  sealed bytea not null check (length(sealed) > 28),
  first_delivery uuid not null,
  created_at timestamptz not null default now()
);
create index identity_by_first_delivery on vault.identity (first_delivery);

grant usage on schema vault to haven_sealer, haven_reidentifier;
grant insert on vault.data_key, vault.identity to haven_sealer;
-- Column rights let the sealer say `on conflict do nothing` and take back a failed delivery, and read nothing sealed.
grant select (landing_pseudonym, first_delivery, data_key_id), delete on vault.identity to haven_sealer;
grant select (data_key_id) on vault.data_key to haven_sealer;
grant select on vault.data_key, vault.identity to haven_reidentifier;
