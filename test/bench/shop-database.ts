/**
 * A shop's database: customers, orders with words in them, and events with JSON, identifiers, and amounts, which do not
 * compress to nothing. The same rows each time.
 */
export const SHOP = (events: number): string => `
SELECT setseed(0.25);
CREATE TABLE customers (id bigserial, name text NOT NULL, email text NOT NULL, since timestamptz NOT NULL);
CREATE TABLE orders (id bigserial, customer bigint NOT NULL, at timestamptz NOT NULL, state text NOT NULL, total numeric(10,2) NOT NULL, note text);
CREATE TABLE events (id bigserial, at timestamptz NOT NULL, customer bigint NOT NULL, kind text NOT NULL, payload jsonb NOT NULL, note text);
INSERT INTO customers (name, email, since)
  SELECT ${words(2)}, md5(random()::text) || '@shop.example', now() - (i || ' min')::interval
  FROM generate_series(1, ${events / 20}) i;
INSERT INTO orders (customer, at, state, total, note)
  SELECT 1 + (random() * ${events / 20 - 1})::int, now() - (i || ' min')::interval,
    (ARRAY['open', 'paid', 'sent', 'returned'])[1 + (random() * 3)::int], (random() * 10000)::numeric(10,2), ${words(8)}
  FROM generate_series(1, ${events / 4}) i;
INSERT INTO events (at, customer, kind, payload, note)
  SELECT now() - (i || ' s')::interval, 1 + (random() * ${events / 20 - 1})::int,
    (ARRAY['login', 'order', 'refund', 'visit'])[1 + (random() * 3)::int],
    jsonb_build_object('ip', (random() * 255)::int || '.' || (random() * 255)::int, 'ref', md5(random()::text), 'amount', (random() * 10000)::numeric(10,2)),
    md5(i::text) || ' ' || md5(random()::text)
  FROM generate_series(1, ${events}) i;
ALTER TABLE customers ADD PRIMARY KEY (id);
ALTER TABLE orders ADD PRIMARY KEY (id), ADD FOREIGN KEY (customer) REFERENCES customers;
ALTER TABLE events ADD PRIMARY KEY (id), ADD FOREIGN KEY (customer) REFERENCES customers;
CREATE UNIQUE INDEX ON customers (email);
CREATE INDEX ON orders (customer);
CREATE INDEX ON events (customer);
CREATE INDEX ON events (at);
`;

const VOCABULARY =
  "delivery parcel invoice returned morning second window payment declined address changed colour blue size large gift wrapped called again thanks please before noon porch neighbour reference missing label express standard".split(
    " ",
  );

/** SQL for so many words at random. */
function words(count: number): string {
  const list = VOCABULARY.map((word) => `'${word}'`).join(",");
  const one = `(ARRAY[${list}])[1 + floor(random() * ${VOCABULARY.length})::int]`;
  return Array.from({ length: count }, () => one).join(" || ' ' || ");
}
