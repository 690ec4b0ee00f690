/** The demo's app in five versions: files by path. Each version is the one before with these files changed. */
export interface Version {
  readonly name: string;
  readonly story: string;
  /** It starts, and never becomes healthy: nobody needs to wait long for that. */
  readonly unwell?: true;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * A small shop that keeps a pool of connections and writes an order every few milliseconds. It notes each order that the
 * database confirmed, so that the demo can ask afterwards where every one of them is.
 */
function server(change: { readonly column: string; readonly health: string }): string {
  return `const { randomUUID } = require("node:crypto");
const { appendFileSync } = require("node:fs");
const { createServer } = require("node:http");
const { Pool } = require(process.env.PG_CLIENT);

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4, application_name: "shop" });
pool.on("error", () => {}); // a database that is swapped ends connections; the next query opens a new one

async function takeOrders() {
  for (;;) {
    // Not the row's id: that is given a second time where a restore took the first one back.
    const order = process.env.SHOP_VERSION + " " + randomUUID();
    try {
      await pool.query("INSERT INTO orders (${change.column}) VALUES ($1)", ["order of " + order]);
      appendFileSync("data/confirmed.log", order + "\\n");
    } catch (error) {
      // Not confirmed, so the customer is told to try again; it counts for nothing, and is kept to be looked at.
      appendFileSync("data/refused.log", error.message + "\\n");
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

createServer(async (request, response) => {
  try {
    ${change.health}
    response.end(JSON.stringify({ status: "ok", version: process.env.SHOP_VERSION, commit: process.env.SAVEPOINT_COMMIT }));
  } catch (error) {
    response.statusCode = 500;
    response.end(JSON.stringify({ status: "broken", error: error.message }));
  }
}).listen(Number(process.env.PORT), "127.0.0.1");

takeOrders();
`;
}

const migration = (up: string, down: string): string => `-- UP\n${up}\n-- DOWN\n${down}\n`;

export const versions: readonly Version[] = [
  {
    name: "1.0",
    story: "the first version; healthy, so it becomes stable",
    files: {
      VERSION: "1.0\n",
      "server.js": server({ column: "what", health: 'await pool.query("SELECT what FROM orders LIMIT 1");' }),
      "migrations/001_orders.sql": migration(
        "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL, at timestamptz NOT NULL DEFAULT now());",
        "DROP TABLE orders;",
      ),
    },
  },
  {
    name: "1.1",
    story: "a migration renames a column; orders go in, but the page that shows them breaks",
    unwell: true,
    files: {
      VERSION: "1.1\n",
      "server.js": server({ column: "title", health: 'await pool.query("SELECT what FROM orders LIMIT 1");' }),
      "migrations/002_title.sql": migration(
        "ALTER TABLE orders RENAME COLUMN what TO title;",
        "ALTER TABLE orders RENAME COLUMN title TO what;",
      ),
    },
  },
  {
    name: "1.2",
    story: "the migration is fixed, but the app dies when it starts",
    unwell: true,
    files: { VERSION: "1.2\n", "server.js": "throw new Error(\"Cannot find module './payments'\");\n" },
  },
  {
    name: "1.3",
    story: "two migrations, and the second one fails half-way",
    files: {
      VERSION: "1.3\n",
      "server.js": server({ column: "title", health: 'await pool.query("SELECT title FROM orders LIMIT 1");' }),
      "migrations/003_customers.sql": migration(
        "ALTER TABLE orders ADD COLUMN customer bigint REFERENCES customers (id);",
        "ALTER TABLE orders DROP COLUMN customer;",
      ),
    },
  },
  {
    name: "1.4",
    story: "all of it right",
    files: {
      VERSION: "1.4\n",
      "migrations/003_customers.sql": migration(
        "CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);\nALTER TABLE orders ADD COLUMN customer bigint REFERENCES customers (id);",
        "ALTER TABLE orders DROP COLUMN customer;\nDROP TABLE customers;",
      ),
    },
  },
];

/** Starts the version that is checked out, in the app's folder. */
export const START = `set -a; . ./.env; SHOP_VERSION=$(cat VERSION); set +a
nohup "$NODE" server.js >data/log 2>&1 &
echo $! >data/pid`;

/** The settings file that the demo's repository carries. A version that is to be healthy has time for it, however slow the machine is. */
export function settingsFile(place: {
  readonly app: string;
  readonly state: string;
  readonly port: number;
  readonly unwell: boolean;
}): string {
  return `app: shop
environments:
  production:
    app-dir: ${place.app}
    state-dir: ${place.state}
    database-url: env:DATABASE_URL
    rollout:
      stop-command: if [ -f data/pid ]; then kill "$(cat data/pid)" 2>/dev/null || true; rm -f data/pid; fi
      start-command: |
        ${START.replaceAll("\n", "\n        ")}
    health:
      url: http://127.0.0.1:${place.port}/
      expect-json: { status: ok }
      expect-version: json:commit
      timeout: ${place.unwell ? "3s" : "2m"}
`;
}
