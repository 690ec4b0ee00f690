import type { HistoryTable, SchemaView } from "../core/history.ts";
import { historyDifference as differenceOf, sameHistory } from "../migration/history-difference.ts";
import { readHistories } from "../migration/histories.ts";
import type { Connection } from "../postgres/connection.ts";
import { schemaFingerprint } from "../postgres/fingerprint.ts";
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

/** Whether two views are one version's schema: the same catalogs, and the same migrations in every history. */
export function sameSchema(a: SchemaView, b: SchemaView): boolean {
  return a.fingerprint === b.fingerprint && sameHistory(a.history, b.history);
}

/** In what two sets of histories differ, a line each: `+` only in `b`, `-` only in `a`, `~` in both, but not the same. */
export function historyDifference(a: readonly HistoryTable[], b: readonly HistoryTable[]): readonly string[] {
  const { onlyFirst, onlySecond, changed } = differenceOf(a, b);
  return [...onlyFirst.map((one) => `- ${one}`), ...onlySecond.map((one) => `+ ${one}`), ...changed.map((one) => `~ ${one}`)];
}
