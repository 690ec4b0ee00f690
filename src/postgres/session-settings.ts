import type pg from "pg";
import type { ConnectionRequest } from "./connection.ts";

/** A setting of the session, the first major version that has it, and whether only a superuser may set it. */
interface Wanted {
  readonly name: string;
  readonly value: string;
  readonly since?: number;
  readonly superuser?: true;
}

/** What a session of ours is to have, whatever role and database say. */
export function settingsFor(request: Pick<ConnectionRequest, "lockTimeout" | "statementTimeout" | "asApp">): readonly Wanted[] {
  const { lockTimeout = 0, statementTimeout = 0, asApp = false } = request;
  return [
    { name: "DateStyle", value: "ISO" },
    { name: "IntervalStyle", value: "postgres" },
    { name: "lock_timeout", value: String(lockTimeout) },
    { name: "statement_timeout", value: String(statementTimeout) },
    { name: "idle_in_transaction_session_timeout", value: "0" },
    { name: "idle_session_timeout", value: "0", since: 14 },
    { name: "transaction_timeout", value: "0", since: 17 },
    { name: "client_connection_check_interval", value: "5s", since: 14 },
    { name: "default_transaction_read_only", value: "off" },
    ...(asApp ? [] : PINNED),
  ];
}

/** Settings that could be turned against us, with PostgreSQL's own values. */
const PINNED: readonly Wanted[] = [
  { name: "search_path", value: "" },
  { name: "default_transaction_isolation", value: "read committed" },
  { name: "default_transaction_deferrable", value: "off" },
  { name: "row_security", value: "on" },
  { name: "standard_conforming_strings", value: "on" },
  { name: "quote_all_identifiers", value: "off" },
  { name: "session_replication_role", value: "origin", superuser: true },
];

/** What a server tells at the door without being asked; empty where something in between keeps it to itself. */
export type ServerSays = ReadonlyMap<string, string>;

/** Listens from before the door on: pg keeps nothing of it. */
export function hearServer(client: pg.Client): ServerSays {
  const told = new Map<string, string>();
  const { connection } = client as unknown as { readonly connection?: NodeJS.EventEmitter };
  connection?.on("parameterStatus", ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) => {
    told.set(parameterName, parameterValue);
  });
  return told;
}

/** An expression that sets all of them, with its parameters from `$3` on. */
interface Setting {
  readonly sql: string;
  readonly values: readonly string[];
}

/**
 * The settings by name, where the server said which version it is and whether this is a superuser: to look them up among
 * all there are takes a new session as long as all else at its beginning.
 */
export function knownSettings(wanted: readonly Wanted[], told: ServerSays): Setting | undefined {
  const major = /^(\d+)\./.exec(told.get("server_version") ?? "")?.[1];
  const superuser = told.get("is_superuser");
  if (major === undefined || superuser === undefined) return undefined;
  const chosen = wanted.filter((one) => (one.since ?? 0) <= Number(major) && (one.superuser !== true || superuser === "on"));
  const calls = chosen.map(({ name }, at) => `pg_catalog.set_config('${name}', $${at + 3}, false)`);
  return { sql: `pg_catalog.concat(${calls.join(", ")})`, values: chosen.map(({ value }) => value) };
}

/** The same of any server, which is asked which of them it has. */
export function lookedUpSettings(wanted: readonly Wanted[]): Setting {
  return {
    sql: `(SELECT pg_catalog.count(pg_catalog.set_config(s.name, w.setting, false))::pg_catalog.text FROM pg_catalog.pg_settings s
         JOIN pg_catalog.jsonb_each_text($3::pg_catalog.jsonb) AS w(name, setting) ON pg_catalog.lower(w.name) OPERATOR(pg_catalog.=) pg_catalog.lower(s.name)
         WHERE s.context OPERATOR(pg_catalog.<>) 'superuser' OR (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER))`,
    values: [JSON.stringify(Object.fromEntries(wanted.map(({ name, value }) => [name, value])))],
  };
}

/** No such setting, not allowed, not now, no such value. */
export const NOT_SET: ReadonlySet<string> = new Set(["42704", "42501", "55P02", "22023"]);

export interface Greeting {
  readonly pid: number;
  readonly version: number;
  readonly standby: boolean;
  readonly readonly: boolean;
}

/**
 * Asks who answers, and sets the settings: `$1` whether in any case, else where the process is `$2`. Where the path was
 * turned against us, only what is named in full is PostgreSQL's own.
 */
export function greetingSql(settings: string): string {
  return `SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version,
        pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool AS readonly,
        CASE WHEN $1::pg_catalog.bool OR pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) $2::pg_catalog.int4 THEN ${settings} END AS settings`;
}
