import { nearest } from "../core/nearest.ts";
import { asOption, settingsIn } from "./server-options.ts";
import { APPLICATION, isToolsOwn, KNOWN, READ, REFUSED, SAME_AS, SERVER, WIRE } from "./url-names.ts";

/** What stands behind the `?`, with one name for each meaning. */
export interface Parameters {
  /** By libpq's names: what is honoured, and what tools are handed on. */
  readonly libpq: Readonly<Record<string, string>>;
  readonly sslmode: string;
  readonly schema?: string;
  readonly searchPath?: string;
  /** Where `pgbouncer=true` says that a pooler is in between. */
  readonly pooled?: true;
  /** What only one tool reads, which takes it out itself: `x-migrations-table`. */
  readonly toolsOwn: Readonly<Record<string, string>>;
  /** The place, the login and the database, where they stand here and not before the `?`. */
  readonly place: Readonly<Partial<Record<"host" | "port" | "user" | "password" | "dbname", string>>>;
}

const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
const PLACE = ["host", "port", "user", "password", "dbname"];
/** Read here, and handed on under the same name. */
const HANDED_ON = [
  "options",
  "channel_binding",
  "connect_timeout",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "sslsni",
  "hostaddr",
  "ssl_min_protocol_version",
  "ssl_max_protocol_version",
  "target_session_attrs",
  "gssencmode",
];

/**
 * Reads the options of a URL: honours what has one clear meaning, and throws an Error that names what has none here, with
 * what to write instead. A value is never repeated.
 */
export function readParameters(given: ReadonlyMap<string, string>): Parameters {
  const said = new Map<string, string>();
  const server: string[] = [];
  const toolsOwn: Record<string, string> = {};
  for (const [name, value] of given) {
    const setting = serverSetting(name);
    if (isToolsOwn(name)) toolsOwn[name] = value;
    else if (setting !== undefined) server.push(asOption({ name: setting, value }));
    else put(said, known(name), value);
  }
  check(said);
  const options = [said.get("options") ?? "", ...server].filter((part) => part !== "").join(" ");
  if (options !== "") said.set("options", options);
  const searchPath = pathOf(said, options);
  const schema = said.get("schema");
  return {
    libpq: picked(said, [...HANDED_ON, ...WIRE]),
    sslmode: sslModeOf(said),
    ...(schema !== undefined && schema !== "" && { schema }),
    ...(searchPath !== undefined && { searchPath }),
    ...(said.get("pgbouncer") === "true" && { pooled: true }),
    toolsOwn,
    place: { ...picked(said, PLACE), ...socketOf(said) },
  };
}

/** `timezone` for `TimeZone`, and for sqlx's `options[TimeZone]`; the path is no such setting: it has rules of its own. */
function serverSetting(name: string): string | undefined {
  const bracketed = /^options\[(.+)\]$/.exec(name)?.[1]?.toLowerCase();
  if (bracketed !== undefined) return bracketed === "search_path" ? undefined : bracketed;
  return SERVER.has(name.toLowerCase()) ? name.toLowerCase() : undefined;
}

function known(name: string): string {
  if (name.toLowerCase() === "options[search_path]") return "search_path";
  const one = SAME_AS[name] ?? name;
  const instead = REFUSED[one];
  if (instead !== undefined) throw new Error(`has the option ${name}, which ${instead}`);
  if (READ.has(one) || WIRE.has(one) || APPLICATION.has(one)) return one;
  const close = nearest(name, KNOWN);
  throw new Error(
    `has the option ${name}, which is not known${close === undefined ? "" : ` (is ${close} meant?)`}: a setting of the server is written options=-c%20name%3Dvalue`,
  );
}

function put(said: Map<string, string>, name: string, value: string): void {
  if ((said.get(name) ?? value) !== value) throw new Error(`says ${name} twice, under two names`);
  said.set(name, value);
}

/** An empty value is none, as to libpq. */
function picked(said: ReadonlyMap<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries([...said].filter(([name, value]) => value !== "" && names.includes(name)));
}

/** Where only some values can be kept. */
const ALLOWED: Readonly<Record<string, { readonly values: RegExp; readonly instead: string }>> = {
  gssencmode: { values: /^(?:disable|prefer|allow)$/, instead: "write disable: encryption by Kerberos is not spoken here" },
  channel_binding: { values: /^(?:disable|prefer|require)$/, instead: "it is one of disable, prefer, require" },
  connect_timeout: { values: /^-?\d{1,6}$/, instead: "it is a number of seconds" },
  encoding: {
    values: /^(?:utf-?8|unicode|auto)$/i,
    instead: "leave it out: UTF8 is spoken here, and a backup keeps the database's own encoding",
  },
  pgbouncer: { values: /^(?:true|false)$/, instead: "it is true or false" },
  target_session_attrs: {
    values: /^(?:any|read-write|primary|master)$/,
    instead: "name the server that writes, and write read-write or primary",
  },
  sslsni: { values: /^[01]$/, instead: "it is 0 or 1" },
  sslaccept: {
    values: /^accept_invalid_certs$/,
    instead: "write sslmode=verify-full, and sslrootcert=/path where an authority of your own signed",
  },
  sslnegotiation: { values: /^postgres$/, instead: "leave it out: such a server takes the usual way too" },
  sslcertmode: { values: /^allow$/, instead: "leave it out" },
  requiressl: { values: /^0$/, instead: "write sslmode=require" },
  default_transaction_read_only: { values: /^(?:false|off|no|0)$/i, instead: "leave it out: migrations and restores write" },
  ssl_min_protocol_version: { values: new RegExp(`^(?:${TLS_VERSIONS.join("|")})$`), instead: `it is one of ${TLS_VERSIONS.join(", ")}` },
  ssl_max_protocol_version: { values: new RegExp(`^(?:${TLS_VERSIONS.join("|")})$`), instead: `it is one of ${TLS_VERSIONS.join(", ")}` },
};

function check(said: Map<string, string>): void {
  for (const [name, { values, instead }] of Object.entries(ALLOWED)) {
    const value = said.get(name);
    if (value !== undefined && value !== "" && !values.test(value)) {
      throw new Error(`has a ${name} that cannot be kept here: ${instead}`);
    }
  }
  if (said.get("target_session_attrs") === "master") said.set("target_session_attrs", "primary");
  // Prisma calls the authority's certificate sslcert, which is a client's own to everybody else.
  if (said.has("sslcert") !== said.has("sslkey")) {
    throw new Error(
      "has one of sslcert and sslkey: a client's certificate needs both; the certificate of the authority that signed the server's is sslrootcert",
    );
  }
}

/** As said by itself, else in `options`. */
function pathOf(said: ReadonlyMap<string, string>, options: string): string | undefined {
  const inOptions = settingsIn(options).findLast(({ name }) => name === "search_path")?.value;
  const own = said.get("search_path");
  if (own !== undefined && own !== "" && inOptions !== undefined && inOptions !== own) {
    throw new Error("says search_path twice: once by itself, and another one in options");
  }
  return own === "" ? inOptions : (own ?? inOptions);
}

function sslModeOf(said: ReadonlyMap<string, string>): string {
  const ssl = said.get("ssl") ?? "";
  const mode =
    said.get("sslmode") || (SSL_MODES.includes(ssl) || ssl === "no-verify" ? ssl : /^(?:true|1|yes|on)$/i.test(ssl) ? "require" : "prefer");
  if (ssl !== "" && !SSL_MODES.includes(ssl) && !/^(?:true|false|1|0|yes|no|on|off|no-verify)$/i.test(ssl)) {
    throw new Error(`has an ssl that cannot be read: write sslmode, one of ${SSL_MODES.join(", ")}`);
  }
  // A word of Node programs, which libpq does not know: encrypted, certificate not looked at.
  if (mode === "no-verify") return "require";
  if (!SSL_MODES.includes(mode)) throw new Error(`has an unknown sslmode: it is one of ${SSL_MODES.join(", ")}`);
  return mode;
}

/** `socket=/run/postgresql`, and pg8000's `unix_sock=/run/postgresql/.s.PGSQL.5432`. */
function socketOf(said: ReadonlyMap<string, string>): { readonly host?: string; readonly port?: string } {
  const path = said.get("unix_sock");
  if (path === undefined || path === "") return {};
  if (!path.startsWith("/")) throw new Error("has a socket that is no path: write the folder, such as host=/var/run/postgresql");
  const file = /^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(path);
  return file ? { host: file[1] || "/", port: file[2] ?? "" } : { host: path.replace(/(.)\/+$/, "$1") };
}
