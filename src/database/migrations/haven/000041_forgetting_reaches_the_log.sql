-- A destruction reaches what was logged about the people it forgets (docs/adr/0010, 0011), and the lists of national checks.

-- Taken before the keys are read: whoever seals meanwhile waits, and then reads the new outer key.
create or replace function audit.wrapped_keys() returns table (key_id uuid, wrapping smallint, wrapped bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from audit.payload_wrapping for update;
  return query select k.key_id, k.wrapping, k.wrapped from audit.payload_key k order by k.key_id;
end
$$;

-- A database restored from before the outer key was replaced holds keys that nobody opens any more, on purpose. They go, and
-- sealing goes on under the outer key there is. Gives how many went.
create function audit.forget_lost_keys(number smallint) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  forgotten bigint;
begin
  update audit.payload_wrapping w set number = forget_lost_keys.number where w.number < forget_lost_keys.number;
  delete from audit.payload_key k where k.wrapping < forget_lost_keys.number;
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;
grant execute on function audit.forget_lost_keys(smallint) to haven_gateway;

grant execute on function audit.erase_keys(text[]), audit.wrapped_keys(), audit.rewrap(smallint, uuid[], bytea[]) to haven_destroyer;
grant select on audit.payload_wrapping to haven_destroyer;
-- Whom a leaf can be about: the pseudonyms of the person, here and in projects.
grant select (recipient_pseudonym) on environment.recipient_pseudonym to haven_destroyer;
grant usage on schema ndop to haven_destroyer;
grant select (request_no, landing_pseudonym), delete on ndop.asked, ndop.opted_out to haven_destroyer;
