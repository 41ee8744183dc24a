-- What returns have shown of the counts behind their cells, protected as they left: 1 to 7 as a star, else the nearest 5.
-- Kept so that the next return can be held against all earlier ones: a quarter less two of its months would otherwise give
-- the third, one record at a time (src/returns/evidence-pack/differencing.ts). Never the true count.
create table returns.released_count (
  flow_id text not null,
  measure text not null check (measure ~ '^[A-Za-z][A-Za-z0-9-]{0,62}$'),
  period_from date not null,
  -- Last day the count could hold when it was shown: of a period that had not ended, the day the return was built.
  period_to date not null,
  shown text not null check (shown ~ '^([*]|0|[1-9][0-9]*[05])$'),
  shown_at timestamptz not null,
  primary key (flow_id, measure, period_from, period_to),
  constraint period_is_in_order check (period_to >= period_from)
);

grant select, insert, update on returns.released_count to haven_gateway;
grant select on returns.released_count to haven_auditor;
