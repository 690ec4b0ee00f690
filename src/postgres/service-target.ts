import { refusal } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { Secret } from "../core/secret.ts";
import { readText } from "../machine/files/files.ts";
import type { DatabaseTarget } from "./address.ts";

/** What images of PostgreSQL call it: the official one and its like, Bitnami's, Red Hat's. The first that says something counts. */
export const SERVICE_NAMES = {
  user: ["POSTGRES_USER", "POSTGRESQL_USERNAME", "POSTGRESQL_USER"],
  password: ["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"],
  database: ["POSTGRES_DB", "POSTGRES_DATABASE", "POSTGRESQL_DATABASE"],
} as const;

/** What says that an image is one of PostgreSQL's, also where nothing was set. */
const SIGNS = /^(?:POSTGRES_|POSTGRESQL_|PGDATA$|PG_MAJOR$)/;

/** What only a pooler's image has: it may be told of the server behind it by the server's own names. */
const POOLER = /^(?:PGBOUNCER|PGPOOL|PGCAT|ODYSSEY)_/;

const PORT = 5432;

/**
 * Where and how to enter the server of a service, as its own environment says, seen from inside its container.
 * Refuses (exit 2) where it is no PostgreSQL.
 */
export async function serviceTarget({
  machine,
  environment,
}: {
  readonly machine: Machine;
  readonly environment: ReadonlyMap<string, string>;
}): Promise<DatabaseTarget> {
  const names = [...environment.keys()];
  const pooler = names.some((name) => POOLER.test(name));
  if (pooler || !names.some((name) => SIGNS.test(name))) {
    throw refusal(
      `\`database-service\`: ${machine.name} ${pooler ? "is a pooler, and not the server" : "does not look like PostgreSQL"}.`,
      {
        code: "not-postgres",
        hint: "Name the service of the database; where its image has no POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, give database-url instead.",
      },
    );
  }
  const value = async (names: readonly string[]): Promise<string | undefined> => await readValue(names, machine, environment);
  const user = (await value(SERVICE_NAMES.user)) ?? "postgres";
  const password = await value(SERVICE_NAMES.password);
  const port = Number(environment.get("PGPORT") ?? environment.get("POSTGRESQL_PORT_NUMBER") ?? PORT);
  return {
    host: "127.0.0.1",
    port: Number.isInteger(port) && port > 0 && port < 65_536 ? port : PORT,
    user,
    password: password === undefined ? undefined : new Secret(password),
    database: (await value(SERVICE_NAMES.database)) ?? user,
    sslmode: "prefer",
    options: {},
    place: machine.name,
    setting: `the environment of ${machine.name}`,
  };
}

/** As the images read it: the value itself, or the file that holds it. */
async function readValue(
  names: readonly string[],
  machine: Machine,
  environment: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  for (const name of names) {
    const said = environment.get(name);
    if (said !== undefined && said !== "") return said;
    const path = environment.get(`${name}_FILE`);
    if (path === undefined || path === "") continue;
    const text = await readText(machine, path);
    if (text === undefined)
      throw refusal(`${name}_FILE of ${machine.name} names ${path}, and there is no such file in it.`, { code: "no-file" });
    const held = text.replace(/\n+$/, "");
    if (held !== "") return held;
  }
  return undefined;
}
