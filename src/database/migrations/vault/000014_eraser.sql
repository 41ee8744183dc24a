-- The eraser lets go of identities nobody has a record of any more. It sees pseudonyms, reads nothing sealed, adds nothing.
grant usage on schema vault to haven_eraser;
grant select (landing_pseudonym, data_key_id), delete on vault.identity to haven_eraser;
grant select (data_key_id), delete on vault.data_key to haven_eraser;
create index identity_of_data_key on vault.identity (data_key_id);
