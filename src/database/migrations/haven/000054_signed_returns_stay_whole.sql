-- A version that was signed keeps what was said of it, also while a later version is open: a review, an acknowledgement, a step
-- or a decision on a proposal is of the newest version alone. Before this, any of them could join an older one.

create function returns.refuse_older_version() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform returns.lock_return(new.place, new.template);
  if exists (
    select from returns.version v where v.place = new.place and v.template = new.template and v.version_no > new.version_no
  ) then
    raise exception 'This version of the return was replaced; it stays as it was signed.' using errcode = 'check_violation', constraint = 'return_is_frozen';
  end if;
  return new;
end $$;
create trigger review_is_of_the_newest_version before insert on returns.review for each row execute function returns.refuse_older_version();
create trigger acknowledgement_is_of_the_newest_version before insert on returns.acknowledgement for each row execute function returns.refuse_older_version();
create trigger step_is_of_the_newest_version before insert on returns.step for each row execute function returns.refuse_older_version();

create function returns.refuse_frozen_decision() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (
    select from returns.proposal p
    cross join lateral (
      select v.state from returns.version v where v.place = p.place and v.template = p.template order by v.version_no desc limit 1
    ) newest
    where p.proposal_no = new.proposal_no and newest.state in ('signed-off', 'submitted')
  ) then
    raise exception 'A return that was signed is frozen; amend it.' using errcode = 'check_violation', constraint = 'return_is_frozen';
  end if;
  return new;
end $$;
create trigger decision_needs_an_open_return before insert on returns.proposal_decision for each row execute function returns.refuse_frozen_decision();

-- Sent on the day of its signature or later, as the program says, too.
alter table returns.version add constraint sent_after_sign_off
  check ((submitted_at at time zone 'Europe/London')::date >= (signed_at at time zone 'Europe/London')::date);

revoke all on function returns.refuse_older_version(), returns.refuse_frozen_decision() from public;
