-- How somebody proves who he is beside his password, and who else vouches for him.

create table second_factor (
  user_id      text primary key references app_user (id) on delete cascade,
  -- Encrypted, and bound to the user.
  secret       bytea not null,
  -- Null until a code of it was entered.
  confirmed_at timestamptz,
  -- The time step of the last code that was taken: none of it or before it is taken again.
  last_step    bigint not null default -1
);

create table recovery_code (
  user_id   text not null references second_factor (user_id) on delete cascade,
  -- Of a secret of 80 bits: nothing is gained by hashing it slowly.
  code_hash bytea not null,
  primary key (user_id, code_hash)
);

create table password_reset (
  -- Only a hash is kept: what is sent by mail is the secret itself.
  token_hash bytea primary key,
  user_id    text not null references app_user (id) on delete cascade,
  expires_at timestamptz not null
);
create index password_reset_user on password_reset (user_id);
create index password_reset_expiry on password_reset (expires_at);

-- One row: what everybody has to do to sign in.
create table sign_in_policy (
  one                    boolean primary key default true check (one),
  second_factor_required boolean not null default false
);
insert into sign_in_policy default values;

-- One row at most: who vouches for users.
create table identity_provider (
  one           boolean primary key default true check (one),
  -- Changes with every change, so that what was read of the provider before is not used on.
  revision      text not null,
  enabled       boolean not null,
  label         text not null,
  issuer        text not null,
  client_id     text not null,
  -- Encrypted; null for a client without one.
  client_secret bytea,
  scopes        text[] not null,
  -- Whether an account is taken over by the address that the provider has verified.
  link_by_email boolean not null,
  -- Whether the provider's addresses count as verified, also when it does not say so.
  trust_email   boolean not null,
  -- Whether somebody without an account gets one.
  provision     boolean not null,
  default_role  text not null,
  -- The claim that names groups, null when roles are given here.
  role_claim    text,
  -- [{"value": a group, "role": a slug}], the first that fits counts.
  role_mapping  jsonb not null
);

-- Whom a provider means by a subject.
create table provided_identity (
  issuer    text not null,
  subject   text not null,
  user_id   text not null references app_user (id) on delete cascade,
  linked_at timestamptz not null default now(),
  primary key (issuer, subject),
  -- An address that a provider gave to somebody else does not open the account of who had it.
  unique (user_id, issuer)
);

alter table role add column updated_at timestamptz not null default now();
