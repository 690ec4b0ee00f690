import type { Kind } from "../core/kinds.ts";
import type { Address } from "../core/machine.ts";
import { Secret } from "../core/secret.ts";
import { identifier } from "./literal.ts";
import { asOption } from "./server-options.ts";
import { readParameters } from "./url-parameters.ts";
import { readUrl } from "./url-text.ts";

/** Where a database is and how to enter it, as its URL says. */
export interface DatabaseTarget {
  /** A name or an address; `localhost` where `socket` is given. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret | undefined;
  readonly database: string;
  /** As libpq means it: `disable`, `allow`, `prefer`, `require`, `verify-ca`, `verify-full`. */
  readonly sslmode: string;
  /** The folder of the server's Unix socket. */
  readonly socket?: string;
  /** libpq's own parameters after the `?`, under its names: `sslrootcert`, `options`, `connect_timeout`, … */
  readonly options: Readonly<Record<string, string>>;
  /** The schema in which the migrations work and their history is; else what the server says is the path's first. */
  readonly schema?: string;
  /** Whether the URL itself says the schema, as Prisma has it: `?schema=`. */
  readonly schemaInUrl?: true;
  /** As SQL writes it: `app, public`. */
  readonly searchPath?: string;
  /** Where the URL itself says that a pooler is in between: `pgbouncer=true`. */
  readonly pooled?: true;
  /** What only one tool reads, which takes it out itself: `x-migrations-table`. */
  readonly toolsOwn?: Readonly<Record<string, string>>;
  /** What the user calls it, for messages: `database-url`. */
  readonly setting?: string;
  /** What gave the database's name, where that is another setting. */
  readonly nameSetting?: string;
  /** For messages, where the address alone would not tell: `the service postgres on shop.example`. */
  readonly place?: string;
}

/** What `database-url` may say: a URL, or the variable of the application's own environment that holds one. */
export type DatabaseAddress = { readonly kind: "env"; readonly name: string } | { readonly kind: "url"; readonly target: DatabaseTarget };

const FORM = "postgres://user:password@server:5432/database, or env:NAME";
const DEFAULT_SOCKET_FOLDER = "/var/run/postgresql";

export const databaseAddress: Kind<DatabaseAddress> = {
  form: FORM,
  parse(text) {
    const given = text.trim();
    if (!given.startsWith("env:")) return { kind: "url", target: parseTargetUrl(given) };
    const name = given.slice("env:".length);
    // Not repeated in the message: someone may have put the URL itself behind `env:`.
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error("names no variable: after env: stands its name, such as env:DATABASE_URL");
    return { kind: "env", name };
  },
};

/**
 * Reads `postgres://` and `postgresql://` URLs as libpq does (percent-encoding, `[v6]`, socket folders as host or in
 * `?host=`), and other programs' words behind the `?`: each is honoured, or refused by name. Throws an Error that says
 * what is wrong and never repeats any part of the text that may be secret.
 */
export function parseTargetUrl(url: string): DatabaseTarget {
  const parts = readUrl(url);
  const { place, libpq, sslmode, schema, searchPath, pooled, toolsOwn } = readParameters(parts.query);
  const host = place.host ?? (parts.place.host || (libpq["hostaddr"] ?? ""));
  const port = place.port ?? parts.place.port;
  const user = place.user ?? parts.user;
  const password = place.password ?? parts.password;
  const database = place.dbname ?? parts.database;
  if (user === "") throw new Error("names no user: postgres://user:password@server/database");
  if (database === "") throw new Error("names no database: postgres://user:password@server/database");
  if (`${host}${port}`.includes(",")) throw new Error("names several servers: exactly one is needed, the one that writes");
  if (host.startsWith("@")) throw new Error("names an abstract socket, which is not dialled here: write its folder, or a server's name");
  return {
    ...(host === "" || host.startsWith("/") ? { host: "localhost", socket: host === "" ? DEFAULT_SOCKET_FOLDER : host } : { host }),
    port: readPort(port),
    user,
    password: password === "" ? undefined : new Secret(password),
    database,
    sslmode,
    options: libpq,
    ...(schema !== undefined && { schema, schemaInUrl: true }),
    ...(searchPath !== undefined && { searchPath }),
    ...(pooled !== undefined && { pooled }),
    ...(Object.keys(toolsOwn).length > 0 && { toolsOwn }),
  };
}

/**
 * What the server is told of the session when it begins: `options`, and behind it the search path. A schema that was
 * named comes first in it, and is all of it where no path was said: what is not in it is then not taken from elsewhere.
 */
export function serverOptions({ options, schema, searchPath }: DatabaseTarget): string | undefined {
  const path = [...(schema === undefined ? [] : [identifier(schema)]), ...(searchPath === undefined ? [] : [searchPath])].join(", ");
  const parts = [options["options"] ?? "", ...(path === "" ? [] : [asOption({ name: "search_path", value: path })])];
  return parts.filter((part) => part !== "").join(" ") || undefined;
}

/** The databases of the cluster from which one of this name can be renamed, the first that lets in. */
export function otherDatabases({ database }: DatabaseTarget, name: string): readonly string[] {
  return [...new Set([database, "postgres", "template1"])].filter((one) => one !== name);
}

/** What `dial` needs. */
export function addressOf(target: DatabaseTarget): Address {
  if (target.socket === undefined) return { host: target.options["hostaddr"] ?? target.host, port: target.port };
  return { socket: `${target.socket}/.s.PGSQL.${target.port}` };
}

/**
 * The password, to be hidden wherever it shows up; undefined where it is also the user, the server or the database, which
 * are said in the open: `***` in their place would tell it.
 */
export function passwordToHide({ password, user, host, database }: DatabaseTarget): Secret | undefined {
  return password !== undefined && [user, host, database].includes(password.reveal()) ? undefined : password;
}

/** For logs, without the password: `app at db.example:5432 as shop`. */
export function describeTarget(target: DatabaseTarget): string {
  return `${target.database} ${target.place === undefined ? "at" : "in"} ${placeOfServer(target)} as ${target.user}`;
}

/** The server, and who asks to be let in; which database was asked for has nothing to do with a password. */
export function describeServer(target: DatabaseTarget): string {
  return `${placeOfServer(target)} as ${target.user}`;
}

function placeOfServer(target: DatabaseTarget): string {
  if (target.place !== undefined) return target.place;
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return target.socket === undefined ? `${host}:${target.port}` : `${target.socket} (port ${target.port})`;
}

function readPort(text: string): number {
  if (text === "") return 5432;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new Error("has a port that is no number from 1 to 65535 (a : / ? # or @ inside the password is %3A %2F %3F %23 %40)");
  }
  return port;
}
