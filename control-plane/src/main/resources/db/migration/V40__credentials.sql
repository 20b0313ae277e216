-- Secrets are in ciphertext alone: AES-256-GCM with the row's own data key, which wrapped_key holds
-- encrypted with the key that key_id names.
create table credential (
  id text primary key,
  project_id text not null references project (id) on delete cascade,
  name text not null,
  type text not null,
  ciphertext bytea not null,
  wrapped_key bytea not null,
  key_id text not null,
  -- null for every host, empty for none
  allowed_hosts text[],
  limits jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null default 1
);

create index credential_project on credential (project_id, created_at, id);
create index credential_name on credential (type, name);
create index credential_key on credential (key_id, id);

-- Projects whose workflows may use a credential without anybody there seeing it.
create table credential_share (
  credential_id text not null references credential (id) on delete cascade,
  project_id text not null references project (id) on delete cascade,
  primary key (credential_id, project_id)
);

create index credential_share_project on credential_share (project_id);

-- Sign-ins at other services that somebody began. The state itself is with his browser alone.
create table credential_oauth_state (
  state_hash bytea primary key,
  credential_id text not null references credential (id) on delete cascade,
  user_id text not null,
  browser_hash bytea not null,
  ciphertext bytea not null,
  wrapped_key bytea not null,
  key_id text not null,
  expires_at timestamptz not null
);

create index credential_oauth_state_expiry on credential_oauth_state (expires_at);
