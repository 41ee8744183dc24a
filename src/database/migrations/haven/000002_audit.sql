-- One append-only Merkle log (RFC 6962 hashing; docs/adr/0008). Writers append entries in the transaction of their
-- effect; a sequencer integrates committed entries into the tree a moment later, so the log is never a queue for writers.

-- What happened, as the exact bytes that were hashed. entry_id is NOT the sequence: identities leave gaps when a
-- transaction rolls back. There are no foreign keys, in or out: nothing that happens to other data may touch the log.
create table audit.entry (
  entry_id bigint generated always as identity primary key,
  -- Top-level transaction: orders entries that wait together.
  xid xid8 not null default pg_current_xact_id(),
  recorded_at timestamptz not null default clock_timestamp(),
  -- RFC 8785 canonical JSON in UTF-8. Bounded, so that one entry cannot fill the log.
  leaf bytea not null check (length(leaf) between 2 and 262144)
);

-- Committed entries that have no place yet. A table of its own instead of a high-water mark over entry_id: an entry
-- whose id is low but whose transaction commits late simply appears here late, and is never skipped.
create table audit.pending (
  xid xid8 not null,
  entry_id bigint not null,
  primary key (xid, entry_id)
);

-- The sequence: index 0, 1, 2 … without gaps, because only audit.integrate() numbers it, one caller at a time.
create table audit.leaf (
  index bigint primary key check (index >= 0),
  entry_id bigint not null unique,
  leaf_hash bytea not null check (length(leaf_hash) = 32)
);

-- Roots of complete subtrees: node (level, index) covers leaves [index * 2^level, (index + 1) * 2^level). Level 0 is
-- audit.leaf. With these, a root, an inclusion proof or a consistency proof reads O(log n) rows.
create table audit.node (
  level smallint not null check (level between 1 and 62),
  index bigint not null check (index >= 0),
  hash bytea not null check (length(hash) = 32),
  primary key (level, index)
);

-- The head of the tree; its row lock makes the sequencer single. log_id names this log in its checkpoints, so that a
-- database made anew can never pass for an old one.
create table audit.tree (
  the_only boolean primary key default true check (the_only),
  log_id uuid not null default gen_random_uuid(),
  size bigint not null default 0 check (size >= 0),
  -- RFC 6962 §2.1: the root of the empty tree is the hash of the empty string.
  root bytea not null default sha256(''::bytea) check (length(root) = 32),
  integrated_at timestamptz
);
insert into audit.tree default values;

-- Refuses change even to the owner of the tables. Whoever drops this trigger can still change rows, and is found out by
-- any checkpoint that somebody else holds.
create function audit.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'The audit log only grows: % on audit.% is refused.', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end
$$;
create trigger entry_only_grows before update or delete or truncate on audit.entry
  for each statement execute function audit.refuse_change();
create trigger leaf_only_grows before update or delete or truncate on audit.leaf
  for each statement execute function audit.refuse_change();
create trigger node_only_grows before update or delete or truncate on audit.node
  for each statement execute function audit.refuse_change();
create trigger tree_stays before delete or truncate on audit.tree
  for each statement execute function audit.refuse_change();

create function audit.refuse_smaller_tree() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.size < old.size or new.log_id <> old.log_id or (new.size = old.size and new.root <> old.root) then
    raise exception 'The audit log only grows: a smaller or different tree is refused.' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
create trigger tree_only_grows before update on audit.tree
  for each row execute function audit.refuse_smaller_tree();

-- The only way in. It takes bytes, checks that they say what and who, and keeps them as given.
create function audit.append(leaf bytea) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  said json := convert_from(append.leaf, 'UTF8')::json;
  new_entry bigint;
begin
  if json_typeof(said) <> 'object' or coalesce(said ->> 'type', '') = '' or coalesce(said ->> 'actor', '') = ''
    or coalesce(said ->> 'at', '') = '' then
    raise exception 'An audit entry must say at, type and actor.' using errcode = 'check_violation';
  end if;
  insert into audit.entry (leaf) values (append.leaf) returning entry_id into new_entry;
  insert into audit.pending (entry_id, xid) values (new_entry, pg_current_xact_id());
end
$$;

-- Root of the tree of the first `size` leaves, from complete subtrees: the peaks are folded from the smallest
-- (rightmost) to the largest, as RFC 6962 §2.1 splits at the largest power of two.
create function audit.root_of(size bigint) returns bytea
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  folded bytea;
  peak bytea;
begin
  for k in 0 .. 62 loop
    continue when (root_of.size >> k) & 1 = 0;
    if k = 0 then
      select leaf_hash into strict peak from audit.leaf where index = root_of.size - 1;
    else
      select hash into strict peak from audit.node where level = k and index = (root_of.size >> k) - 1;
    end if;
    folded := case when folded is null then peak else sha256('\x01'::bytea || peak || folded) end;
  end loop;
  return coalesce(folded, sha256(''::bytea));
end
$$;

-- The sequencer. It runs as the owner so that no login role can write a leaf, a node or the head.
-- Order: it takes what is committed and waiting, by (xid, entry_id). If A was committed before B began, A has the lower
-- xid and is taken in the same batch before B, or in an earlier one. Waiting instead for every older transaction to end
-- (xid < pg_snapshot_xmin) would give the same promise, but one long delivery, even of another database of the cluster,
-- would hold back the whole log.
create function audit.integrate(maximum integer default 100000) returns table (size bigint, root bytea, added bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  before bigint;
  after bigint;
  k integer := 1;
begin
  select t.size into strict before from audit.tree t for update;
  -- A statement of its own, so that its snapshot is younger than the lock.
  with first as (
    select p.xid, p.entry_id from audit.pending p order by p.xid, p.entry_id limit maximum
  ), taken as (
    delete from audit.pending p using first where p.xid = first.xid and p.entry_id = first.entry_id returning p.entry_id, p.xid
  )
  insert into audit.leaf (index, entry_id, leaf_hash)
  -- A left join: an entry that somebody removed while it waited makes a null hash, and the log stops and says so.
  select before - 1 + row_number() over (order by taken.xid, taken.entry_id), taken.entry_id, sha256('\x00'::bytea || e.leaf)
  from taken left join audit.entry e on e.entry_id = taken.entry_id;
  get diagnostics added = row_count;
  after := before + added;
  if added > 0 then
    -- Nodes that became complete: at level k those from before >> k up to (after >> k) - 1. Their children are one range
    -- of the primary key, folded in pairs: without a join there is no plan that a wrong estimate could spoil.
    insert into audit.node (level, index, hash)
    select 1, c.index >> 1, sha256('\x01'::bytea || string_agg(c.leaf_hash, ''::bytea order by c.index))
    from audit.leaf c
    where c.index between 2 * (before >> 1) and 2 * (after >> 1) - 1
    group by c.index >> 1;
    while (before >> (k + 1)) < (after >> (k + 1)) loop
      k := k + 1;
      insert into audit.node (level, index, hash)
      select k, c.index >> 1, sha256('\x01'::bytea || string_agg(c.hash, ''::bytea order by c.index))
      from audit.node c
      where c.level = k - 1 and c.index between 2 * (before >> k) and 2 * (after >> k) - 1
      group by c.index >> 1;
    end loop;
    update audit.tree t set size = after, root = audit.root_of(after), integrated_at = clock_timestamp();
  end if;
  return query select t.size, t.root, integrate.added from audit.tree t;
end
$$;

-- For people who read the log: the leaf as columns.
create view audit.readable with (security_invoker = true) as
select
  l.index,
  (said.json ->> 'at')::timestamptz as at,
  said.json ->> 'type' as type,
  said.json ->> 'actor' as actor,
  said.json ->> 'subject' as subject,
  said.json -> 'detail' as detail
from audit.leaf l
join audit.entry e on e.entry_id = l.entry_id
cross join lateral (select convert_from(e.leaf, 'UTF8')::json as json) said;

-- Append is all that the working roles may do; the sequencer runs in the gateway through its function. Nobody has
-- update, delete or truncate. Reading is the auditor's.
grant usage on schema audit to haven_gateway, haven_blackbox, haven_auditor;
grant execute on function audit.append(bytea) to haven_gateway, haven_blackbox;
grant execute on function audit.integrate(integer) to haven_gateway;
grant select on audit.tree to haven_gateway;
grant select on all tables in schema audit to haven_auditor;
grant execute on function audit.root_of(bigint) to haven_auditor;
