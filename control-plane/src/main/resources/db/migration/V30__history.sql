-- What executions did, as the projector reads it from the events topic.

create extension if not exists pg_trgm;

-- One row for each execution. A partition holds the executions that began on one day (UTC): it is
-- made by the projector before it is needed, and dropped whole by retention. Texts that are
-- compared or sorted have the collation "C": the order of their bytes, as the cursors have it.
create table execution (
  id text collate "C" not null,
  started_at timestamptz not null,
  workflow_id text collate "C" not null,
  workflow_name text,
  version integer not null,
  -- Null where the workflow is not known: then only who may see everything sees it.
  project_id text collate "C",
  mode text not null,
  status text collate "C" not null,
  stopped_at timestamptz,
  wait_till timestamptz,
  retry_of text,
  parent_id text,
  last_node text,
  error_message text,
  error_code text,
  error_node text,
  custom_data jsonb not null,
  warnings text[] not null,
  -- What it is found by beside the columns: nodes that ran or failed, custom data.
  marks text[] collate "C" not null,
  runs integer not null,
  bytes bigint not null,
  -- Whether it stays when it succeeds, and when it does not.
  keeps_success boolean not null,
  keeps_failure boolean not null,
  -- The last batch of its events that is in here, and where that lies in the topic.
  sequence bigint not null,
  source_partition integer not null,
  source_offset bigint not null,
  primary key (id, started_at)
) partition by range (started_at);

-- The list of whoever sees everything, and the order in which the oldest go.
create index execution_newest on execution (started_at, id);
-- The list of a workflow.
create index execution_workflow on execution (workflow_id, started_at, id);
-- The list of a project: one range for each project that the caller may see.
create index execution_project on execution (project_id, started_at, id);
-- The same three by status. Most executions succeed in one go and never enter these.
create index execution_status on execution (status, started_at, id) where status <> 'success';
create index execution_workflow_status on execution (workflow_id, status, started_at, id)
  where status <> 'success';
create index execution_project_status on execution (project_id, status, started_at, id)
  where status <> 'success';
-- Rare nodes and custom data; frequent ones are found in the newest executions first.
create index execution_marks on execution using gin (marks);
-- Parts of error messages, likewise. Few executions have one.
create index execution_error on execution using gin (error_message gin_trgm_ops)
  where error_message is not null;

-- What the runs of nodes answered: one row for each batch of events that had any. The bytes are
-- JSON in UTF-8, and not jsonb: nothing searches in them, and jsonb refuses the character U+0000,
-- forgets the order of keys and changes numbers.
create table execution_data (
  execution_id text collate "C" not null,
  started_at timestamptz not null,
  sequence bigint not null,
  runs bytea not null,
  primary key (execution_id, started_at, sequence)
) partition by range (started_at);

do $$
begin
  -- Several times faster than the default, where the server was built with it.
  alter table execution_data alter column runs set compression lz4;
exception when feature_not_supported or invalid_parameter_value then
  null;
end $$;

-- The executions that are not over: the projector finds the day of those that go on here, and
-- retention what it has to leave.
create table execution_open (
  id text collate "C" primary key,
  started_at timestamptz not null
);
create index execution_open_started on execution_open (started_at);

-- How far each partition of the events topic is projected. Changed in the transaction that changes
-- the executions, by whoever knows the value before: that is what makes it exactly once.
create table history_position (
  "partition" integer primary key,
  next_offset bigint not null,
  event_at timestamptz,
  caught_up_at timestamptz
);
