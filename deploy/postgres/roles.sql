-- Run once by the superuser of a new server. Console and fleet get a role and a database each: who scans hostile packages needs no way to
-- cases and complainants. The passwords are read from files that the server can read (pg_read_file), so that they stand in no statement.
\set ON_ERROR_STOP on

CREATE ROLE mingjian LOGIN;
CREATE ROLE mingjian_fleet LOGIN;

DO $$
BEGIN
  EXECUTE format('ALTER ROLE mingjian PASSWORD %L', rtrim(pg_read_file('/run/secrets/console-password'), E'\r\n'));
  EXECUTE format('ALTER ROLE mingjian_fleet PASSWORD %L', rtrim(pg_read_file('/run/secrets/fleet-password'), E'\r\n'));
END
$$;

CREATE DATABASE mingjian OWNER mingjian ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE mingjian_fleet OWNER mingjian_fleet ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE mingjian, mingjian_fleet FROM PUBLIC;

-- The console shows how far runs are, and changes nothing of them.
GRANT CONNECT ON DATABASE mingjian_fleet TO mingjian;
\connect mingjian_fleet
ALTER DEFAULT PRIVILEGES FOR ROLE mingjian_fleet GRANT USAGE ON SCHEMAS TO mingjian;
ALTER DEFAULT PRIVILEGES FOR ROLE mingjian_fleet GRANT SELECT ON TABLES TO mingjian;
ALTER DEFAULT PRIVILEGES FOR ROLE mingjian_fleet GRANT SELECT ON SEQUENCES TO mingjian;
