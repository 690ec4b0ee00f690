// deploy/database: how the database that the settings name is reached.

import { Failure, refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { freeBytes } from "../../machine/files/files.ts";
import type { DatabaseTarget } from "../../postgres/address.ts";
import { type Database, openDatabase } from "../../postgres/database.ts";
import { type DatabaseWorld, targetOf, withPathOf } from "./database-target.ts";
import { databaseBeside } from "./database-beside.ts";
import { directTarget } from "./direct-way.ts";
import { openServiceDatabase } from "./service-database.ts";

/** The database that the settings name; undefined where they name none. */
export async function openConfiguredDatabase(request: DatabaseWorld & { readonly here: Machine }): Promise<Database | undefined> {
  const { shared, machine, here, say, held } = request;
  if (shared["database-service"] !== undefined) return await openServiceDatabase(shared["database-service"], request);
  const address = shared["database-url"];
  if (address === undefined) return undefined;
  const dialFrom = shared["database-from"] === "runner" ? here : machine;
  const named = await targetOf(address, "database-url", request);
  const adminAddress = shared["database-admin-url"];
  const admin = adminAddress === undefined ? undefined : await targetOf(adminAddress, "database-admin-url", request);
  if (admin !== undefined && admin.database !== named.database) {
    throw refusal(`\`database-admin-url\` names the database ${admin.database}, \`database-url\` names ${named.database}.`, {
      code: "other-database",
      hint: "Both must name the same database; only the role differs, or the way to it.",
    });
  }
  // From elsewhere than the project's machine, other names and ports lead to it.
  const beside = async (one: DatabaseTarget, error: Failure) =>
    dialFrom === machine ? await databaseBeside(one, error, request) : undefined;
  const target = await directTarget(named, admin, { dialFrom, toolsOn: dialFrom, say, beside });
  return openDatabase({
    target,
    adminTarget: admin === undefined ? target : withPathOf(target, admin),
    dialFrom,
    toolsOn: dialFrom,
    say,
    held,
    beside,
  });
}

/** The database as other programs on the host reach it; undefined where it is in a container that they cannot reach. */
export async function outsideTarget({ target, dialFrom }: Database): Promise<DatabaseTarget | undefined> {
  if (dialFrom.holder === undefined) return target;
  const address = await dialFrom.holder.addressOf(target.port);
  return address === undefined ? undefined : { ...target, ...address };
}

/** Free bytes where the server keeps its data; undefined where that cannot be looked at from here. */
export async function freeBytesOnServer(database: Database): Promise<number | undefined> {
  if (database.toolsOn.holder === undefined) return undefined;
  try {
    await using connection = await database.connect("look", { admin: true });
    const [row] = await connection.query<{ directory: string }>("SELECT current_setting('data_directory') AS directory");
    return row === undefined ? undefined : await freeBytes(database.toolsOn, row.directory);
  } catch (error) {
    // A role that may not ask, an image without df: that no room was seen is no reason to stop.
    if (error instanceof Failure && error.code !== "connection-lost") return undefined;
    throw error;
  }
}
