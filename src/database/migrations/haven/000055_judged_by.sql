-- The same bytes mean what they meant only while they are judged by the same: a code list, a data set specification, a list
-- of sensitive codes, the decision table, the postcodes may be others by now. Null for deliveries from before this was kept,
-- and for those of which nothing was read: what is not known is not the same.
alter table landing.delivery add column judged_by bytea check (length(judged_by) = 32);
comment on column landing.delivery.judged_by is
  'SHA-256 of everything configured that decided what its records became (docs/rules/landing.md, RULE-AGAIN-1); null when not known';
