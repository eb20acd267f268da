-- The three roles, the database and its extensions, as far as they are missing: run with psql, as whoever
-- runs PostgreSQL. New roles get the passwords of TANDEM_OWNER_PASSWORD and TANDEM_APP_PASSWORD.
\set ON_ERROR_STOP on
\getenv owner_password TANDEM_OWNER_PASSWORD
\getenv app_password TANDEM_APP_PASSWORD

SELECT format('CREATE ROLE tandem LOGIN PASSWORD %L', :'owner_password')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tandem') \gexec
SELECT format('CREATE ROLE tandem_app LOGIN PASSWORD %L', :'app_password')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tandem_app') \gexec
SELECT 'CREATE ROLE tandem_search NOLOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tandem_search') \gexec
GRANT tandem_search TO tandem WITH INHERIT FALSE, SET TRUE;
SELECT 'CREATE DATABASE tandem OWNER tandem'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'tandem') \gexec
\connect tandem
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
ALTER DATABASE tandem SET jit = off;
