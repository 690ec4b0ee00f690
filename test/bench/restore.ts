import { existsSync } from "node:fs";
import { join } from "node:path";
import { always, atMost, type Findings } from "./judgement.ts";
import { SCRIPT } from "./backup.ts";
import { startClient } from "./client-process.ts";
import { interleaved } from "./rounds.ts";
import type { Site } from "./site.ts";

const DROP_CREATE = "psql -qd postgres -v ON_ERROR_STOP=1 -c 'DROP DATABASE shop WITH (FORCE)' -c 'CREATE DATABASE shop'";
/** What the checks of ours are measured against: the restore alone, from a file that pg_dump wrote for it. */
const BARE = "createdb bare && pg_restore --jobs=2 --exit-on-error --dbname=bare bare.seekable";
const LOAD = "gunzip -c script.sql.gz | psql -qd shop -v ON_ERROR_STOP=1 -o /dev/null";

/** A restore with swap against the usual script, while a client connects and asks every 50 ms. */
export async function benchRestore(site: Site, rounds: number, say: (text: string) => void): Promise<Findings> {
  say("preparing what is restored");
  if (!existsSync(join(site.folder, "script.sql.gz"))) await site.shell(SCRIPT);
  await site.shell("pg_dump --format=custom --compress=1 --file=bare.seekable shop");
  await site.savepoint("backup", "--purpose", "manual", "--verify", "read");
  const expected = await rowsOf(site);
  const gaps: Record<"script" | "ours", number[]> = { script: [], ours: [] };
  const measure = async (who: "script" | "ours", restore: () => Promise<number>): Promise<number> => {
    const client = await startClient(site);
    const ms = await restore();
    const gap = await client.longestGap();
    gaps[who].push(gap);
    const found = await rowsOf(site);
    if (found !== expected) throw new Error(`${who}: ${found} came back instead of ${expected}`);
    return ms;
  };
  // What a restore meets is a database that lives: vacuumed and analysed, whoever restored it last.
  const prepare = async (): Promise<void> => {
    await site.sql("shop", "VACUUM ANALYZE");
    await site.settle();
  };
  const [script, ours, bare] = await interleaved(
    [
      { what: "the script", prepare, run: async () => await measure("script", async () => await site.shell(`${DROP_CREATE} && ${LOAD}`)) },
      {
        what: "savepoint restore",
        prepare,
        run: async () => {
          const ms = await measure("ours", async () => await site.savepoint("restore", "--backup", "latest", "--confirm", "production"));
          await dropReplaced(site);
          return ms;
        },
      },
      {
        what: "bare pg_restore",
        prepare,
        run: async () => {
          const ms = await site.shell(BARE);
          await site.sql("postgres", "DROP DATABASE bare");
          return ms;
        },
      },
    ],
    rounds,
    say,
  );
  if (script === undefined || ours === undefined || bare === undefined) throw new Error("nothing was measured");
  // The first round warms up.
  const gap = { what: "without the application, savepoint restore", samples: gaps.ours.slice(1) };
  return {
    series: [script, ours, bare, { what: "without the application, the script", samples: gaps.script.slice(1) }, gap],
    judgements: [atMost(1, ours, script), atMost(1.1, ours, bare), always(1000, gap)],
    notes: [
      `The script is \`${DROP_CREATE}\`, then \`${LOAD}\`; bare is \`${BARE}\`. \`savepoint restore\` checks the dump's checksum, restores beside the live database, compares schema, rows and sequences, makes statistics (the script makes none), counts the live rows, swaps, and keeps the replaced database.`,
      "Without the application: a client connects, asks for a row of each table, and leaves, every 50 ms; this is the longest time between two of its answers.",
    ],
  };
}

async function rowsOf(site: Site): Promise<string> {
  const [row] = await site.sql(
    "shop",
    "SELECT (SELECT count(*) FROM customers) || ' customers, ' || (SELECT count(*) FROM orders) || ' orders, ' || (SELECT count(*) FROM events) || ' events' AS rows",
  );
  return String(row?.["rows"]);
}

async function dropReplaced(site: Site): Promise<void> {
  const replaced = await site.sql(
    "postgres",
    String.raw`SELECT format('DROP DATABASE %I', datname) AS statement FROM pg_database WHERE datname LIKE 'shop\_failed\_%'`,
  );
  if (replaced.length !== 1) throw new Error(`${replaced.length} replaced databases were kept instead of 1`);
  for (const { statement } of replaced) await site.sql("postgres", String(statement));
}
