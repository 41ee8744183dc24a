-- Deliveries and their receipts. A delivery is written once, in the transaction of its effect.
create table landing.delivery (
  delivery_no bigint generated always as identity primary key,
  delivery_id uuid not null unique,
  flow_id text not null,
  setting environment.setting,
  batch_id text,
  -- Absent only where the gate refused the flow and the bytes were never read.
  sha256 bytea check (length(sha256) = 32),
  bytes bigint not null check (bytes >= 0),
  state text not null check (state in ('landed', 'refused', 'duplicate')),
  duplicate_of uuid,
  register_version bigint not null,
  -- Who sent it: a client id or a command-line user; never a person the data are about.
  actor text not null,
  -- Last day any record of the delivery speaks of; the period of a return is decided by `finished`.
  received bigint not null,
  landed bigint not null,
  updated bigint not null,
  unchanged bigint not null,
  withheld_total bigint not null,
  quarantined_total bigint not null,
  removed bigint not null default 0,
  withheld jsonb not null,
  quarantined jsonb not null,
  out_of_scope jsonb not null default '{}',
  dropped jsonb not null default '{}',
  warnings jsonb not null default '{}',
  refusals jsonb not null default '[]',
  persons_existing bigint not null default 0,
  persons_new bigint not null default 0,
  -- Completeness of the NHS number as the returns need it: records with a person, with a usable number, verified (status 01).
  number_expected bigint not null default 0,
  number_usable bigint not null default 0,
  number_verified bigint not null default 0,
  problem_rows bigint not null default 0,
  started timestamptz not null,
  finished timestamptz not null,
  constraint nothing_is_lost check (received = landed + updated + unchanged + withheld_total + quarantined_total),
  constraint counts_are_not_negative check (least(received, landed, updated, unchanged, withheld_total, quarantined_total, removed) >= 0),
  constraint only_landed_changes_anything check (state = 'landed' or (landed = 0 and updated = 0 and removed = 0)),
  constraint read_is_hashed check (state = 'refused' or sha256 is not null),
  constraint duplicate_names_its_first check ((state = 'duplicate') = (duplicate_of is not null)),
  constraint refused_says_why check (state <> 'refused' or jsonb_array_length(refusals) > 0)
);
-- The same bytes for the same flow land once, whatever the file is called and however many arrive together.
create unique index delivery_bytes_land_once on landing.delivery (flow_id, sha256) where state = 'landed';
-- The same batch id with other bytes is a mistake of the sender, not a new batch.
create unique index delivery_batch_lands_once on landing.delivery (flow_id, batch_id) where state = 'landed' and batch_id is not null;
create index delivery_by_time on landing.delivery (finished);

create table landing.problem (
  delivery_no bigint not null references landing.delivery (delivery_no) deferrable initially deferred,
  row_no bigint not null,
  field text not null,
  rule text not null,
  severity text not null check (severity in ('error', 'warning')),
  guidance text not null
);
create index problem_by_delivery on landing.problem (delivery_no, row_no);

grant usage on schema landing to haven_blackbox, haven_gateway;
grant select, insert on landing.delivery, landing.problem to haven_blackbox, haven_gateway;
grant usage on sequence landing.delivery_delivery_no_seq to haven_blackbox, haven_gateway;
