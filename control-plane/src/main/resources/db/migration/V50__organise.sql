-- How workflows are sorted, and what they have in common: variables and tables of data.

-- A folder lies in one of its own project, and so does a workflow.
alter table folder add constraint folder_in_project unique (project_id, id);
alter table folder add constraint folder_parent_in_project
  foreign key (project_id, parent_id) references folder (project_id, id) on delete cascade;
alter table workflow add constraint workflow_folder_in_project
  foreign key (project_id, folder_id) references folder (project_id, id)
  on delete set null (folder_id);
create index workflow_folder on workflow (folder_id, updated_at desc, id desc);

-- Of executions, wherever their history is: so there is no key that it must be there.
create table execution_tag (
  execution_id text not null,
  tag_id       text not null references tag (id) on delete cascade,
  primary key (execution_id, tag_id)
);
create index execution_tag_tag on execution_tag (tag_id);

create table variable (
  id         text primary key,
  -- Null for the whole installation.
  project_id text references project (id),
  key        text not null,
  value      text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- Everybody has each key once.
create unique index variable_key on variable (coalesce(project_id, ''), key);

-- The outbox has more for the engine than publications.
alter table outbox alter column workflow_id drop not null;
-- 'definition', 'project' or 'variables'
alter table outbox add column kind text not null default 'definition';
-- Whose variables; null for those of the installation.
alter table outbox add column project_id text;
-- Which project they belong to, the engine has not been told yet.
insert into outbox (kind, workflow_id)
  select 'project', id from workflow where last_version > 0 order by id;

create table data_table (
  id         text primary key,
  project_id text not null references project (id),
  name       text not null,
  -- The number of the last row: rows are numbered as they are added, and no number comes twice.
  last_row   bigint not null default 0,
  -- What the rows take together.
  bytes      bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index data_table_name on data_table (project_id, name);

create table data_table_column (
  id       text primary key,
  table_id text not null references data_table (id) on delete cascade,
  name     text not null,
  -- 'string', 'number', 'boolean' or 'date'
  type     text not null,
  position int not null,
  unique (table_id, name)
);

create table data_table_row (
  table_id   text not null references data_table (id) on delete cascade,
  id         bigint not null,
  -- By the column's id, which stays when the column gets another name; without what is null.
  cells      jsonb not null,
  -- A row's own fields and its index entries count as 64.
  bytes      int not null generated always as (octet_length(cells::text) + 64) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (table_id, id)
);
-- Serves equality in any column of any table, since no two columns have the same id.
create index data_table_row_cells on data_table_row using gin (cells jsonb_path_ops);

-- Which rows a run of a node added: the same run, made again, adds no others.
create table data_table_insert (
  key      text primary key,
  table_id text not null references data_table (id) on delete cascade,
  first_id bigint not null,
  last_id  bigint not null,
  at       timestamptz not null default now()
);
create index data_table_insert_at on data_table_insert (at);
create index data_table_insert_table on data_table_insert (table_id);
