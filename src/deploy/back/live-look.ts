import { clauseOf, Failure } from "../../core/failure.ts";
import type { SchemaView } from "../../core/history.ts";
import type { Connection } from "../../postgres/connection.ts";
import type { Database } from "../../postgres/database.ts";
import type { Environment } from "../environment/environment.ts";
import { readSchemaView } from "../environment/versions.ts";

/** What the live database says, or why a failed version left it so that it cannot be asked. */
export type LiveLook<T> = { readonly schema: SchemaView; readonly more: T } | { readonly unreadable: string };

/**
 * SQLSTATE classes in which nothing is wrong with what lies in the database: connections (08), logins (28), no such
 * database (3D), resources (53, but 55 is a database that lets nobody in), shutting down and cancelled (57).
 */
const NOT_THE_DATABASES = /^(?:08|28|3D|53|57)/u;

/**
 * Looks at the live database as the application's role, then as admin. The way back must not depend on what the failed
 * version left: an error of what is in the database is an answer, one of the way there is thrown.
 * `more` is asked in the same session.
 */
export async function lookAtLive<T>(
  environment: Environment,
  database: Database,
  more: (connection: Connection, schema: SchemaView) => Promise<T>,
): Promise<LiveLook<T>> {
  return await asWhoMay(environment, database, async (connection) => {
    const schema = await readSchemaView(connection, environment.shared["history-tables"] ?? []);
    return { schema, more: await more(connection, schema) };
  });
}

/** Throws what keeps a way back from looking at the live database at all: a wrong password, a server that is away. Reads nothing. */
export async function knockAt(environment: Environment, database: Database): Promise<void> {
  await asWhoMay(environment, database, async () => ({}));
}

async function asWhoMay<T extends object>(
  { ports: { signal } }: Environment,
  database: Database,
  look: (connection: Connection) => Promise<T>,
): Promise<T | { readonly unreadable: string }> {
  let first: Failure | undefined;
  for (const admin of database.adminTarget.user === database.target.user ? [false] : [false, true]) {
    try {
      await using connection = await database.connect("look", { admin, signal });
      return await look(connection);
    } catch (error) {
      if (!isOfWhatIsThere(error) && !(await isClosedByItsLimit(database, error))) throw error;
      first ??= error as Failure;
    }
  }
  return { unreadable: first === undefined ? "" : clauseOf(first) };
}

function isOfWhatIsThere(error: unknown): error is Failure {
  return error instanceof Failure && /^[0-9A-Z]{5}$/u.test(error.code ?? "") && !NOT_THE_DATABASES.test(error.code ?? "");
}

/** Too many connections (53300) is the server's or the users' matter, unless the database was told to take none. */
async function isClosedByItsLimit(database: Database, error: unknown): Promise<boolean> {
  if (!(error instanceof Failure) || error.code !== "53300") return false;
  await using maintenance = await database.connectMaintenance("look");
  const [row] = await maintenance.query<{ none: boolean }>("SELECT datconnlimit = 0 AS none FROM pg_database WHERE datname = $1", [
    database.name,
  ]);
  return row?.none === true;
}

/** The live database's view, where there is one and it can be read. */
export async function readableSchema(environment: Environment): Promise<SchemaView | undefined> {
  const database = await environment.database();
  if (database === undefined) return undefined;
  const look = await lookAtLive(environment, database, async () => undefined);
  return "schema" in look ? look.schema : undefined;
}
