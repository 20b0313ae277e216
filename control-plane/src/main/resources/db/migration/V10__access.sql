-- Who there is, and who belongs where.

create table app_user (
  id            text primary key,
  email         text not null,
  first_name    text not null default '',
  last_name     text not null default '',
  -- Null until an invitation is accepted.
  password_hash text,
  role          text not null,
  disabled      boolean not null default false,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now()
);
-- Nobody has two accounts because of how he writes his address.
create unique index app_user_email on app_user (lower(email));
-- There is one owner at most, whatever is asked for at the same time.
create unique index app_user_owner on app_user (role) where role = 'global:owner';

-- Only a hash is kept: what is sent by mail is the secret itself.
create table invitation (
  user_id    text primary key references app_user (id) on delete cascade,
  token_hash bytea not null unique,
  expires_at timestamptz not null
);

create table project (
  id         text primary key,
  name       text not null,
  -- 'personal' or 'team'
  type       text not null,
  -- Whose it is, when it is personal.
  owner_id   text unique references app_user (id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table project_member (
  project_id text not null references project (id) on delete cascade,
  user_id    text not null references app_user (id) on delete cascade,
  role       text not null,
  primary key (project_id, user_id)
);
-- Where somebody belongs, asked with every request.
create index project_member_user on project_member (user_id);

-- Roles beside those that are built in.
create table role (
  slug       text primary key,
  name       text not null,
  kind       text not null,
  scopes     text[] not null,
  created_at timestamptz not null default now()
);

create table api_key (
  id           text primary key,
  user_id      text not null references app_user (id) on delete cascade,
  label        text not null,
  -- Of a secret of 238 bits: nothing is gained by hashing it slowly.
  secret_hash  bytea not null unique,
  -- Null for all that its owner may do.
  scopes       text[],
  expires_at   timestamptz,
  created_at   timestamptz not null default now()
);
create index api_key_user on api_key (user_id);

-- Everything that changes or reveals something. Rows are only added.
create table audit (
  id         bigint generated always as identity primary key,
  at         timestamptz not null default now(),
  -- Null when nobody was known.
  user_id    text,
  action     text not null,
  object     text not null default '',
  project_id text,
  address    text not null default '',
  details    jsonb not null default '{}'
);
create index audit_object on audit (object, id);
create index audit_user on audit (user_id, id);
