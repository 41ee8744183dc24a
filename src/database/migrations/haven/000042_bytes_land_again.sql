-- The same bytes change nothing, until what is said of the people in them or of their flow has changed: an objection was
-- withdrawn, a field is allowed. Then they are read again, and land again when there is something to land.
alter table landing.delivery add column times_landed integer not null default 1 check (times_landed > 0);
drop index landing.delivery_bytes_land_once;
create unique index delivery_bytes_land_once on landing.delivery (flow_id, sha256, times_landed)
  where state = 'landed' and destruction_id is null;
drop index landing.delivery_batch_lands_once;
create unique index delivery_batch_lands_once on landing.delivery (flow_id, batch_id, times_landed)
  where state = 'landed' and batch_id is not null and destruction_id is null;

-- Did anybody object, or withdraw an objection, since a moment? Days count whole, and so does an import that is under way:
-- one reading too many changes nothing. Says no more than yes or no.
create function objections.spoken_since(moment timestamptz, today date) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from objections.objection o
    where o.recorded_at >= moment
       or o.set_on between (moment at time zone 'Europe/London')::date and today
       or o.withdrawn_on between (moment at time zone 'Europe/London')::date and today
  ) or exists (select from objections.import i where i.recorded > 0 and coalesce(i.finished, 'infinity') >= moment)
$$;
revoke execute on function objections.spoken_since(timestamptz, date) from public;
grant execute on function objections.spoken_since(timestamptz, date) to haven_blackbox, haven_gateway;
