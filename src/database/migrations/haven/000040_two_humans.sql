-- Two people decide, and somebody with an id in two places is one of them: whoever signs in as the same subject is the same
-- human, whatever the places call them. Held here and not only in the program, as the rest of the rule (000011).
create function register.same_human(one text, other text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select lower(trim(same_human.one)) = lower(trim(same_human.other)) or exists (
    with person as (
      select lower(trim(p ->> 'id')) as id, nullif(trim(p ->> 'subject'), '') as subject
      from (select distinct on (v.place_id) v.document from register.version v order by v.place_id, v.version desc) newest
      cross join lateral jsonb_array_elements(newest.document -> 'people') p
    )
    select from person a join person b using (subject)
    where a.id = lower(trim(same_human.one)) and b.id = lower(trim(same_human.other))
  )
$$;

-- Asked when somebody decides and never again: what the register says later does not undo what two people did.
create function register.refuse_same_human() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  said jsonb := to_jsonb(new);
begin
  if register.same_human(said ->> tg_argv[0], said ->> tg_argv[1]) then
    raise exception 'Two people decide, and these are one.' using errcode = 'check_violation', constraint = tg_argv[2];
  end if;
  return new;
end $$;

create trigger two_humans_decide before update on register.change
  for each row when (new.approved_by is distinct from old.approved_by)
  execute function register.refuse_same_human('proposed_by', 'approved_by', 'two_people_decide');
create trigger two_humans_decide before update on destruction.destruction
  for each row when (new.approved_by is distinct from old.approved_by)
  execute function register.refuse_same_human('requested_by', 'approved_by', 'two_people_decide');
create trigger two_humans_decide before update on obligations.task
  for each row when (new.accepted_by is distinct from old.accepted_by)
  execute function register.refuse_same_human('evidence_by', 'accepted_by', 'another_person_accepts');
create trigger two_humans_decide before update on obligations.breach
  for each row when (new.closed_by is distinct from old.closed_by)
  execute function register.refuse_same_human('reported_by', 'closed_by', 'another_person_closes');
-- None of them begins decided.
create trigger two_humans_begin before insert on register.change
  for each row when (new.approved_by is not null)
  execute function register.refuse_same_human('proposed_by', 'approved_by', 'two_people_decide');
create trigger two_humans_begin before insert on destruction.destruction
  for each row when (new.approved_by is not null)
  execute function register.refuse_same_human('requested_by', 'approved_by', 'two_people_decide');

grant execute on function register.same_human(text, text) to haven_gateway, haven_destroyer;
