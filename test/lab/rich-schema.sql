-- A database with a bit of everything that a dump must bring back. Run by its owner, who is no superuser.
-- Trusted extensions only: what needs a superuser is in rich-schema-superuser.sql.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE SCHEMA shop;
CREATE SCHEMA "Loja & Café 🐘";
COMMENT ON SCHEMA shop IS 'Everything that is sold; a comment with ''quotes'', "names" and a
second line';
GRANT USAGE ON SCHEMA shop TO pg_monitor;
GRANT CREATE ON SCHEMA public TO pg_monitor;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Types
CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE shop.mood ADD VALUE 'so-so' BEFORE 'ok';
-- A new label may be used only after its commit; everything here may come as one message.
COMMIT;
CREATE TYPE shop.address AS (street text, number integer, "post code" varchar(12) COLLATE "C");
CREATE TYPE shop.float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE DOMAIN shop.positive AS numeric(12, 2) DEFAULT 1 NOT NULL CHECK (VALUE > 0);
CREATE DOMAIN shop.sku AS varchar(20) CONSTRAINT sku_form CHECK (VALUE ~ '^[A-Z]+-[0-9]+$') CONSTRAINT sku_known CHECK (VALUE NOT IN ('X-0', 'Y-0'));
COMMENT ON DOMAIN shop.sku IS 'Stock keeping unit';
COMMENT ON CONSTRAINT sku_form ON DOMAIN shop.sku IS 'letters, dash, digits';
GRANT USAGE ON TYPE shop.mood TO pg_monitor;
REVOKE USAGE ON TYPE shop.address FROM PUBLIC;

-- Collations, text search, operators, casts
CREATE COLLATION shop.swedish (provider = icu, locale = 'sv-x-icu');
CREATE TEXT SEARCH DICTIONARY shop.simple_pt (TEMPLATE = pg_catalog.simple, STOPWORDS = portuguese);
CREATE TEXT SEARCH CONFIGURATION shop.pt (COPY = pg_catalog.portuguese);
ALTER TEXT SEARCH CONFIGURATION shop.pt ALTER MAPPING FOR asciiword WITH shop.simple_pt, pg_catalog.portuguese_stem;
CREATE FUNCTION shop.address_text(shop.address) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1.street || ' ' || $1.number $$;
CREATE CAST (shop.address AS text) WITH FUNCTION shop.address_text(shop.address) AS ASSIGNMENT;
CREATE FUNCTION shop.near(float8, float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT abs($1 - $2) < 0.01 $$;
CREATE OPERATOR shop.~~~ (LEFTARG = float8, RIGHTARG = float8, FUNCTION = shop.near, COMMUTATOR = OPERATOR(shop.~~~), RESTRICT = eqsel);
CREATE FUNCTION shop.add_up(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce($1, 0) + coalesce($2, 0) $$;
CREATE AGGREGATE shop.total(numeric) (SFUNC = shop.add_up, STYPE = numeric, INITCOND = '0', PARALLEL = safe);
CREATE FUNCTION shop.backwards(text, text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT -bttextcmp($1, $2) $$;

-- Tables
CREATE TABLE shop.customer (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 5 CACHE 3) PRIMARY KEY,
  mail citext NOT NULL UNIQUE,
  "full name" text COLLATE shop.swedish,
  mood shop.mood DEFAULT 'ok',
  home shop.address,
  tags hstore DEFAULT '',
  status varchar(10) DEFAULT 'new' CHECK (status IN ('new', 'old', 'gone')),
  born date CHECK (born > '1900-01-01'),
  joined timestamptz DEFAULT now() NOT NULL,
  seen timestamp DEFAULT (now() AT TIME ZONE 'utc'),
  patience interval DEFAULT '1 day 02:03:04',
  initials text GENERATED ALWAYS AS (upper(left("full name", 1))) STORED,
  gone integer,
  CONSTRAINT "called something" CHECK ("full name" <> '' OR mail IS NOT NULL) NO INHERIT
) WITH (fillfactor = 80, autovacuum_enabled = true, toast.autovacuum_enabled = false);
ALTER TABLE shop.customer DROP COLUMN gone;
ALTER TABLE shop.customer ADD COLUMN score double precision DEFAULT -1.5;
ALTER TABLE shop.customer ALTER COLUMN "full name" SET STATISTICS 500;
ALTER TABLE shop.customer ALTER COLUMN mail SET STORAGE EXTERNAL;
ALTER TABLE shop.customer ALTER COLUMN joined SET (n_distinct = -0.5);
COMMENT ON TABLE shop.customer IS 'People 🐘';
COMMENT ON COLUMN shop.customer."full name" IS 'as they say it';
COMMENT ON CONSTRAINT "called something" ON shop.customer IS 'a name or a mail';
CREATE INDEX customer_name ON shop.customer USING gin ("full name" gin_trgm_ops);
CREATE INDEX customer_lower ON shop.customer (lower("full name") DESC NULLS LAST) INCLUDE (id) WHERE status IN ('new', 'old');
COMMENT ON INDEX shop.customer_lower IS 'for the search box';
CREATE STATISTICS shop.customer_stats (dependencies, ndistinct) ON status, mood FROM shop.customer;
ALTER TABLE shop.customer CLUSTER ON customer_pkey;
ALTER TABLE shop.customer REPLICA IDENTITY FULL;
GRANT SELECT (id, mail), UPDATE (mood) ON shop.customer TO pg_monitor;
GRANT INSERT ON shop.customer TO PUBLIC;
GRANT REFERENCES ON shop.customer TO pg_read_all_stats WITH GRANT OPTION;

CREATE TABLE shop.product (
  sku shop.sku PRIMARY KEY,
  price shop.positive,
  kind text NOT NULL DEFAULT 'thing' CHECK (kind = ANY ('{thing,service}'::text[])),
  codes integer[] DEFAULT ARRAY[1, 2] CHECK (array_length(codes, 1) BETWEEN 1 AND 5),
  extra jsonb DEFAULT '{"a": [1, "b"]}'
);
CREATE SEQUENCE shop.order_number AS integer START 7 INCREMENT 3 MINVALUE 1 MAXVALUE 1000000 CYCLE;
CREATE TABLE shop.orders (
  id integer DEFAULT nextval('shop.order_number') NOT NULL,
  customer bigint NOT NULL REFERENCES shop.customer ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  product shop.sku NOT NULL REFERENCES shop.product ON UPDATE CASCADE,
  placed timestamptz NOT NULL,
  state char(4) DEFAULT 'open' CHECK (state IN ('open', 'paid')),
  PRIMARY KEY (id, placed)
) PARTITION BY RANGE (placed);
ALTER SEQUENCE shop.order_number OWNED BY shop.orders.id;
CREATE TABLE shop.orders_2025 PARTITION OF shop.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
-- Made apart, its columns in another order, and attached.
CREATE TABLE shop.orders_2026 (placed timestamptz NOT NULL, state char(4), product shop.sku NOT NULL, id integer NOT NULL, customer bigint NOT NULL, CHECK (state IN ('open', 'paid')));
ALTER TABLE shop.orders_2026 RENAME CONSTRAINT orders_2026_state_check TO orders_state_check;
ALTER TABLE shop.orders ATTACH PARTITION shop.orders_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE shop.orders_rest PARTITION OF shop.orders DEFAULT PARTITION BY HASH (id);
CREATE TABLE shop.orders_rest_0 PARTITION OF shop.orders_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shop.orders_rest_1 PARTITION OF shop.orders_rest FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX orders_customer ON shop.orders (customer, (placed AT TIME ZONE 'utc'));
ALTER TABLE shop.orders ADD CONSTRAINT "order of its customer" CHECK (customer > 0) NOT VALID;

-- Inheritance: the children's columns come in another order after a restore.
CREATE TABLE shop.event (at timestamptz DEFAULT now(), what text NOT NULL);
CREATE TABLE shop.click (x integer, y integer) INHERITS (shop.event);
ALTER TABLE shop.event ADD COLUMN source text DEFAULT 'web';
CREATE TABLE shop.audit (who name DEFAULT current_user);
CREATE TABLE shop.drag (path point[], CHECK (x >= 0)) INHERITS (shop.click, shop.audit);

CREATE UNLOGGED TABLE shop.cache (key text PRIMARY KEY, value bytea);
CREATE TABLE shop.booking (room integer, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE TABLE "Loja & Café 🐘"."O'Reilly ""book"" 📚" ("coluna com espaço" serial PRIMARY KEY, "ação" text DEFAULT E'tab\there', "$1" integer, "select" boolean);
COMMENT ON COLUMN "Loja & Café 🐘"."O'Reilly ""book"" 📚"."ação" IS 'São Paulo';
CREATE INDEX "índice $()" ON "Loja & Café 🐘"."O'Reilly ""book"" 📚" ("$1", "ação" varchar_pattern_ops);
CREATE TABLE shop.nothing ();
CREATE TABLE shop.parcel OF shop.address (number WITH OPTIONS NOT NULL);

-- Views
CREATE VIEW shop.open_orders WITH (security_barrier = true) AS
  SELECT o.*, c.mail, c.status IN ('new', 'old') AS welcome FROM shop.orders o JOIN shop.customer c ON c.id = o.customer WHERE o.state = 'open' AND c.status NOT IN ('gone', 'old');
CREATE VIEW shop.checked AS SELECT sku, price FROM shop.product WHERE price < 100 WITH LOCAL CHECK OPTION;
CREATE RECURSIVE VIEW shop.numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 10;
CREATE MATERIALIZED VIEW shop.turnover AS
  SELECT customer, shop.total(p.price) AS sum, count(*) FILTER (WHERE o.state = 'paid') AS paid, extract(year FROM placed) AS year
  FROM shop.orders o JOIN shop.product p ON p.sku = o.product GROUP BY GROUPING SETS ((customer, placed), ());
CREATE INDEX turnover_customer ON shop.turnover (customer, year);
CREATE MATERIALIZED VIEW shop.empty_view AS SELECT 1 AS one WITH NO DATA;
GRANT SELECT ON shop.open_orders TO pg_monitor;
ALTER VIEW shop.checked ALTER COLUMN price SET DEFAULT 3;

-- Functions, triggers, rules
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = shop, pg_temp AS $body$
BEGIN
  -- 'quotes' and $$ dollars $$
  NEW.seen := now();
  RETURN NEW;
END
$body$;
CREATE TRIGGER touch BEFORE UPDATE OF mood, status ON shop.customer FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status OR NEW.status IN ('new', 'old')) EXECUTE FUNCTION shop.touch();
CREATE FUNCTION shop.nop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER each_order AFTER INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.nop('a', 'b''c');
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON shop.product DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.nop();
CREATE TRIGGER sleeping AFTER DELETE ON shop.product REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION shop.nop();
ALTER TABLE shop.product DISABLE TRIGGER sleeping;
CREATE RULE no_delete AS ON DELETE TO shop.cache WHERE OLD.key LIKE 'keep%' DO INSTEAD NOTHING;
CREATE FUNCTION shop.best(kind varchar DEFAULT 'thing', VARIADIC codes integer[] DEFAULT '{}', OUT sku shop.sku, OUT price numeric) RETURNS SETOF record
  LANGUAGE sql STABLE ROWS 5 BEGIN ATOMIC SELECT p.sku, p.price FROM shop.product p WHERE p.kind = best.kind AND best.kind IN ('thing', 'service'); END;
CREATE PROCEDURE shop.tidy(INOUT removed bigint DEFAULT 0) LANGUAGE plpgsql AS $$ BEGIN DELETE FROM shop.cache; GET DIAGNOSTICS removed = ROW_COUNT; END $$;
GRANT EXECUTE ON PROCEDURE shop.tidy(bigint) TO pg_monitor;
COMMENT ON FUNCTION shop.touch() IS 'sets seen';

-- Row security
ALTER TABLE shop.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.customer FOR SELECT TO pg_monitor, pg_read_all_stats USING (mail = current_user::citext OR status IN ('new', 'old'));
CREATE POLICY careful ON shop.customer AS RESTRICTIVE FOR UPDATE USING (true) WITH CHECK (status <> 'gone');
COMMENT ON POLICY own ON shop.customer IS 'everyone themselves';

-- A publication, sequences' rights, type of a column's own
CREATE PUBLICATION some_rows FOR TABLE shop.product WITH (publish = 'insert, update');
GRANT USAGE ON SEQUENCE shop.order_number TO pg_monitor;

-- Rows
INSERT INTO shop.customer (mail, "full name", mood, home, tags, status, born)
  SELECT 'user' || n || '@example.com', 'Åsa "Ção" 🐘 ' || n, (ARRAY['sad', 'so-so', 'ok', 'happy'])[n % 4 + 1]::shop.mood, ROW('Rua ' || n, n, ('1000-' || n)::varchar(12))::shop.address, hstore('n', n::text), (ARRAY['new', 'old', 'gone'])[n % 3 + 1], date '1980-01-01' + n
  FROM generate_series(1, 300) n;
INSERT INTO shop.product SELECT 'SKU-' || n, n * 1.5, CASE n % 2 WHEN 0 THEN 'thing' ELSE 'service' END, ARRAY[n], jsonb_build_object('n', n) FROM generate_series(1, 40) n;
INSERT INTO shop.orders (customer, product, placed, state)
  SELECT 1000 + 5 * (n % 300), 'SKU-' || (n % 40 + 1), timestamptz '2024-06-01 00:00:00+00' + n * interval '1 day', CASE n % 2 WHEN 0 THEN 'open' ELSE 'paid' END FROM generate_series(1, 900) n;
INSERT INTO shop.event (what) SELECT 'event ' || n FROM generate_series(1, 10) n;
INSERT INTO shop.click (what, x, y) SELECT 'click ' || n, n, -n FROM generate_series(1, 20) n;
INSERT INTO shop.drag (what, x, y, path) SELECT 'drag ' || n, n, n, ARRAY[point(n, n)] FROM generate_series(1, 5) n;
INSERT INTO shop.booking VALUES (1, '[2026-01-01, 2026-01-02)'), (1, '[2026-01-02, 2026-01-03)');
INSERT INTO shop.cache SELECT 'k' || n, gen_random_bytes(20) FROM generate_series(1, 7) n;
INSERT INTO "Loja & Café 🐘"."O'Reilly ""book"" 📚" ("ação", "$1", "select") VALUES (E'back\\slash', 1, true), (NULL, NULL, NULL), (E'line\nbreak', 3, false);
INSERT INTO shop.nothing DEFAULT VALUES;
REFRESH MATERIALIZED VIEW shop.turnover;

-- Large objects
SELECT lo_from_bytea(424242, decode(repeat('00ff10', 20000), 'hex'));
SELECT lo_from_bytea(0, 'small 🐘'::bytea);
COMMENT ON LARGE OBJECT 424242 IS 'a picture';
GRANT SELECT ON LARGE OBJECT 424242 TO pg_monitor;
