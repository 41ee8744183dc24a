-- A stage = a folder under src/ = a schema = the tables its role may touch (design: zones).
-- The login roles exist before this file runs (database/roles.ts makes them, because roles belong to the cluster).
revoke all on schema public from public;
revoke temporary on database :"database" from public;
grant temporary on database :"database" to haven_blackbox;

create schema audit;
create schema register;
create schema landing;
create schema objections;
create schema linkage;
create schema environment;
create schema risk;
create schema returns;
create schema http;

alter default privileges revoke execute on functions from public;

create type environment.setting as enum (
  'gp', 'hospital', 'social-care', 'community', 'mental-health', 'specialised-palliative',
  'nhs-111', 'out-of-hours', 'ambulance', 'continuing-healthcare', 'drug-and-alcohol', 'other-provider'
);
