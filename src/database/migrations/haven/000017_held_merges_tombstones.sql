-- Merges a sender asked for and a person must decide: RULE-MERGE-1 (src/linkage/hold-merges.ts). Pseudonyms and not persons,
-- because a person may become another before anybody has decided.
create table linkage.held_merge (
  held_no bigint generated always as identity primary key,
  old_pseudonym text collate "C" not null,
  new_pseudonym text collate "C" not null,
  flow_no integer not null,
  delivery_no bigint not null,
  row_no bigint not null,
  reasons text[] not null check (cardinality(reasons) > 0),
  state text not null default 'held' check (state in ('held', 'approved', 'refused')),
  held_at timestamptz not null default now(),
  decided_by text,
  decided_at timestamptz,
  check ((state = 'held') = (decided_by is null)),
  check ((decided_by is null) = (decided_at is null))
);
-- One question about two numbers, whichever is said to be the new one; what a person refused is not asked again.
create unique index held_merge_of_numbers on linkage.held_merge (least(old_pseudonym, new_pseudonym), greatest(old_pseudonym, new_pseudonym));

grant select, insert, update, delete on linkage.held_merge to haven_blackbox;
-- Whoever decides sees why, and which row of which delivery to ask the sender about; never whose numbers they are.
grant select (held_no, flow_no, delivery_no, row_no, reasons, state, held_at, decided_by, decided_at) on linkage.held_merge to haven_gateway;

-- Records their source took away, by keyed hash: an older row of one must not bring it back. Only where the tombstone says
-- when it was written; without a time the later delivery counts. A record that is written anew takes its tombstone away.
create table landing.tombstone (
  source_key uuid not null,
  setting environment.setting not null,
  flow_no integer not null,
  source_at timestamp not null,
  primary key (flow_no, source_key)
);
grant select, insert, update, delete on landing.tombstone to haven_blackbox;
