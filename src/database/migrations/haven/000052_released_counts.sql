-- What returns and reports have shown of counts that add up over time, protected as they left: 1 to 7 as a star, else the
-- nearest 5. Kept so that the next document can be held against all earlier ones: a quarter less two of its months would
-- otherwise give the third, one record at a time (docs/adr/0016). Never the true count.
create table returns.released_count (
  -- A flow of the register, or `measure/<place>/<measure>`.
  flow_id text not null,
  measure text not null check (measure ~ '^[A-Za-z][A-Za-z0-9-]{0,62}$'),
  -- First day counted.
  period_from date not null,
  shown text not null check (shown ~ '^([*]|0|[1-9][0-9]*[05])$'),
  -- The first and the last moment up to which this was what was shown: the end of a period, or when it was counted before
  -- that. In between it was the same, because a count over more time is never smaller.
  counted_first timestamptz not null,
  counted_last timestamptz not null,
  shown_at timestamptz not null,
  primary key (flow_id, measure, period_from, shown),
  constraint counted_in_order check (counted_first <= counted_last)
);

grant select, insert, update on returns.released_count to haven_gateway;
grant select on returns.released_count to haven_auditor;
