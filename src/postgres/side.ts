import { randomBytes } from "node:crypto";
import { clauseOf, Failure, refusal } from "../core/failure.ts";
import { compactUtc } from "../core/format.ts";
import type { Report } from "../core/report.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { endSessionsIn, heldSessions } from "./evict.ts";
import { identifier, literal } from "./literal.ts";
import { dropSubscription, dropSubscriptions, type Subscription, subscriptionsOf } from "./replication.ts";
import { joinedName, replacedAtOf, replacedName } from "./replaced.ts";

/** `app_restore_20261120T143022Z`: a name for a database beside the live one, at most 63 bytes. */
export function sideName(database: string, suffix: string): string {
  return joinedName(database, `_${suffix}`);
}

/** What a database beside the live one is made for. */
export type SideKind = "restore" | "verify" | "warm" | "drill" | "probe";

/** `app_drill_20261120T143022Z_4f09ab`: a new name, which nobody who makes one in the same second has. */
export function newSideName(database: string, kind: SideKind, at: Date): string {
  return sideName(database, `${kind}_${compactUtc(at)}_${randomBytes(3).toString("hex")}`);
}

/** When a database of this name was made beside exactly this one, for one of these kinds; undefined for any other, and for a replaced one. */
export function sideMadeAt(database: string, name: string, kinds: readonly SideKind[]): Date | undefined {
  // Earlier versions made names without a word behind the time.
  const [, suffix, kind, ...time] =
    /_((restore|verify|warm|drill|probe)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:_[0-9a-f]{6})?)$/.exec(name) ?? [];
  if (suffix === undefined || !kinds.some((one) => one === kind) || sideName(database, suffix) !== name) return undefined;
  const [year, month, day, hour, minute, second] = time;
  const made = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(made.getTime()) ? undefined : made;
}

/** The databases beside the live one that were made for one of these kinds. */
export async function sidesOf(database: Database, kinds: readonly SideKind[]): Promise<readonly string[]> {
  await using connection = await database.connectMaintenance("look");
  const rows = await connection.query<{ name: string }>("SELECT datname AS name FROM pg_database");
  return rows.flatMap(({ name }) => (sideMadeAt(database.name, name, kinds) === undefined ? [] : [name]));
}

/**
 * Creates an empty database with the live one's owner, encoding, locale and tablespace. Until it is swapped in,
 * nobody enters it who neither owns it nor is admin. Rejects with code 42P04 where the name is taken.
 */
export async function createSide(database: Database, name: string): Promise<void> {
  await using connection = await database.connectMaintenance("side");
  const [live] = await connection.query<{ definition: string; locale: Locale }>(
    // The template's own tablespace is not named: to name it takes a right on it that to inherit it does not.
    `SELECT format('OWNER %I ENCODING %L', pg_get_userbyid(d.datdba), pg_encoding_to_char(d.encoding))
            || CASE WHEN d.dattablespace = template.dattablespace THEN '' ELSE format(' TABLESPACE %I', t.spcname) END AS definition,
            to_jsonb(d) AS locale
     FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace, pg_database template
     WHERE d.datname = $1 AND template.datname = 'template0'`,
    [database.name],
  );
  if (live === undefined) throw missing(database);
  await connection.exec(
    `CREATE DATABASE ${identifier(name)} TEMPLATE template0 ${live.definition} ${localeClauses(live.locale).join(" ")}`,
  );
  // The one who restores may be admin by membership alone, so it is let in by name.
  await connection.exec(
    `REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(name)} TO ${identifier(database.adminTarget.user)}`,
  );
}

/**
 * Removes a database of this cluster, its subscriptions and the sessions in it; missing is fine. Refuses the live one.
 * Returns the slots that stay with publishers elsewhere, and hold their files back.
 */
export async function dropDatabase(database: Database, name: string): Promise<readonly string[]> {
  if (name === database.name) throw refusal(`${name} is the live database and is not dropped.`, { code: "live-database" });
  await using connection = await database.connectMaintenance("side");
  const slots = (await subscriptionsOf(connection, name)).length > 0 ? await dropSubscriptions(database, name) : [];
  // What was a template when it was replaced is one still, and no template is dropped.
  const [template] = await connection.query("SELECT FROM pg_database WHERE datname = $1 AND datistemplate", [name]);
  if (template !== undefined) await connection.exec(`ALTER DATABASE ${identifier(name)} IS_TEMPLATE false`);
  await dropOnceEmpty(connection, name);
  return slots;
}

/** How often the server is asked, which waits for 5 s each time: sessions that were ended may need longer on a machine that is busy. */
const DROP_TRIES = 3;

async function dropOnceEmpty(connection: Connection, name: string): Promise<void> {
  const drop = `DROP DATABASE IF EXISTS ${identifier(name)}`;
  let forced = connection.serverVersion >= 130_000;
  for (let turn = 1; ; turn += 1) {
    try {
      if (!forced) await endSessionsIn(connection, [name]);
      return await connection.exec(forced ? `${drop} WITH (FORCE)` : drop);
    } catch (error) {
      const code = error instanceof Failure ? error.code : undefined;
      // Without being a superuser, FORCE is refused while autovacuum is at work in there. A plain DROP ends that by itself.
      const helpers = forced && code === "42501" && (await heldSessions(connection, [name])).length === 0;
      if (!helpers && (code !== "55006" || turn === DROP_TRIES)) throw error;
      if (helpers) forced = false;
    }
  }
}

/** What to do about the slots that `dropDatabase` names. */
export function slotsLeft(slots: readonly string[]): string {
  return `Slots stay with the publisher and keep its files back. There: ${slots.map((slot) => `SELECT pg_drop_replication_slot(${literal(slot)});`).join(" ")}`;
}

/**
 * The same where nothing may fail because a database stays that is not needed any more: that is a warning, with what drops
 * it. Slots that stay with publishers are named.
 */
export async function dropOrWarn(database: Database, name: string, report: Pick<Report, "warning">): Promise<void> {
  try {
    const slots = await dropDatabase(database, name);
    if (slots.length > 0) report.warning(slotsLeft(slots));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report.warning(
      `The database ${name} is not needed any more, and could not be dropped (${clauseOf(error)}). It stays. ${await howToDrop(database, name)}`,
    );
  }
}

/** While a database has a subscription, no DROP DATABASE takes it. */
async function howToDrop(database: Database, name: string): Promise<string> {
  const drop = `DROP DATABASE ${identifier(name)};`;
  const held = await subscriptionsIn(database, name);
  if (held.length === 0) return `Later: ${drop}`;
  const each = held.map((one) => dropSubscription(one.name).join(" ")).join(" ");
  const slots = held.flatMap(({ slot }) => slot ?? []);
  return `As a superuser, in psql -d ${name}: ${each}, then, in psql -d postgres: ${drop}${slots.length > 0 ? ` ${slotsLeft(slots)}` : ""}`;
}

/** None where it cannot be asked: the failure that is there already is the one to be told. */
async function subscriptionsIn(database: Database, name: string): Promise<readonly Subscription[]> {
  try {
    await using connection = await database.connectMaintenance("look");
    return await subscriptionsOf(connection, name);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

export interface ReplacedDatabase {
  readonly name: string;
  readonly replacedAt: Date;
  /** Bytes; 0 where the role may not ask. */
  readonly sizeBytes: number;
}

/** The databases that swaps put aside for exactly this one, oldest first; never those of `app_staging` for `app`. */
export async function replacedDatabases(database: Database): Promise<readonly ReplacedDatabase[]> {
  await using connection = await database.connectMaintenance("look");
  const rows = await connection.query<{ name: string; comment: string | null; size: bigint }>(
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment,
       CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) ELSE 0 END AS size
     FROM pg_database WHERE datname LIKE '%\\_failed\\_%'`,
  );
  return rows
    .flatMap(({ name, comment, size }) => {
      const replacedAt = replacedAtOf(database.name, name);
      if (replacedAt === undefined) return [];
      // Two long names may be cut to one: then only what the swap wrote on the database tells them apart.
      const cut = !name.startsWith(`${database.name}_failed_`);
      if (cut && comment !== replacedComment(database.name, replacedAt)) return [];
      return [{ name, replacedAt, sizeBytes: Number(size) }];
    })
    .sort((a, b) => a.replacedAt.getTime() - b.replacedAt.getTime());
}

/** What a swap writes on the database that it puts aside. */
export function replacedComment(database: string, date: Date): string {
  return `savepoint: was ${JSON.stringify(database)} until ${date.toISOString().slice(0, 19)}Z`;
}

/** The comment for a name that `replacedName` made; a name of someone's own choice gets the present time. */
export function commentFor(database: string, replacedAs: string, now: Date): string {
  return replacedComment(database, replacedAtOf(database, replacedAs) ?? now);
}

/** The name for the database that is replaced now; a second that an earlier one's name holds (a clock went back) is passed over. */
export async function freeReplacedName(database: Database, now: Date): Promise<string> {
  await using connection = await database.connectMaintenance("look");
  for (let second = 0; ; second += 1) {
    const name = replacedName(database.name, new Date(now.getTime() + second * 1000));
    if (!(await databaseExists(connection, name))) return name;
  }
}

/** Whether a database of this name is there. */
export async function databaseExists(connection: Connection, name: string): Promise<boolean> {
  return (await connection.query("SELECT FROM pg_database WHERE datname = $1", [name])).length > 0;
}

/** The columns of pg_database that say the locale; which there are depends on the major version. */
export interface Locale {
  readonly datcollate: string;
  readonly datctype: string;
  /** From 15: `c` libc, `i` ICU, from 17 `b` built in. */
  readonly datlocprovider?: string | undefined;
  /** 15 and 16. */
  readonly daticulocale?: string | null | undefined;
  /** From 17. */
  readonly datlocale?: string | null | undefined;
  /** From 16. */
  readonly daticurules?: string | null | undefined;
}

/** The clauses of CREATE DATABASE for this locale. */
export function localeClauses(locale: Locale): readonly string[] {
  const clauses = [`LC_COLLATE ${literal(locale.datcollate)}`, `LC_CTYPE ${literal(locale.datctype)}`];
  const name = locale.datlocale ?? locale.daticulocale;
  if (locale.datlocprovider === "i") {
    clauses.push("LOCALE_PROVIDER icu");
    if (name) clauses.push(`ICU_LOCALE ${literal(name)}`);
    if (locale.daticurules) clauses.push(`ICU_RULES ${literal(locale.daticurules)}`);
  } else if (locale.datlocprovider === "b") {
    clauses.push("LOCALE_PROVIDER builtin");
    if (name) clauses.push(`BUILTIN_LOCALE ${literal(name)}`);
  } else if (locale.datlocprovider === "c") {
    clauses.push("LOCALE_PROVIDER libc");
  }
  return clauses;
}

function missing(database: Database): Error {
  return refusal(`There is no database ${database.name} in the cluster.`, {
    code: "3D000",
    hint: `Check the name in database-url, or create it: CREATE DATABASE ${identifier(database.name)}`,
  });
}
