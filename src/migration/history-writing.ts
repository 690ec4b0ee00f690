import { Failure } from "../core/failure.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/literal.ts";
import { historyName, type HistoryRow, locateHistory, type Progress, refuseForeign } from "./history.ts";
import type { Migration } from "./migration.ts";

/** Makes the table where there is none. Idempotent; call it under the migration lock. */
export async function createHistory(connection: Connection): Promise<string> {
  const place = await locateHistory(connection);
  refuseForeign(place);
  if (place.state === "ours") return place.schema;
  try {
    await connection.exec(`
      CREATE TABLE ${historyName(place.schema)} (
        version text PRIMARY KEY,
        description text NOT NULL,
        checksum text NOT NULL,
        state text NOT NULL CHECK (state IN ('running', 'applied', 'failed')),
        started_at timestamptz NOT NULL,
        duration_ms bigint NOT NULL,
        applied_by text NOT NULL,
        deploy_id text,
        up_sql text NOT NULL,
        down_sql text,
        irreversible boolean NOT NULL,
        progress jsonb
      );
      COMMENT ON TABLE ${historyName(place.schema)} IS 'Savepoint: the migrations applied to this database'`);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "42501") throw error;
    const role = identifier(connection.target.user);
    throw error.with({ exit: 2, hint: `GRANT CREATE ON SCHEMA ${identifier(place.schema)} TO ${role}` });
  }
  return place.schema;
}

export interface Applier {
  /** `user@host` or the run, for the row. */
  readonly appliedBy: string;
  readonly deployId: string | undefined;
}

/** Writes the row of a migration; its start is the transaction's. */
export async function insertRow(
  connection: Connection,
  schema: string,
  migration: Migration,
  row: Applier & { readonly state: HistoryRow["state"]; readonly progress?: Progress },
): Promise<void> {
  await connection.query(
    `INSERT INTO ${historyName(schema)}
       (version, description, checksum, state, started_at, duration_ms, applied_by, deploy_id, up_sql, down_sql, irreversible, progress)
     VALUES ($1, $2, $3, $4, transaction_timestamp(), extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000, $5, $6, $7, $8, $9, $10)`,
    [
      migration.version,
      migration.description,
      migration.checksum,
      row.state,
      row.appliedBy,
      row.deployId ?? null,
      migration.up.sql,
      storedDown(migration),
      migration.down.state === "irreversible",
      row.progress === undefined ? null : JSON.stringify(row.progress),
    ],
  );
}

/** The DOWN as the history keeps it: the text alone says whether it runs in a transaction. */
function storedDown(migration: Migration): string | null {
  if (migration.down.state !== "given") return null;
  const { sql, transactional } = migration.down.script;
  const marked = /^[ \t]*--[ \t]*no-transaction[ \t]*$/im.test(sql);
  return transactional || marked ? sql : `-- no-transaction\n${sql}`;
}

export async function updateProgress(
  connection: Connection,
  schema: string,
  version: string,
  state: HistoryRow["state"],
  progress: Progress | undefined,
): Promise<void> {
  await connection.query(
    `UPDATE ${historyName(schema)} SET state = $2, progress = $3,
       duration_ms = CASE WHEN $2 = 'applied' AND progress->>'direction' = 'up' THEN extract(epoch FROM clock_timestamp() - started_at) * 1000 ELSE duration_ms END
     WHERE version = $1`,
    [version, state, progress === undefined ? null : JSON.stringify(progress)],
  );
}

/** A half-applied migration whose text was mended behind what is done: its row takes the new text. */
export async function replaceText(connection: Connection, schema: string, migration: Migration, version: string): Promise<void> {
  await connection.query(
    `UPDATE ${historyName(schema)} SET version = $2, description = $3, checksum = $4, up_sql = $5, down_sql = $6, irreversible = $7 WHERE version = $1`,
    [
      version,
      migration.version,
      migration.description,
      migration.checksum,
      migration.up.sql,
      storedDown(migration),
      migration.down.state === "irreversible",
    ],
  );
}

/**
 * After a failure: notes how far it came, or removes the row of what never began. Only where the row still says what we
 * last wrote: a COMMIT that was on its way when the connection went may have said more since.
 */
export async function noteFailure(
  connection: Connection,
  schema: string,
  version: string,
  wrote: Progress,
  becomes: "failed" | "applied" | "gone",
): Promise<void> {
  const where = "WHERE version = $1 AND progress = $2::jsonb";
  const values = [version, JSON.stringify(wrote)];
  if (becomes === "gone") await connection.query(`DELETE FROM ${historyName(schema)} ${where}`, values);
  else if (becomes === "failed") await connection.query(`UPDATE ${historyName(schema)} SET state = 'failed' ${where}`, values);
  else await connection.query(`UPDATE ${historyName(schema)} SET state = 'applied', progress = NULL ${where}`, values);
}

export async function deleteRow(connection: Connection, schema: string, version: string): Promise<void> {
  await connection.query(`DELETE FROM ${historyName(schema)} WHERE version = $1`, [version]);
}
