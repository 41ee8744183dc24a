-- The national check on the paths that release: it is asked for per purpose AND approval, because a check serves the
-- disclosures of the approval it was made under (RULE-OPT-6); and what it said about people goes when no release may use it.

drop function ndop.status(text, timestamptz);
-- Per exchange, the youngest answer that is whole: every file of it applied. Its age counts from the moment the request was
-- written, the earliest moment the nation can have looked. Without an approval: the youngest of the purpose.
create function ndop.status(purpose text, at timestamptz, approved text default null)
returns table (exchange_id uuid, approval text, checked_at timestamptz, people bigint, opted_out bigint, requests text[], responses text[])
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.exchange_id, e.approval, min(r.prepared_at), sum(r.asked), sum(r.opted_out),
    array_agg(r.local_id order by r.part), array_agg(coalesce(r.response_id, r.response_sha256) order by r.part)
  from ndop.exchange e join ndop.request r on r.exchange_id = e.exchange_id
  where e.purpose = status.purpose and (status.approved is null or e.approval = status.approved)
  group by e.exchange_id, e.approval
  having bool_and(r.state = 'applied' and r.applied_at <= status.at and r.prepared_at <= status.at)
  order by min(r.prepared_at) desc
  limit 1
$$;
grant execute on function ndop.status(text, timestamptz, text) to haven_gateway, haven_ndop, haven_auditor, haven_blackbox;

-- The black box issues a recipient's pseudonyms, which is a release: it asks about those it would give out, keeps the
-- evidence, and reads neither answers nor evidence.
grant usage on schema ndop to haven_blackbox;
grant execute on function ndop.judge(uuid, bigint[]) to haven_blackbox;
grant insert on ndop.disclosure to haven_blackbox;

-- When the people of a request were forgotten; its counts, ids and digests stay as evidence.
alter table ndop.request add column pruned_at timestamptz;
