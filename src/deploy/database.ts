import { refusal } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { Secret } from "../core/secret.ts";
import { readText, resolvePath } from "../machine/files.ts";
import { type DatabaseAddress, parseTargetUrl, type Target } from "../postgres/address.ts";
import { type Database, openDatabase } from "../postgres/database.ts";
import type { Shared } from "./environment.ts";

interface Request {
  readonly shared: Shared;
  readonly machine: Machine;
  readonly here: Machine;
  readonly mask: (secret: Secret) => void;
}

/** The database that the settings name; undefined where they name none. */
export async function openConfiguredDatabase(request: Request): Promise<Database | undefined> {
  const { shared, machine, here } = request;
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
  return openDatabase({ target, adminTarget, dialFrom, toolsOn: dialFrom });
}

async function targetOf(address: DatabaseAddress, input: string, request: Request): Promise<Target> {
  if (address.kind === "url") return { ...address.target, setting: `\`${input}\`` };
  const value = await readFromEnvFile(address.name, input, request);
  request.mask(new Secret(value));
  try {
    const target = parseTargetUrl(value);
    if (target.password !== undefined) request.mask(target.password);
    return { ...target, setting: `\`${input}\` (${address.name} in app-dir's .env)` };
  } catch (error) {
    throw refusal(`\`${input}\`: ${address.name} in the host's .env ${error instanceof Error ? error.message : "cannot be read"}.`, {
      hint: "It must look like postgres://user:password@server:5432/name.",
    });
  }
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
