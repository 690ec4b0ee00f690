-- What only a superuser can make, and only a superuser can restore. Run before rich-schema.sql.
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'elsewhere.example', dbname 'other');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'guest');
CREATE SCHEMA outside;
CREATE FOREIGN TABLE outside.passwords (line text NOT NULL) SERVER files OPTIONS (filename '/etc/hostname', format 'text');
CREATE FOREIGN TABLE outside."remote orders" (id integer OPTIONS (column_name 'order_id'), "when" timestamptz) SERVER elsewhere OPTIONS (table_name 'orders');
COMMENT ON FOREIGN TABLE outside.passwords IS 'not really';
CREATE FUNCTION outside.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watch_ddl ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION outside.on_ddl();
DO $$
DECLARE
  owner name := (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database());
BEGIN
  EXECUTE format('ALTER SCHEMA outside OWNER TO %I', owner);
  EXECUTE format('ALTER FOREIGN TABLE outside.passwords OWNER TO %I', owner);
  EXECUTE format('GRANT USAGE ON FOREIGN SERVER elsewhere TO %I', owner);
  EXECUTE format('ALTER SERVER elsewhere OWNER TO %I', owner);
END
$$;
