import type { Kind } from "../core/kinds.ts";
import type { Address } from "../core/machine.ts";
import { Secret } from "../core/secret.ts";

/** Where a database is and how to enter it, as its URL says. */
export interface Target {
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
  /** Everything else after the `?`: `sslrootcert`, `sslcert`, `sslkey`, `options`, and what other programs keep there. */
  readonly options: Readonly<Record<string, string>>;
  /** What the user calls it, for messages: `database-url`. */
  readonly setting?: string;
  /** For messages, where the address alone would not tell: `the service postgres on shop.example`. */
  readonly place?: string;
}

/** What `database-url` may say: a URL, or the variable of the application's own environment that holds one. */
export type DatabaseAddress = { readonly kind: "env"; readonly name: string } | { readonly kind: "url"; readonly target: Target };

const FORM = "postgres://user:password@server:5432/database, or env:NAME";
const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
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
 * Reads `postgres://` and `postgresql://` URLs as libpq does: percent-encoding, `[v6]`, socket folders as host or
 * in `?host=`. Throws an Error that says what is wrong and never repeats any part of the text, which may be secret.
 */
export function parseTargetUrl(url: string): Target {
  // `postgresql+psycopg://` and the like are how some applications spell it in their own settings.
  const scheme = /^postgres(?:ql)?(?:\+[a-z0-9]+)?:\/\//i.exec(url);
  if (!scheme) throw new Error("is not a PostgreSQL URL: it must begin with postgres:// or postgresql://");
  const parts = split(url.slice(scheme[0].length));
  const { host, ...options } = parts.query;
  const place = host === undefined ? parts.place : { ...parts.place, host };
  const port = options["port"] ?? place.port;
  const user = options["user"] ?? parts.user;
  const password = options["password"] ?? parts.password;
  const database = options["dbname"] ?? parts.database;
  for (const known of ["port", "user", "password", "dbname"]) delete options[known];
  if (user === "") throw new Error("names no user: postgres://user:password@server/database");
  if (database === "") throw new Error("names no database: postgres://user:password@server/database");
  if (`${place.host}${port}`.includes(",")) throw new Error("names several servers: exactly one is needed, the one that writes");
  return {
    ...(place.host === "" || place.host.startsWith("/")
      ? { host: "localhost", socket: place.host === "" ? DEFAULT_SOCKET_FOLDER : place.host }
      : { host: place.host }),
    port: readPort(port),
    user,
    password: password === "" ? undefined : new Secret(password),
    database,
    sslmode: readSslMode(options),
    options,
  };
}

/** What `dial` needs. */
export function addressOf(target: Target): Address {
  if (target.socket === undefined) return { host: target.host, port: target.port };
  return { socket: `${target.socket}/.s.PGSQL.${target.port}` };
}

/**
 * The password, to be hidden wherever it shows up; undefined where it is also the user, the server or the database, which
 * are said in the open: `***` in their place would tell it.
 */
export function passwordToHide({ password, user, host, database }: Target): Secret | undefined {
  return password !== undefined && [user, host, database].includes(password.reveal()) ? undefined : password;
}

/** For logs, without the password: `app at db.example:5432 as shop`. */
export function describeTarget(target: Target): string {
  if (target.place !== undefined) return `${target.database} in ${target.place} as ${target.user}`;
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  const place = target.socket === undefined ? `${host}:${target.port}` : `${target.socket} (port ${target.port})`;
  return `${target.database} at ${place} as ${target.user}`;
}

interface Parts {
  readonly user: string;
  readonly password: string;
  readonly place: { readonly host: string; readonly port: string };
  readonly database: string;
  readonly query: Record<string, string>;
}

function split(rest: string): Parts {
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const tail = end < 0 ? "" : rest.slice(end);
  const question = tail.indexOf("?");
  const path = question < 0 ? tail : tail.slice(0, question);
  if (tail.includes("#") || path.includes("@") || path.slice(1).includes("/")) {
    throw new Error("cannot be read: write / ? # @ and % inside the user, password or database name as %2F %3F %23 %40 and %25");
  }
  const at = authority.lastIndexOf("@");
  const login = at < 0 ? "" : authority.slice(0, at);
  const colon = login.indexOf(":");
  return {
    user: decode(colon < 0 ? login : login.slice(0, colon), "user"),
    password: colon < 0 ? "" : decode(login.slice(colon + 1), "password"),
    place: readPlace(authority.slice(at + 1)),
    database: decode(path.slice(1), "database name"),
    query: readQuery(question < 0 ? "" : tail.slice(question + 1)),
  };
}

function readPlace(text: string): { readonly host: string; readonly port: string } {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*))(?::(.*))?$/.exec(text);
  if (!match) throw new Error("names a server that cannot be read: an IPv6 address stands in brackets, such as [::1]:5432");
  return { host: decode(match[1] ?? match[2] ?? "", "server"), port: match[3] ?? "" };
}

function readQuery(text: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const pair of text.split("&").filter((one) => one !== "")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0));
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
      throw new Error("has options behind the ? that cannot be read: write name=value, joined by & (a ? inside the password is %3F)");
    }
    query[name] = decode(pair.slice(equals + 1), `option ${name}`);
  }
  return query;
}

function readPort(text: string): number {
  if (text === "") return 5432;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new Error("has a port that is no number from 1 to 65535 (a : / ? # or @ inside the password is %3A %2F %3F %23 %40)");
  }
  return port;
}

function readSslMode(options: Record<string, string>): string {
  // Two words of Node programs, which libpq does not know: encrypted, certificate not looked at.
  const unverified = options["sslmode"] === "no-verify" || (options["sslmode"] === undefined && options["ssl"] === "true");
  const mode = unverified ? "require" : (options["sslmode"] ?? "prefer");
  delete options["sslmode"];
  delete options["ssl"];
  if (!SSL_MODES.includes(mode)) throw new Error(`has an unknown sslmode: it is one of ${SSL_MODES.join(", ")}`);
  return mode;
}

function decode(text: string, what: string): string {
  const decoded = percentDecoded(text);
  if (decoded === undefined) throw new Error(`has a ${what} that cannot be read: a % there is written %25`);
  if (decoded.includes("\0")) throw new Error(`has a NUL byte in its ${what}`);
  return decoded;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // The error itself is dropped: it may carry the text.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
