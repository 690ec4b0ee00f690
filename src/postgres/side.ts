import { randomBytes } from "node:crypto";
import { refusal } from "../core/failure.ts";
import { compactUtc } from "../core/format.ts";
import type { Database } from "./database.ts";
import { identifier, literal } from "./literal.ts";
import { joinedName } from "./replaced.ts";

/** `app_restore_20261120T143022Z`: a name for a database beside the live one, at most 63 bytes. */
export function sideName(database: string, suffix: string): string {
  return joinedName(database, `_${suffix}`);
}

/** What a database beside the live one is made for. */
export type SideKind = "restore" | "verify" | "warm" | "drill" | "probe" | "validate";

/** `app_drill_20261120T143022Z_4f09ab`: a new name, which nobody who makes one in the same second has. */
export function newSideName(database: string, kind: SideKind, at: Date): string {
  return sideName(database, `${kind}_${compactUtc(at)}_${randomBytes(3).toString("hex")}`);
}

/** When a database of this name was made beside exactly this one, for one of these kinds; undefined for any other, and for a replaced one. */
export function sideMadeAt(database: string, name: string, kinds: readonly SideKind[]): Date | undefined {
  // Earlier versions made names without a word behind the time.
  const [, suffix, kind, ...time] =
    /_((restore|verify|warm|drill|probe|validate)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:_[0-9a-f]{6})?)$/.exec(name) ?? [];
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
 * @param owner Where it is not to be the live one's.
 */
export async function createSide(database: Database, name: string, owner?: string): Promise<void> {
  await using connection = await database.connectMaintenance("side");
  const [live] = await connection.query<{ definition: string; locale: Locale }>(
    // The template's own tablespace is not named: to name it takes a right on it that to inherit it does not.
    `SELECT format('OWNER %I ENCODING %L', coalesce($2, pg_get_userbyid(d.datdba)), pg_encoding_to_char(d.encoding))
            || CASE WHEN d.dattablespace = template.dattablespace THEN '' ELSE format(' TABLESPACE %I', t.spcname) END AS definition,
            to_jsonb(d) AS locale
     FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace, pg_database template
     WHERE d.datname = $1 AND template.datname = 'template0'`,
    [database.name, owner ?? null],
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
