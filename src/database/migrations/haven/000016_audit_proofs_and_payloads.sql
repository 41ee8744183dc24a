-- Proofs for those who hold a checkpoint, and payloads that a lawful erasure can make unreadable (docs/adr/0008, 0011).

-- Hashes of leaves (level 0) and of complete subtrees, in the order asked for; null where there is none. Hashes are what a
-- proof is made of and what any holder of a checkpoint may see; the entries stay with the auditor.
create function audit.hashes(levels smallint[], indexes bigint[]) returns table (hash bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(l.leaf_hash, n.hash)
  from unnest(hashes.levels, hashes.indexes) with ordinality as w (level, index, place)
  left join audit.leaf l on w.level = 0 and l.index = w.index
  left join audit.node n on w.level > 0 and n.level = w.level and n.index = w.index
  order by w.place
$$;

-- Leaf hashes computed anew from the bytes of the entries: what the gateway signs a checkpoint with, without being able to
-- read an entry. Null where the entry of a leaf is gone.
create function audit.recomputed(first bigint, maximum integer) returns table (index bigint, hash bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select l.index, sha256('\x00'::bytea || e.leaf)
  from audit.leaf l left join audit.entry e on e.entry_id = l.entry_id
  where l.index >= recomputed.first order by l.index limit recomputed.maximum
$$;

-- Which key encrypts the keys below now; counted up when it is changed (audit.rewrap), so that a gateway that still holds
-- the one before notices and reads the new one.
create table audit.payload_wrapping (
  the_only boolean primary key default true check (the_only),
  number smallint not null default 1 check (number > 0)
);
insert into audit.payload_wrapping default values;

-- One key for each holder: a person (by pseudonym) or a data set. Deleting the row is the erasure: everything logged about
-- the holder becomes unreadable at once, and every leaf keeps its hash. The key is encrypted under a key outside the
-- database, so a backup alone reads nothing, and changing that outer key kills the backups of erased rows too.
create table audit.payload_key (
  key_id uuid primary key default gen_random_uuid(),
  holder text not null unique check (length(holder) between 1 and 200),
  wrapping smallint not null,
  -- AES-256-GCM: nonce (12), key (32), tag (16).
  wrapped bytea not null check (length(wrapped) = 60),
  made_at timestamptz not null default clock_timestamp()
);

-- What a leaf commits to without saying it: the leaf holds SHA-256(salt || sealed), which says nothing once the key is gone,
-- not even to somebody who guesses the payload. No foreign key: the payload stays when its key goes.
create table audit.payload (
  commitment bytea primary key check (length(commitment) = 32),
  key_id uuid not null,
  entry_id bigint not null unique,
  salt bytea not null check (length(salt) = 32),
  sealed bytea not null check (length(sealed) between 28 and 65536)
);
create index payload_of_key on audit.payload (key_id);
create trigger payload_only_grows before update or delete or truncate on audit.payload
  for each statement execute function audit.refuse_change();

-- The key of a holder, made with the one offered when there is none. No row: the offer is wrapped under an outer key that
-- was replaced.
create function audit.key_for(holder text, wrapping smallint, offered bytea) returns table (key_id uuid, wrapped bytea)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from audit.payload_wrapping w where w.number = key_for.wrapping for share;
  if not found then return; end if;
  insert into audit.payload_key (holder, wrapping, wrapped) values (key_for.holder, key_for.wrapping, key_for.offered)
  on conflict on constraint payload_key_holder_key do nothing;
  return query select k.key_id, k.wrapped from audit.payload_key k where k.holder = key_for.holder;
end
$$;

-- The leaf and what it commits to, or neither.
create function audit.append_sealed(leaf bytea, key_id uuid, salt bytea, sealed bytea) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  commitment bytea := sha256(append_sealed.salt || append_sealed.sealed);
begin
  if convert_from(append_sealed.leaf, 'UTF8')::json -> 'sealed' ->> 'sha256' is distinct from encode(commitment, 'hex') then
    raise exception 'The leaf does not commit to this payload.' using errcode = 'check_violation';
  end if;
  perform audit.append(append_sealed.leaf);
  insert into audit.payload (commitment, key_id, entry_id, salt, sealed)
  values (commitment, append_sealed.key_id, currval(pg_get_serial_sequence('audit.entry', 'entry_id')), append_sealed.salt,
    append_sealed.sealed);
end
$$;

-- Destroys the keys of these holders; gives the ids of the keys that existed and how many payloads each made unreadable.
create function audit.erase_keys(holders text[]) returns table (key_id uuid, payloads bigint)
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with erased as (
    delete from audit.payload_key k where k.holder = any (erase_keys.holders) returning k.key_id
  )
  select e.key_id, (select count(*) from audit.payload p where p.key_id = e.key_id) from erased e order by e.key_id
$$;

-- Puts all keys under a new outer key, given in the order of `keys`. Every key must be named: one that was made meanwhile
-- would be lost.
create function audit.rewrap(expected smallint, keys uuid[], rewrapped bytea[]) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  changed bigint;
begin
  update audit.payload_wrapping w set number = rewrap.expected + 1 where w.number = rewrap.expected;
  if not found then return false; end if;
  update audit.payload_key k set wrapping = rewrap.expected + 1, wrapped = n.wrapped
  from unnest(rewrap.keys, rewrap.rewrapped) as n (key_id, wrapped) where k.key_id = n.key_id;
  get diagnostics changed = row_count;
  if changed <> (select count(*) from audit.payload_key) then
    raise exception 'Keys were made meanwhile.' using errcode = 'serialization_failure';
  end if;
  return true;
end
$$;

-- Keys as they are wrapped: useless without the outer key, needed to change it.
create function audit.wrapped_keys() returns table (key_id uuid, wrapping smallint, wrapped bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.key_id, k.wrapping, k.wrapped from audit.payload_key k order by k.key_id
$$;

-- Who looked at one person, also where the leaf only commits to the pseudonym. Once the key is gone nobody finds them here.
create or replace function audit.entries_about(subjects text[])
returns table (at timestamptz, type text, actor text, project text, purpose text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select (said.json ->> 'at')::timestamptz, said.json ->> 'type', said.json ->> 'actor', said.json -> 'detail' ->> 'project',
    said.json -> 'detail' ->> 'purpose'
  from audit.entry e cross join lateral (select convert_from(e.leaf, 'UTF8')::json as json) said
  where said.json ->> 'subject' = any (entries_about.subjects)
    or e.entry_id in (select p.entry_id from audit.payload p join audit.payload_key k using (key_id)
                      where k.holder = any (entries_about.subjects))
  order by e.entry_id
$$;

grant execute on function audit.hashes(smallint[], bigint[]), audit.recomputed(bigint, integer) to haven_gateway, haven_auditor;
grant execute on function audit.key_for(text, smallint, bytea), audit.append_sealed(bytea, uuid, bytea, bytea),
  audit.erase_keys(text[]), audit.rewrap(smallint, uuid[], bytea[]), audit.wrapped_keys() to haven_gateway;
grant select on audit.payload_wrapping to haven_gateway;
grant select on audit.payload, audit.payload_key, audit.payload_wrapping to haven_auditor;

-- What the auditor counts beside the log (`haven audit reconcile`): ids, counts and times, and nothing about anybody.
grant usage on schema landing, objections, environment, risk to haven_auditor;
grant select (delivery_id, state, received, landed, updated, unchanged, removed) on landing.delivery to haven_auditor;
grant select (import_id, received, recorded, unchanged) on objections.import to haven_auditor;
grant select (project_id, epoch) on environment.recipient_pseudonym to haven_auditor;
grant select (run_id, people, excluded) on risk.run to haven_auditor;
