-- The exchange with "Check for National Data Opt-outs" (DCB3058). Its answers may be used to apply opt-outs and for
-- nothing else (RULE-NDOP-5), so they have a schema and a login role of their own: no view of an analyst reads them, the
-- gateway reads the exchanges without the people, and only the questions of a release are answered, by functions.
create schema ndop;

-- One decision of an information governance lead to ask about everybody held, for one purpose and one approval.
create table ndop.exchange (
  exchange_id uuid primary key,
  exchange_no bigint generated always as identity unique,
  purpose text not null check (purpose ~ '^[a-z][a-z0-9-]{0,62}$'),
  -- Reference of the approval under section 251 whose disclosures this check serves (RULE-OPT-6).
  approval text not null check (approval ~ '^[A-Za-z0-9][A-Za-z0-9 ()/._-]{2,99}$' and regexp_replace(approval, '[ -]', '', 'g') !~ '[0-9]{10}'),
  decided_by text not null,
  decided_at timestamptz not null
);
create index exchange_by_purpose on ndop.exchange (purpose, decided_at);

-- Sequence of request files of a mailbox in a month: a name is never given twice, also when a file was never sent.
create table ndop.sequence (
  mailbox text not null check (mailbox ~ '^[A-Z0-9]{1,30}$'),
  month date not null check (extract(day from month) = 1),
  last integer not null check (last between 1 and 9999),
  primary key (mailbox, month)
);

-- One request file and what became of it. decided (recorded, not yet written) → prepared → sent → receipted → answered →
-- applied; held waits for a person, failed is over and asks for a new request.
create table ndop.request (
  request_no bigint generated always as identity primary key,
  exchange_id uuid not null references ndop.exchange (exchange_id),
  part integer not null check (part > 0),
  -- `<mailbox>-<DDMMYYYY>-<4-digit sequence in month>`: the file has `.dat` behind it, LocalId and Subject are this.
  local_id text not null unique check (local_id ~ '^[A-Z0-9]+-[0-9]{8}-[0-9]{4}$'),
  mailbox text not null,
  line_ending text not null check (line_ending in ('LF', 'CRLF')),
  path text not null,
  state text not null default 'decided'
    check (state in ('decided', 'prepared', 'sent', 'receipted', 'answered', 'applied', 'held', 'failed')),
  -- Why it is held or failed: a code, never a value.
  reason text check (reason ~ '^[A-Z0-9_]+$'),
  asked integer not null check (asked >= 0),
  -- Held without an NHS number that could be asked about: never releasable where an opt-out applies (RULE-OPT-4).
  not_askable integer not null default 0 check (not_askable >= 0),
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  prepared_at timestamptz,
  -- Set before the network is used, so that whoever resumes first asks whether it arrived.
  sending_at timestamptz,
  sent_at timestamptz,
  message_id text,
  receipted_at timestamptz,
  response_id text,
  response_sha256 text check (response_sha256 ~ '^[0-9a-f]{64}$'),
  answered_at timestamptz,
  returned integer check (returned >= 0),
  opted_out integer check (opted_out >= 0),
  accepted_by text,
  applied_at timestamptz,
  unique (exchange_id, part),
  constraint prepared_has_a_file check (state in ('decided', 'failed') or (sha256 is not null and prepared_at is not null)),
  constraint stopped_says_why check ((state in ('held', 'failed')) = (reason is not null)),
  constraint nobody_is_lost check (state not in ('answered', 'applied') or asked = returned + opted_out),
  constraint answered_is_evidenced check (state not in ('answered', 'applied') or (response_sha256 is not null and answered_at is not null)),
  constraint applied_has_a_time check ((state = 'applied') = (applied_at is not null))
);
create index request_open on ndop.request (mailbox) where state not in ('applied', 'failed');

-- The request is kept to be subtracted from: the reply lists those WITHOUT an opt-out and says nothing of the others.
create table ndop.asked (
  request_no bigint not null references ndop.request (request_no) on delete cascade,
  landing_pseudonym text collate "C" not null check (landing_pseudonym ~ '^[0-9A-HJKMNP-TV-Z]{32}$'),
  primary key (landing_pseudonym, request_no)
);
create index asked_by_request on ndop.asked (request_no);

create table ndop.opted_out (
  request_no bigint not null,
  landing_pseudonym text collate "C" not null,
  primary key (landing_pseudonym, request_no),
  foreign key (landing_pseudonym, request_no) references ndop.asked (landing_pseudonym, request_no) on delete cascade
);

-- A reply while it is compared; empty outside the transaction that reads one. Unlogged: nothing in it is ever kept.
create unlogged table ndop.returned (
  request_no bigint not null,
  landing_pseudonym text collate "C" not null
);

-- Messages taken from the mailbox. A message is acknowledged as soon as its bytes are safe, so they wait here till read.
create table ndop.message (
  -- Read in the order they were taken: a receipt before its answer.
  message_no bigint generated always as identity unique,
  message_id text primary key check (message_id ~ '^[A-Za-z0-9_-]{1,100}$'),
  mailbox text not null,
  workflow_id text,
  message_type text,
  local_id text,
  subject_success boolean not null default false,
  bytes bigint not null check (bytes >= 0),
  path text not null,
  downloaded_at timestamptz not null,
  acknowledged_at timestamptz,
  -- What it was found to be (RULE-NDOP-1); null until it was read.
  class text,
  read_at timestamptz
);
create index message_unread on ndop.message (local_id, message_no) where read_at is null;

-- A mailbox is greeted once in 24 hours (MESH assurance).
create table ndop.mailbox (mailbox text primary key, handshake_at timestamptz not null);

-- Evidence for each disclosure (RULE-OPT-6): which approval, which request, which reply, how many in and out, and when.
create table ndop.disclosure (
  disclosure_id uuid primary key,
  exchange_id uuid not null references ndop.exchange (exchange_id),
  purpose text not null,
  approval text not null,
  release_id text not null check (release_id ~ '^[A-Za-z0-9][A-Za-z0-9:._-]{0,199}$'),
  requests text[] not null,
  responses text[] not null,
  people_in integer not null check (people_in >= 0),
  people_out integer not null check (people_out >= 0),
  opted_out integer not null check (opted_out >= 0),
  not_covered integer not null check (not_covered >= 0),
  actor text not null,
  at timestamptz not null,
  constraint nobody_is_lost check (people_in = people_out + opted_out + not_covered)
);

-- Per exchange, the youngest answer that is whole: every file of it applied. Its age counts from the moment the request was
-- written, the earliest moment the nation can have looked, so a reply that lay about for days is as old as it is.
create function ndop.status(purpose text, at timestamptz)
returns table (exchange_id uuid, approval text, checked_at timestamptz, people bigint, opted_out bigint, requests text[], responses text[])
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.exchange_id, e.approval, min(r.prepared_at), sum(r.asked), sum(r.opted_out),
    array_agg(r.local_id order by r.part), array_agg(coalesce(r.response_id, r.response_sha256) order by r.part)
  from ndop.exchange e join ndop.request r on r.exchange_id = e.exchange_id
  where e.purpose = status.purpose
  group by e.exchange_id, e.approval
  having bool_and(r.state = 'applied' and r.applied_at <= status.at and r.prepared_at <= status.at)
  order by min(r.prepared_at) desc
  limit 1
$$;

-- What one exchange says about these people. All of a person's numbers must have been asked about and none may be opted
-- out; who has no number that was asked about is not covered, which is no permission (RULE-OPT-4).
create function ndop.judge(exchange uuid, persons bigint[])
returns table (person_id bigint, verdict text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with asked_for as (select distinct p as person_id from unnest(judge.persons) as p),
  numbers as (
    select f.person_id, l.landing_pseudonym
    from asked_for f
    join linkage.person p on p.person_id = f.person_id or p.merged_into = f.person_id
    join linkage.pseudonym l on l.person_id = p.person_id
  ),
  said as (
    select n.person_id,
      bool_and(a.landing_pseudonym is not null) as covered,
      bool_or(o.landing_pseudonym is not null) as opted_out
    from numbers n
    left join lateral (
      select x.landing_pseudonym, x.request_no from ndop.asked x
      join ndop.request r on r.request_no = x.request_no and r.exchange_id = judge.exchange
      where x.landing_pseudonym = n.landing_pseudonym
    ) a on true
    left join ndop.opted_out o on o.landing_pseudonym = a.landing_pseudonym and o.request_no = a.request_no
    group by n.person_id
  )
  select f.person_id,
    case when s.opted_out then 'opted-out' when s.covered then 'releasable' else 'not-covered' end
  from asked_for f left join said s on s.person_id = f.person_id
$$;

grant usage on schema ndop to haven_ndop, haven_gateway, haven_auditor;
grant select, insert on ndop.exchange to haven_ndop;
grant select, insert, update on ndop.sequence, ndop.request, ndop.message, ndop.mailbox to haven_ndop;
grant select, insert, delete on ndop.asked, ndop.opted_out, ndop.returned to haven_ndop;
-- It asks about everybody held, and turns an answer into the objections that landing and reads honour.
grant usage on schema linkage, objections, environment, audit to haven_ndop;
grant select on linkage.pseudonym to haven_ndop;
grant select, insert on objections.objection to haven_ndop;
grant execute on function objections.standing(date) to haven_ndop;
grant execute on function audit.append(bytea) to haven_ndop;
-- The gateway sees how the exchanges stand, keeps the evidence of its disclosures, and asks about those it would disclose.
grant select on ndop.exchange, ndop.request to haven_gateway, haven_auditor;
grant select, insert on ndop.disclosure to haven_gateway;
grant select on ndop.disclosure to haven_auditor;
grant execute on function ndop.status(text, timestamptz) to haven_gateway, haven_ndop, haven_auditor;
grant execute on function ndop.judge(uuid, bigint[]) to haven_gateway;
