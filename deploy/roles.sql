-- The three roles, the database and its extensions: run once with psql, as whoever runs PostgreSQL.
-- The passwords are taken from TANDEM_OWNER_PASSWORD and TANDEM_APP_PASSWORD of the environment.
\set ON_ERROR_STOP on
\getenv owner_password TANDEM_OWNER_PASSWORD
\getenv app_password TANDEM_APP_PASSWORD

CREATE ROLE tandem LOGIN PASSWORD :'owner_password';
CREATE ROLE tandem_app LOGIN PASSWORD :'app_password';
CREATE ROLE tandem_search NOLOGIN;
GRANT tandem_search TO tandem WITH INHERIT FALSE, SET TRUE;
CREATE DATABASE tandem OWNER tandem;
\connect tandem
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
ALTER DATABASE tandem SET jit = off;
