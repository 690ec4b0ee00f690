import type { Shared } from "../../config/shared.ts";
import { clauseOf, Failure, refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { Secret } from "../../core/secret.ts";
import { readText, resolvePath } from "../../machine/files/files.ts";
import { succeed } from "../../machine/succeed.ts";
import { type DatabaseAddress, parseTargetUrl, passwordToHide, type DatabaseTarget } from "../../postgres/address.ts";
import type { SessionLock } from "../../postgres/database.ts";
import { envVariable, outerNames } from "./env-file.ts";

/** What the database is named by, and where. */
export interface DatabaseWorld {
  readonly shared: Shared;
  readonly machine: Machine;
  /** The environment's lock, where it may be held: each session looks at it. */
  readonly held?: SessionLock | undefined;
  readonly mask: (secret: Secret) => void;
  /** Told once where a server that is just starting is waited for. */
  readonly say: (text: string) => void;
}

/** What an input says, with the schema that is set. Refuses where it cannot be read. */
export async function targetOf(address: DatabaseAddress, input: string, request: DatabaseWorld): Promise<DatabaseTarget> {
  const target = await addressTarget(address, input, request);
  return withSchema(target, request.shared.schema);
}

/** The path of the application's role holds for whoever works in its place: what is named without a schema is then the same. */
export function withPathOf(target: DatabaseTarget, admin: DatabaseTarget): DatabaseTarget {
  if (admin.schema !== undefined || admin.searchPath !== undefined) return admin;
  const { schema, searchPath } = target;
  return { ...admin, ...(schema !== undefined && { schema }), ...(searchPath !== undefined && { searchPath }) };
}

/** `schema` as a setting says the same as in a URL; where both are said, they must agree. */
export function withSchema(target: DatabaseTarget, schema: string | undefined): DatabaseTarget {
  if (schema === undefined || target.schema === schema) return target;
  if (target.schema === undefined) return { ...target, schema };
  throw refusal(`\`schema\` is ${schema}, and ${target.setting ?? "the URL"} says schema=${target.schema}.`, {
    code: "inputs",
    hint: "Say it once, or the same in both.",
  });
}

async function addressTarget(address: DatabaseAddress, input: string, request: DatabaseWorld): Promise<DatabaseTarget> {
  if (address.kind === "url") return { ...address.target, setting: `\`${input}\`` };
  const value = await readFromEnvFile(address.name, input, request);
  request.mask(new Secret(value, `${address.name} in the host's .env`));
  try {
    const target = parseTargetUrl(value);
    hidePassword(target, request);
    return { ...target, setting: `\`${input}\` (${address.name} in app-dir's .env)` };
  } catch (error) {
    throw refusal(`\`${input}\`: ${address.name} in the host's .env ${error instanceof Error ? error.message : "cannot be read"}.`, {
      code: "env-file",
      hint: "It must look like postgres://user:password@server:5432/name.",
    });
  }
}

/** The password is masked before anything can say it. */
export function hidePassword(target: DatabaseTarget, { mask }: DatabaseWorld): void {
  const password = passwordToHide(target);
  if (password !== undefined) mask(password);
}

async function readFromEnvFile(name: string, input: string, { shared, machine }: DatabaseWorld): Promise<string> {
  const directory = shared["app-dir"];
  if (directory === undefined)
    throw refusal(`\`${input}: env:${name}\` is read from app-dir's .env, and \`app-dir\` is not given.`, { code: "env-file" });
  const path = `${await resolvePath(machine, directory)}/.env`;
  const text = await readText(machine, path);
  if (text === undefined)
    throw refusal(`\`${input}: env:${name}\`: there is no ${path} on ${machine.name} that ${machine.login} can read.`, {
      code: "env-file",
    });
  const value = await valueIn(text, name, { input, path, machine });
  if (value === undefined || value === "")
    throw refusal(`\`${input}: env:${name}\`: ${path} on ${machine.name} sets no ${name}.`, { code: "env-file" });
  return value;
}

async function valueIn(
  text: string,
  name: string,
  { input, path, machine }: { readonly input: string; readonly path: string; readonly machine: Machine },
): Promise<string | undefined> {
  try {
    const outside = await outerVariables(machine, outerNames(text));
    return envVariable(text, name, (one) => outside.get(one));
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error)) throw error;
    throw refusal(`\`${input}: env:${name}\`: ${path} on ${machine.name} cannot be read: ${clauseOf(error)}.`, {
      hint: "It is read as docker compose reads it: quote what holds spaces, # or several lines, and write a $ that is meant as such as $$, or in single quotes.",
      code: "env-file",
    });
  }
}

/** Those that are set in the environment of commands on the machine, as compose there sees it. */
async function outerVariables(machine: Machine, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map();
  const { stdout } = await succeed(machine, { words: ["sh", "-c", OUTER, "sh", ...names], repeatable: true }, "Reading the environment");
  const fields = stdout.split("\0");
  return new Map(fields.flatMap((name, at) => (at % 2 === 0 && name !== "" ? [[name, fields[at + 1] ?? ""] as const] : [])));
}

/** The names are letters, digits and _ alone. */
const OUTER = 'for name do eval "test -z \\"\\${$name+x}\\" || printf \'%s\\\\0%s\\\\0\' $name \\"\\$$name\\""; done';
