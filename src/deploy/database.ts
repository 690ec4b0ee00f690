import type { Shared } from "../config/shared.ts";
import { Failure, refusal } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { Secret } from "../core/secret.ts";
import { freeBytes, readText, resolvePath } from "../machine/files.ts";
import { openService } from "../machine/service.ts";
import { type DatabaseAddress, parseTargetUrl, passwordToHide, type Target } from "../postgres/address.ts";
import { type Database, openDatabase } from "../postgres/database.ts";
import { serviceTarget } from "../postgres/service-target.ts";
import { openComposeProject } from "./compose-project.ts";

interface Request {
  readonly shared: Shared;
  readonly machine: Machine;
  readonly here: Machine;
  readonly mask: (secret: Secret) => void;
}

/** The database that the settings name; undefined where they name none. */
export async function openConfiguredDatabase(request: Request): Promise<Database | undefined> {
  const { shared, machine, here } = request;
  if (shared["database-service"] !== undefined) return await openServiceDatabase(shared["database-service"], request);
  const address = shared["database-url"];
  if (address === undefined) return undefined;
  const dialFrom = shared["database-from"] === "runner" ? here : machine;
  const target = await targetOf(address, "database-url", request);
  const adminAddress = shared["database-admin-url"];
  const adminTarget = adminAddress === undefined ? target : await targetOf(adminAddress, "database-admin-url", request);
  if (adminTarget.database !== target.database) {
    throw refusal(`\`database-admin-url\` names the database ${adminTarget.database}, \`database-url\` names ${target.database}.`, {
      hint: "Both must name the same database; only the role differs.",
    });
  }
  return openDatabase({ target, adminTarget: withPathOf(target, adminTarget), dialFrom, toolsOn: dialFrom });
}

/** The server in a service of the compose project: credentials from its environment, tools and sessions through its container. */
async function openServiceDatabase(name: string, request: Request): Promise<Database> {
  const { shared, machine } = request;
  if (shared["database-url"] !== undefined) {
    throw refusal("`database-service` and `database-url` are both given, and each names the database.", {
      hint: "Give one of them: the service where it has PostgreSQL's usual variables (POSTGRES_USER, …), else the URL.",
    });
  }
  if (shared["database-from"] === "runner" && !machine.local) {
    throw refusal("`database-from: runner` does not go with `database-service`: the service is on the host, and reached from there.");
  }
  const project = await openComposeProject(machine, shared, "`database-service`");
  const service = await openService(project, name);
  const target = withSchema(await serviceTarget({ machine: service, environment: service.environment }), shared.schema);
  hidePassword(target, request);
  const admin = shared["database-admin-url"];
  const adminTarget = admin === undefined ? target : await serviceAdmin(admin, target, request);
  return openDatabase({ target, adminTarget, dialFrom: service, toolsOn: service });
}

/** Another role on the same server: where the URL says that it is, is seen from elsewhere. */
async function serviceAdmin(address: DatabaseAddress, target: Target, request: Request): Promise<Target> {
  const { user, password, database, setting = "`database-admin-url`" } = await targetOf(address, "database-admin-url", request);
  if (database === target.database) return { ...target, user, password, setting };
  throw refusal(`\`database-admin-url\` names the database ${database}, \`database-service\` has ${target.database}.`, {
    hint: "Both must name the same database; only the role differs.",
  });
}

/** The database as other programs on the host reach it; undefined where it is in a container that they cannot reach. */
export async function outsideTarget({ target, dialFrom }: Database): Promise<Target | undefined> {
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

async function targetOf(address: DatabaseAddress, input: string, request: Request): Promise<Target> {
  const target = await addressTarget(address, input, request);
  return withSchema(target, request.shared.schema);
}

/** The path of the application's role holds for whoever works in its place: what is named without a schema is then the same. */
function withPathOf(target: Target, admin: Target): Target {
  if (admin.schema !== undefined || admin.searchPath !== undefined) return admin;
  const { schema, searchPath } = target;
  return { ...admin, ...(schema !== undefined && { schema }), ...(searchPath !== undefined && { searchPath }) };
}

/** `schema` as a setting says the same as in a URL; where both are said, they must agree. */
function withSchema(target: Target, schema: string | undefined): Target {
  if (schema === undefined || target.schema === schema) return target;
  if (target.schema === undefined) return { ...target, schema };
  throw refusal(`\`schema\` is ${schema}, and ${target.setting ?? "the URL"} says schema=${target.schema}.`, {
    hint: "Say it once, or the same in both.",
  });
}

async function addressTarget(address: DatabaseAddress, input: string, request: Request): Promise<Target> {
  if (address.kind === "url") return { ...address.target, setting: `\`${input}\`` };
  const value = await readFromEnvFile(address.name, input, request);
  request.mask(new Secret(value));
  try {
    const target = parseTargetUrl(value);
    hidePassword(target, request);
    return { ...target, setting: `\`${input}\` (${address.name} in app-dir's .env)` };
  } catch (error) {
    throw refusal(`\`${input}\`: ${address.name} in the host's .env ${error instanceof Error ? error.message : "cannot be read"}.`, {
      hint: "It must look like postgres://user:password@server:5432/name.",
    });
  }
}

function hidePassword(target: Target, { mask }: Request): void {
  const password = passwordToHide(target);
  if (password !== undefined) mask(password);
}

async function readFromEnvFile(name: string, input: string, { shared, machine }: Request): Promise<string> {
  const directory = shared["app-dir"];
  if (directory === undefined) throw refusal(`\`${input}: env:${name}\` is read from app-dir's .env, and \`app-dir\` is not given.`);
  const path = `${await resolvePath(machine, directory)}/.env`;
  const text = await readText(machine, path);
  if (text === undefined)
    throw refusal(`\`${input}: env:${name}\`: there is no ${path} on ${machine.name} that ${machine.login} can read.`);
  const value = parseEnvFile(text).get(name);
  if (value === undefined || value === "") throw refusal(`\`${input}: env:${name}\`: ${path} on ${machine.name} sets no ${name}.`);
  return value;
}

/** The assignments of a `.env` file: `NAME=value`, `export NAME="value"`, comments; the last one counts. */
export function parseEnvFile(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const [, name = "", raw = ""] = match;
    const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(raw);
    values.set(name, quoted ? unescaped(quoted[2] ?? "", quoted[1] === '"') : raw.replace(/\s+#.*$/, ""));
  }
  return values;
}

function unescaped(value: string, double: boolean): string {
  return double ? value.replaceAll(/\\(["\\$n])/g, (_, char: string) => (char === "n" ? "\n" : char)) : value;
}
