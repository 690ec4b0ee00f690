import { Failure } from "../../core/failure.ts";
import type { Ports } from "../../core/ports.ts";
import type { Connection } from "../../postgres/connection.ts";
import { type Database, openDatabase } from "../../postgres/database.ts";
import { dropOrWarn } from "../../postgres/drop-database.ts";
import { identifier } from "../../postgres/literal.ts";
import { createSide, newSideName } from "../../postgres/side.ts";
import { locateHistory } from "../history.ts";

/** An empty database beside the one that was named, for as long as it is held. */
export interface Throwaway extends AsyncDisposable {
  readonly database: Database;
  readonly name: string;
}

/**
 * Makes one, owned by the role that migrates, with encoding and locale as the named one's and with the schema in which that one's
 * migrations work. It is dropped in the end, however that comes; one whose maker was killed is known by its name, and swept
 * (`sweepSides`): a session stays in this one for as long as it is used.
 */
export async function makeThrowaway(beside: Database, ports: Pick<Ports, "clock" | "report">): Promise<Throwaway> {
  const name = newSideName(beside.name, "validate", ports.clock.now());
  const schema = await workingSchema(beside);
  try {
    await createSide(beside, name, beside.target.user);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "42501") throw error;
    throw error.with({
      exit: 2,
      hint: `${beside.adminTarget.user} must be allowed to create databases: ALTER ROLE ${identifier(beside.adminTarget.user)} CREATEDB; or name a role that is as database-admin-url.`,
    });
  }
  let staying: Connection | undefined;
  const drop = async (): Promise<void> => {
    await staying?.[Symbol.asyncDispose]();
    await dropOrWarn(beside, name, ports.report);
  };
  try {
    const database = openDatabase({
      target: { ...beside.target, database: name },
      adminTarget: { ...beside.adminTarget, database: name },
      dialFrom: beside.dialFrom,
      toolsOn: beside.toolsOn,
    });
    staying = await database.connect("look", { admin: true });
    if (schema !== undefined && schema !== "public")
      await staying.exec(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)} AUTHORIZATION ${identifier(beside.target.user)}`);
    return { database, name, [Symbol.asyncDispose]: drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** Undefined where the named database has none yet: then the migrations make it, or say what is missing. */
async function workingSchema(beside: Database): Promise<string | undefined> {
  await using connection = await beside.connect("look", { asApp: true });
  try {
    const place = await locateHistory(connection);
    return place.state === "foreign" ? undefined : place.schema;
  } catch (error) {
    if (error instanceof Failure && error.code === "3F000") return beside.target.schema;
    throw error;
  }
}
