import type { Stage } from "./stage.ts";

/** Where each order is that the app got a commit for. */
export interface Account {
  readonly lines: readonly string[];
  readonly missing: number;
}

/** Looks every confirmed order up: in the live database, else in one that a rollback replaced and kept. */
export async function account(stage: Stage): Promise<Account> {
  const confirmed = await stage.confirmedOrders();
  const databases = await stage.databases();
  const found = new Map<string, number>();
  const where = new Map<string, Set<string>>();
  for (const database of databases) where.set(database, await ordersIn(stage, database));
  const counted = new Set<string>();
  let missing = 0;
  for (const { version, id } of confirmed) {
    const order = `order of ${version} ${id}`;
    const homes = ["shop", ...databases.filter((one) => one !== "shop")];
    // One row answers for one confirmation: two that cannot be told apart would hide that one of them is gone.
    const home = counted.has(order) ? undefined : homes.find((database) => where.get(database)?.has(order) === true);
    counted.add(order);
    if (home === undefined) missing += 1;
    else found.set(home, (found.get(home) ?? 0) + 1);
  }
  const count = (number: number): string => number.toLocaleString("en-US").padStart(8);
  return {
    missing,
    lines: [
      "\n━━ Every order that a customer got a confirmation for ━━",
      `  ${count(confirmed.length)}  confirmed by the database, noted by the app`,
      ...[...found].map(
        ([database, number]) => `  ${count(number)}  in ${database}${database === "shop" ? ", the live database" : ", replaced and kept"}`,
      ),
      `  ${count(missing)}  nowhere`,
    ],
  };
}

async function ordersIn(stage: Stage, database: string): Promise<Set<string>> {
  const [column] = await stage.query<{ column_name: string }>(
    database,
    "SELECT column_name FROM information_schema.columns WHERE table_name = 'orders' AND column_name IN ('what', 'title')",
  );
  if (column === undefined) return new Set();
  const rows = await stage.query<{ text: string }>(database, `SELECT "${column.column_name}" AS text FROM orders`);
  return new Set(rows.map((row) => row.text));
}
