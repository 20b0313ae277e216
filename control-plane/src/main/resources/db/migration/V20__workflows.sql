-- What is defined, and on its way to the engine.

create table folder (
  id         text primary key,
  project_id text not null references project (id) on delete cascade,
  parent_id  text references folder (id) on delete cascade,
  name       text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index folder_project on folder (project_id, parent_id);

create table workflow (
  id                text primary key,
  project_id        text not null references project (id),
  folder_id         text references folder (id) on delete set null,
  name              text not null,
  -- The draft, as text: jsonb would lose the order of nodes' fields and numbers' forms.
  document          text not null,
  -- Grows with each save.
  revision          int not null,
  -- The version that runs now; null when none does.
  published_version int,
  -- The last version that there was.
  last_version      int not null default 0,
  archived          boolean not null default false,
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now()
);
-- Lists are shown by the last change, and paged by it.
create index workflow_updated on workflow (updated_at desc, id desc);
create index workflow_project on workflow (project_id, updated_at desc, id desc);

-- Every save.
create table workflow_revision (
  workflow_id text not null references workflow (id) on delete cascade,
  revision    int not null,
  document    text not null,
  saved_by    text,
  saved_at    timestamptz not null default now(),
  primary key (workflow_id, revision)
);

-- Every version that was ever published. A workflow that is deleted leaves them to its executions.
create table workflow_version (
  workflow_id  text not null,
  version      int not null,
  document     text not null,
  published_by text,
  published_at timestamptz not null default now(),
  primary key (workflow_id, version)
);

-- The last versions that were published before there was this database.
create table known_version (
  workflow_id text primary key,
  version     int not null
);

create table workflow_share (
  workflow_id text not null references workflow (id) on delete cascade,
  project_id  text not null references project (id) on delete cascade,
  primary key (workflow_id, project_id)
);
create index workflow_share_project on workflow_share (project_id);

create table tag (
  id         text primary key,
  name       text not null unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table workflow_tag (
  workflow_id text not null references workflow (id) on delete cascade,
  tag_id      text not null references tag (id) on delete cascade,
  primary key (workflow_id, tag_id)
);
create index workflow_tag_tag on workflow_tag (tag_id);

-- The webhooks of published workflows: the key lets one have each.
create table webhook_claim (
  method      text not null,
  path        text not null,
  workflow_id text not null references workflow (id) on delete cascade,
  node        text not null,
  primary key (method, path)
);
create index webhook_claim_workflow on webhook_claim (workflow_id);

-- Publications that the topic has not, in the order in which they were committed: whoever adds one
-- holds a lock until he commits, so that no smaller id appears behind a larger one.
create table outbox (
  id          bigint generated always as identity primary key,
  workflow_id text not null,
  -- Null withdraws the workflow.
  version     int,
  at          timestamptz not null default now()
);
