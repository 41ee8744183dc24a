-- The same rule as before, in a form PostgreSQL checks in 0.5 instead of 4.5 microseconds: a counted repetition is slow.
alter table vault.identity drop constraint identity_landing_pseudonym_check,
  add check (length(landing_pseudonym) = 32 and landing_pseudonym !~ '[^0-9A-HJKMNP-TV-Z]');
