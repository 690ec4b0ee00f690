/**
 * What a client sees of the shop's database: every 50 ms it connects, asks for a row of each table, and leaves. Prints
 * a line after its first answer, and the longest time between two answers (ms) when its standard input ends and it is
 * answered once more.
 */
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";

/** Each connection costs both sides a password's proof: far more often than this, the client would be part of what is measured. */
const PACE_MS = 50;
const ASK =
  'SELECT (SELECT id FROM customers LIMIT 1) AS customer, (SELECT id FROM orders LIMIT 1) AS "order", (SELECT id FROM events LIMIT 1) AS event';

let ending = false;
process.stdin.on("end", () => (ending = true)).resume();
let last: number | undefined;
let longest = 0;
for (;;) {
  const began = performance.now();
  const finalTime = ending;
  if (await answered()) {
    const now = performance.now();
    if (last === undefined) console.log("ready");
    else longest = Math.max(longest, now - last);
    last = now;
    if (finalTime) break;
  }
  await wait(Math.max(0, PACE_MS - (performance.now() - began)));
}
console.log(longest);

/** Whether it could connect and the shop's rows were there. */
async function answered(): Promise<boolean> {
  const client = new pg.Client({ connectionString: process.argv[2] });
  // A session that is ended under it shows as a failed query too.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(ASK);
    return Object.values(rows[0] ?? { none: null }).every((value) => value !== null);
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
