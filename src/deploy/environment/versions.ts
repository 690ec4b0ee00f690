import type { HistoryTable, SchemaView } from "../../core/history.ts";
import { compareHistories as differenceOf, sameHistory } from "../../migration/history-difference.ts";
import { readHistories } from "../../migration/histories.ts";
import type { Connection } from "../../postgres/connection.ts";
import { schemaFingerprint } from "../../postgres/fingerprint.ts";
import { compareFingerprints, type Likeness, restoredFingerprint } from "../../postgres/likeness.ts";
import type { Environment } from "./environment.ts";

/** What the live database says of its schema: the catalogs' fingerprint and the tools' histories. */
export async function readSchemaView(connection: Connection, historyTables: readonly string[]): Promise<SchemaView> {
  return { fingerprint: await schemaFingerprint(connection), history: await readHistories(connection, historyTables) };
}

/** The live database's view; undefined without a database. */
export async function liveSchema(environment: Environment): Promise<SchemaView | undefined> {
  const database = await environment.database();
  if (database === undefined) return undefined;
  await using connection = await database.connect("look", { signal: environment.ports.signal });
  return await readSchemaView(connection, environment.shared["history-tables"] ?? []);
}

/**
 * Whether two views are one version's schema: the same catalogs, and the same migrations in every history. Unknown where the
 * histories are the same and the fingerprints were made by different versions of Savepoint.
 */
export function compareSchemas(a: SchemaView, b: SchemaView): Likeness {
  return sameHistory(a.history, b.history) ? compareFingerprints(a.fingerprint, b.fingerprint) : "different";
}

export function sameSchema(a: SchemaView, b: SchemaView): boolean {
  return compareSchemas(a, b) === "same";
}

/** What a database that is restored from a dump of this schema shows. */
export function asRestored(schema: SchemaView): SchemaView {
  return { ...schema, fingerprint: restoredFingerprint(schema.fingerprint) };
}

/** Whether restoring a backup of the one leads to the other, but for what no restore brings back. */
export function compareRestored(backup: SchemaView, target: SchemaView): Likeness {
  return compareSchemas(asRestored(backup), asRestored(target));
}

/** In what two sets of histories differ, a line each: `+` only in `b`, `-` only in `a`, `~` in both, but not the same. */
export function historyDifference(a: readonly HistoryTable[], b: readonly HistoryTable[]): readonly string[] {
  const { onlyFirst, onlySecond, changed } = differenceOf(a, b);
  return [...onlyFirst.map((one) => `- ${one}`), ...onlySecond.map((one) => `+ ${one}`), ...changed.map((one) => `~ ${one}`)];
}
