-- Jobs: graphile-worker's own tables are in schema jobs already (src/database/job-queue.ts); here are the rights on them.
-- haven_jobs works the queue and sees nothing else of the database; what a job does, it does through the roles of its stage.
revoke all on all functions in schema jobs from public;
grant usage on schema jobs to haven_jobs, haven_gateway, haven_blackbox, haven_auditor;
grant select on jobs.migrations to haven_jobs;
grant select, insert, update, delete
  on jobs._private_jobs, jobs._private_job_queues, jobs._private_tasks, jobs._private_known_crontabs to haven_jobs;
grant usage on all sequences in schema jobs to haven_jobs;
grant execute on all functions in schema jobs to haven_jobs;
-- The library turns row level security on and expects to be the owner; the role that works the queue is not.
create policy worker on jobs._private_jobs to haven_jobs using (true) with check (true);
create policy worker on jobs._private_job_queues to haven_jobs using (true) with check (true);
create policy worker on jobs._private_tasks to haven_jobs using (true) with check (true);
create policy worker on jobs._private_known_crontabs to haven_jobs using (true) with check (true);
-- Which jobs wait, fail or are dead, without what they carry.
grant select on jobs.jobs to haven_gateway, haven_auditor;

-- The only way a stage adds a job: in the transaction of the effect it belongs to. A key makes jobs of one kind one job.
create function jobs.add(task text, payload json, job_key text, run_at timestamptz, max_attempts integer, keep_run_at boolean)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform jobs.add_job(
    add.task,
    add.payload,
    run_at => add.run_at,
    max_attempts => add.max_attempts,
    job_key => add.job_key,
    job_key_mode => case when add.keep_run_at then 'preserve_run_at' else 'replace' end
  );
end
$$;
grant execute on function jobs.add(text, json, text, timestamptz, integer, boolean) to haven_gateway, haven_blackbox;

-- A dead job is tried again only because a person says so.
create function jobs.retry(job bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from jobs._private_jobs j where j.id = retry.job and j.locked_at is null and j.attempts >= j.max_attempts for update;
  if not found then
    return false;
  end if;
  perform jobs.reschedule_jobs(array[retry.job], run_at => now(), attempts => 0);
  return true;
end
$$;
grant execute on function jobs.retry(bigint) to haven_gateway;

create schema obligations;
comment on schema obligations is 'What the agreements oblige people to do, what was done about it, and breaches';

-- One row for each thing somebody has to do. Derived from the register (or from a breach) and never deleted: what no
-- longer applies is closed with the reason.
create table obligations.task (
  task_id text primary key check (task_id ~ '^[a-z0-9][a-z0-9.-]{0,199}$'),
  rule text not null,
  kind text not null,
  origin text not null check (origin in ('register', 'breach')),
  place text not null,
  agreement text,
  organisation text,
  owner_role text not null,
  owner_organisation text not null,
  title text not null,
  clause text not null,
  due date not null,
  state text not null default 'open' check (state in ('open', 'evidence-supplied', 'accepted', 'closed')),
  -- A reference to where the evidence is kept, never the evidence.
  evidence text,
  evidence_by text,
  evidence_at timestamptz,
  accepted_by text,
  accepted_at timestamptz,
  closed_because text,
  escalated_to text,
  escalated_on date,
  register_version bigint not null,
  derived_at timestamptz not null,
  constraint evidence_says_who check ((evidence is null) = (evidence_by is null) and (evidence is null) = (evidence_at is null)),
  constraint evidence_before_acceptance check (state not in ('evidence-supplied', 'accepted') or evidence is not null),
  constraint accepted_says_who check ((state = 'accepted') = (accepted_by is not null) and (accepted_by is null) = (accepted_at is null)),
  constraint another_person_accepts check (accepted_by <> evidence_by),
  constraint closed_says_why check ((state = 'closed') = (closed_because is not null)),
  constraint escalated_says_when check ((escalated_to is null) = (escalated_on is null))
);
comment on table obligations.task is 'Tasks the register and breaches give rise to; accepted only by another person than supplied the evidence';
create index task_by_due on obligations.task (place, due) where state in ('open', 'evidence-supplied');

-- Every step of every task, as people took it. Append-only.
create table obligations.step (
  step_no bigint generated always as identity primary key,
  task_id text not null references obligations.task (task_id),
  at timestamptz not null,
  actor text not null,
  step text not null check (step in ('derived', 'changed', 'evidence', 'accepted', 'refused', 'escalated', 'closed', 'reopened')),
  note text
);
comment on table obligations.step is 'History of obligations.task: who did what when';
create index step_of_task on obligations.step (task_id, step_no);

create table obligations.breach (
  breach_no bigint generated always as identity primary key,
  place text not null,
  what text not null,
  discovered_at timestamptz not null,
  reported_at timestamptz not null,
  reported_by text not null,
  flows text[] not null,
  agreements text[] not null,
  -- Null: not known yet.
  persons bigint check (persons >= 0),
  identifiable boolean not null,
  -- UK GDPR art. 33 and 34. Not yet judged counts as a risk, so that the clock runs.
  risk text not null check (risk in ('not-judged', 'none', 'risk', 'high-risk')),
  organisations text[] not null,
  cag_due date,
  ico_due timestamptz,
  state text not null default 'reported' check (state in ('reported', 'acting', 'closed')),
  closed_at timestamptz,
  closed_by text,
  constraint reported_after_discovery check (reported_at >= discovered_at),
  constraint closed_says_who check ((state = 'closed') = (closed_at is not null) and (closed_at is null) = (closed_by is null)),
  constraint another_person_closes check (closed_by <> reported_by)
);
comment on table obligations.breach is 'Breaches of confidentiality, with the clocks of CAG condition 11 and UK GDPR art. 33';

create table obligations.breach_action (
  action_no bigint generated always as identity primary key,
  breach_no bigint not null references obligations.breach (breach_no),
  kind text not null,
  organisation text,
  taken_at timestamptz not null,
  actor text not null,
  note text not null
);
comment on table obligations.breach_action is 'What was done about a breach; append-only';
create index action_of_breach on obligations.breach_action (breach_no, action_no);

-- The last answer of the gate for each flow, so that a change of mind is noticed and recorded without anybody delivering.
create table obligations.admission (
  flow_id text primary key,
  admitted boolean not null,
  codes text[] not null,
  asked_on date not null,
  changes_on date
);
comment on table obligations.admission is 'What the gate last said of each flow; the review of admissions compares with it';

grant usage on schema obligations to haven_gateway, haven_auditor;
grant select, insert, update on obligations.task, obligations.breach, obligations.admission to haven_gateway;
grant delete on obligations.admission to haven_gateway;
grant select, insert on obligations.step, obligations.breach_action to haven_gateway;
grant select on all tables in schema obligations to haven_auditor;
