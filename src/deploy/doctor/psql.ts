import { quote } from "../../machine/quote.ts";
import type { Connection } from "../../postgres/connection.ts";
import type { DatabaseTarget } from "../../postgres/address.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { composeIn } from "./compose-command.ts";
import type { DoctorWorld } from "./world.ts";

interface Sql {
  readonly sql: string;
  /** The role that may do it. */
  readonly user: string;
  readonly database: string;
}

/** A command that runs SQL where the database is reached; it asks for the role's password by itself. */
export async function psqlCommand(world: DoctorWorld, target: DatabaseTarget, { sql, user, database }: Sql): Promise<string> {
  const host = await world.host();
  const { "database-service": service, "database-from": from } = world.shared;
  if (service !== undefined) return await composeIn(world, ["exec", "-T", service, "psql", "-U", user, "-d", database, "-c", sql]);
  const words = ["psql", "-h", target.socket ?? target.host, "-p", String(target.port), "-U", user, "-d", database, "-c", sql];
  return from === "runner" ? quote(words) : commandOn(host, words, { terminal: true });
}

/** The name of a superuser who can log in, as the server knows one: who pastes a command is one. */
export async function superuserOf(connection: Connection): Promise<string> {
  const [row] = await connection.query<{ name: string }>(
    "SELECT rolname::text AS name FROM pg_roles WHERE rolsuper AND rolcanlogin ORDER BY rolname <> 'postgres', oid LIMIT 1",
  );
  return row?.name ?? "postgres";
}
