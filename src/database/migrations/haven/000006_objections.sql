-- Objections and opt-outs: docs/adr/0007. Keyed by landing pseudonym, not by person, so that an objection of somebody
-- not yet known waits for their data. A schema of its own, read by no analyst's view (RULE-NDOP-5).
create table objections.objection (
  objection_no bigint generated always as identity primary key,
  landing_pseudonym text collate "C" not null check (landing_pseudonym ~ '^[0-9A-HJKMNP-TV-Z]{32}$'),
  -- Type 2 is not among them and never will be: it ended on 11 October 2018 (RULE-OPT-1).
  kind text not null check (kind in (
    'type-1', 'ndop', 'programme', 'social-care-consent-withheld', 'social-care-consent-withdrawn',
    'local-sharing', 'right-to-object', 'risk-stratification', 'lack-of-capacity'
  )),
  set_on date not null,
  -- From this day on it is no longer in force. Withdrawn on the day it was set, it never was.
  withdrawn_on date check (withdrawn_on >= set_on),
  -- Which register said so: `spine`, `gp-record`, `social-care-letter` … A word, not a sentence.
  source text not null check (source ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  -- For local-sharing: the one source of records it is about; null means every source.
  about environment.setting,
  -- What it rests on: a letter's reference, a code. Ten digits in a row could be an NHS number and are refused.
  evidence text check (length(evidence) <= 200 and regexp_replace(evidence, '[ -]', '', 'g') !~ '[0-9]{10}'),
  -- Who decided for a person who lacks capacity: a role, never a name.
  decided_by text check (decided_by in (
    'family', 'care-home-manager', 'attorney', 'deputy', 'court-of-protection', 'best-interests-meeting', 'clinician', 'social-worker'
  )),
  place text,
  recorded_at timestamptz not null default now(),
  -- Null until the data it covers were removed, so that a removal that was interrupted is taken up again.
  applied_at timestamptz,
  constraint objection_said_once unique (landing_pseudonym, kind, set_on, source),
  constraint capacity_says_who_decided check (kind <> 'lack-of-capacity' or decided_by is not null)
);
create index objection_not_applied on objections.objection (objection_no) where applied_at is null;

-- What one import did. Everything received is recorded, unchanged or quarantined, to the row.
create table objections.import (
  import_id uuid primary key,
  kind text,
  place text,
  actor text not null,
  state text not null default 'recorded' check (state in ('recorded', 'applied')),
  received bigint not null,
  recorded bigint not null,
  unchanged bigint not null,
  quarantined_total bigint not null,
  quarantined jsonb not null default '{}',
  removed_events bigint not null default 0 check (removed_events >= 0),
  removed_sightings bigint not null default 0 check (removed_sightings >= 0),
  removed_derived bigint not null default 0 check (removed_derived >= 0),
  persons bigint not null default 0 check (persons >= 0),
  started timestamptz not null,
  finished timestamptz,
  constraint nothing_is_lost check (received = recorded + unchanged + quarantined_total),
  constraint counts_are_not_negative check (least(recorded, unchanged, quarantined_total) >= 0),
  constraint applied_is_finished check ((state = 'applied') = (finished is not null))
);

-- Objections in force on a date, for these people, one row for each person who has any.
-- For the two objections the nation keeps one answer to (type 1, NDOP) the LATER of set and withdrawn wins, whoever said
-- it; every other objection stands until its own source withdraws it. `origin` leaves out local-sharing about others.
create function objections.in_force(pseudonyms text[], at date, origin environment.setting default null)
returns table (landing_pseudonym text, kinds text[])
language sql stable security invoker set search_path = pg_catalog, pg_temp as $$
  -- Lateral with `offset 0`: a probe of an index for each pseudonym asked, never a scan of the whole register per batch.
  with asked as (
    select a.pseudonym as asked, a.pseudonym as said_by from unnest(in_force.pseudonyms) as a (pseudonym)
    union all
    -- A person whose number was superseded has several pseudonyms, and objects under any of them.
    select l.landing_pseudonym, other.landing_pseudonym
    from linkage.pseudonym l
    cross join lateral (
      select same.landing_pseudonym from linkage.pseudonym same where same.person_id = l.person_id offset 0
    ) other
    where l.landing_pseudonym = any (in_force.pseudonyms) and other.landing_pseudonym <> l.landing_pseudonym
  )
  select asked.asked, array_agg(distinct o.kind order by o.kind)
  from asked
  cross join lateral (
    select said.kind, said.set_on from objections.objection said
    where said.landing_pseudonym = asked.said_by
      and said.set_on <= in_force.at
      and (said.withdrawn_on is null or said.withdrawn_on > in_force.at)
      and (said.about is null or in_force.origin is null or said.about = in_force.origin)
    offset 0
  ) o
  where not (o.kind in ('type-1', 'ndop') and exists (
    select 1 from objections.objection later
    where later.landing_pseudonym = asked.said_by and later.kind = o.kind
      and later.withdrawn_on > o.set_on and later.withdrawn_on <= in_force.at
  ))
  group by asked.asked
$$;

-- Persons of the environment with one of these objections in force: what a risk run or a read for a purpose leaves out.
create function objections.persons_objecting(kinds text[], at date) returns table (person_id bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct coalesce(p.merged_into, p.person_id)
  from objections.objection o
  join linkage.pseudonym l on l.landing_pseudonym = o.landing_pseudonym
  join linkage.person p on p.person_id = l.person_id
  where o.kind = any (persons_objecting.kinds)
    and o.set_on <= persons_objecting.at
    and (o.withdrawn_on is null or o.withdrawn_on > persons_objecting.at)
    and not (o.kind in ('type-1', 'ndop') and exists (
      select 1 from objections.objection later
      where later.landing_pseudonym = o.landing_pseudonym and later.kind = o.kind
        and later.withdrawn_on > o.set_on and later.withdrawn_on <= persons_objecting.at
    ))
$$;

-- NHS England's rule for published counts: 1 to 7 is not shown, anything above is rounded to the nearest 5.
create function objections.protect(n bigint) returns bigint
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case when n = 0 then 0 when n between 1 and 7 then null else (round(n / 5.0) * 5)::bigint end
$$;

-- How many people have each objection in force, and how many were set or withdrawn in a period; small numbers protected.
create function objections.counts(period_start date, period_end date)
returns table (kind text, in_force bigint, set_in_period bigint, withdrawn_in_period bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select
    o.kind,
    objections.protect(count(distinct o.landing_pseudonym) filter (
      where o.set_on <= counts.period_end and (o.withdrawn_on is null or o.withdrawn_on > counts.period_end)
        and not (o.kind in ('type-1', 'ndop') and exists (
          select 1 from objections.objection later
          where later.landing_pseudonym = o.landing_pseudonym and later.kind = o.kind
            and later.withdrawn_on > o.set_on and later.withdrawn_on <= counts.period_end
        ))
    )),
    objections.protect(count(distinct o.landing_pseudonym) filter (where o.set_on between counts.period_start and counts.period_end)),
    objections.protect(count(distinct o.landing_pseudonym) filter (where o.withdrawn_on between counts.period_start and counts.period_end))
  from objections.objection o
  group by o.kind
$$;

grant usage on schema objections to haven_blackbox, haven_gateway;
grant select, insert, update on objections.objection, objections.import to haven_blackbox;
grant execute on function objections.in_force(text[], date, environment.setting) to haven_blackbox;
grant execute on function objections.persons_objecting(text[], date) to haven_blackbox, haven_gateway;
grant execute on function objections.counts(date, date) to haven_blackbox, haven_gateway;
grant execute on function objections.protect(bigint) to haven_blackbox, haven_gateway;
-- Receipts hold counts only and are shown to those who imported.
grant select on objections.import to haven_gateway;
