import { clauseOf, Failure, refusal } from "../core/failure.ts";
import type { Report } from "../core/report.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { endSessionsIn, heldSessions } from "./evict.ts";
import { identifier, literal } from "./literal.ts";
import { dropSubscription, dropSubscriptions, type Subscription, subscriptionsOf } from "./replication.ts";

/**
 * Removes a database of this cluster, its subscriptions and the sessions in it; missing is fine. Refuses the live one.
 * Returns the slots that stay with publishers elsewhere, and hold their files back.
 */
export async function dropDatabase(database: Database, name: string): Promise<readonly string[]> {
  if (name === database.name) throw refusal(`${name} is the live database and is not dropped.`, { code: "live-database" });
  await using connection = await database.connectMaintenance("side");
  const slots = (await subscriptionsOf(connection, name)).length > 0 ? await dropSubscriptions(database, name) : [];
  // What was a template when it was replaced is one still, and no template is dropped.
  const [template] = await connection.query("SELECT FROM pg_database WHERE datname = $1 AND datistemplate", [name]);
  if (template !== undefined) await connection.exec(`ALTER DATABASE ${identifier(name)} IS_TEMPLATE false`);
  await dropOnceEmpty(connection, name);
  return slots;
}

/** How often the server is asked, which waits for 5 s each time: sessions that were ended may need longer on a machine that is busy. */
const DROP_TRIES = 3;

async function dropOnceEmpty(connection: Connection, name: string): Promise<void> {
  const drop = `DROP DATABASE IF EXISTS ${identifier(name)}`;
  let forced = connection.serverVersion >= 130_000;
  for (let turn = 1; ; turn += 1) {
    try {
      if (!forced) await endSessionsIn(connection, [name]);
      return await connection.exec(forced ? `${drop} WITH (FORCE)` : drop);
    } catch (error) {
      const code = error instanceof Failure ? error.code : undefined;
      // Without being a superuser, FORCE is refused while autovacuum is at work in there. A plain DROP ends that by itself.
      const helpers = forced && code === "42501" && (await heldSessions(connection, [name])).length === 0;
      if (!helpers && (code !== "55006" || turn === DROP_TRIES)) throw error;
      if (helpers) forced = false;
    }
  }
}

/** What to do about the slots that `dropDatabase` names. */
export function slotsLeft(slots: readonly string[]): string {
  return `Slots stay with the publisher and keep its files back. There: ${slots.map((slot) => `SELECT pg_drop_replication_slot(${literal(slot)});`).join(" ")}`;
}

/**
 * The same where nothing may fail because a database stays that is not needed any more: that is a warning, with what drops
 * it. Slots that stay with publishers are named.
 */
export async function dropOrWarn(database: Database, name: string, report: Pick<Report, "warning">): Promise<void> {
  try {
    const slots = await dropDatabase(database, name);
    if (slots.length > 0) report.warning(slotsLeft(slots));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report.warning(
      `The database ${name} is not needed any more, and could not be dropped (${clauseOf(error)}). It stays. ${await howToDrop(database, name)}`,
    );
  }
}

/** While a database has a subscription, no DROP DATABASE takes it. */
async function howToDrop(database: Database, name: string): Promise<string> {
  const drop = `DROP DATABASE ${identifier(name)};`;
  const held = await subscriptionsIn(database, name);
  if (held.length === 0) return `Later: ${drop}`;
  const each = held.map((one) => dropSubscription(one.name).join(" ")).join(" ");
  const slots = held.flatMap(({ slot }) => slot ?? []);
  return `As a superuser, in psql -d ${name}: ${each}, then, in psql -d postgres: ${drop}${slots.length > 0 ? ` ${slotsLeft(slots)}` : ""}`;
}

/** None where it cannot be asked: the failure that is there already is the one to be told. */
async function subscriptionsIn(database: Database, name: string): Promise<readonly Subscription[]> {
  try {
    await using connection = await database.connectMaintenance("look");
    return await subscriptionsOf(connection, name);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
