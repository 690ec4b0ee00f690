/** How the rows of one tool's history table are read. */
export interface KnownTool {
  readonly tool: string;
  /** All of these must be there. */
  readonly columns: readonly string[];
  /** Whether further columns may be there. */
  readonly more: boolean;
  /** For tables whose columns alone do not tell; the names the tool gives them. */
  readonly names?: readonly string[];
  /**
   * Its columns are such as an app's own table may have, where each row would count as a migration: so its name, which
   * the tool's user may choose, has to say that it is one.
   */
  readonly saysMigration?: true;
  /** A table that must stand in the same schema. */
  readonly beside?: string;
  /** SQL expressions over the table, aliased `t`. */
  readonly version: string;
  readonly checksum?: string;
  /** `applied`, `failed` or `rolled-back`; default: applied. */
  readonly state?: string;
  readonly order: string;
  readonly where?: string;
  /** When it was applied; a time without a zone is taken for UTC. */
  readonly at?: string;
  /** How long it took, in milliseconds. */
  readonly took?: string;
  readonly by?: string;
}

/**
 * The tools whose history tables are known, told apart by columns (several share a table name). Where two match,
 * the first one counts. Sources: each tool's own DDL.
 */
export const KNOWN_TOOLS: readonly KnownTool[] = [
  {
    tool: "savepoint",
    columns: ["version", "checksum", "state", "started_at", "deploy_id", "up_sql", "down_sql", "progress"],
    more: true,
    version: "t.version",
    checksum: "t.checksum",
    state: "CASE t.state WHEN 'applied' THEN 'applied' ELSE 'failed' END",
    order: 't.started_at, length(t.version), t.version COLLATE "C"',
  },
  {
    tool: "prisma",
    columns: ["id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count"],
    more: true,
    version: "t.migration_name",
    checksum: "t.checksum",
    state: "CASE WHEN t.rolled_back_at IS NOT NULL THEN 'rolled-back' WHEN t.finished_at IS NULL THEN 'failed' ELSE 'applied' END",
    order: 't.started_at, t.migration_name COLLATE "C", t.id COLLATE "C"',
    at: "t.started_at",
    took: "extract(epoch FROM t.finished_at - t.started_at) * 1000",
  },
  {
    tool: "flyway",
    columns: [
      "installed_rank",
      "version",
      "description",
      "type",
      "script",
      "checksum",
      "installed_by",
      "installed_on",
      "execution_time",
      "success",
    ],
    more: true,
    // Repeatable migrations have no version.
    version: "coalesce(t.version, t.script)",
    checksum: "t.checksum::text",
    state: `CASE WHEN NOT t.success THEN 'failed'
      WHEN t.type LIKE 'UNDO%' OR t.type = 'DELETE' OR EXISTS (SELECT FROM %table% u WHERE u.version = t.version
        AND u.installed_rank > t.installed_rank AND (u.type LIKE 'UNDO%' OR u.type = 'DELETE') AND u.success) THEN 'rolled-back'
      ELSE 'applied' END`,
    order: "t.installed_rank",
    at: "t.installed_on",
    took: "t.execution_time",
    by: "t.installed_by",
  },
  {
    tool: "golang-migrate",
    columns: ["version", "dirty"],
    more: false,
    version: "t.version::text",
    state: "CASE WHEN t.dirty THEN 'failed' ELSE 'applied' END",
    order: "t.version",
  },
  {
    tool: "goose",
    columns: ["id", "version_id", "is_applied", "tstamp"],
    more: false,
    version: "t.version_id::text",
    state: "CASE WHEN t.is_applied THEN 'applied' ELSE 'rolled-back' END",
    order: "t.id",
    at: "t.tstamp",
    // Version 0 only says that the table was made; of several rows of a version the newest counts.
    where: "t.version_id <> 0 AND NOT EXISTS (SELECT FROM %table% u WHERE u.version_id = t.version_id AND u.id > t.id)",
  },
  {
    tool: "node-pg-migrate",
    columns: ["id", "name", "run_on"],
    more: false,
    saysMigration: true,
    version: "t.name",
    order: "t.run_on, t.id",
    at: "t.run_on",
  },
  {
    tool: "knex",
    columns: ["id", "name", "batch", "migration_time"],
    more: false,
    version: "t.name",
    at: "t.migration_time",
    order: "t.id",
  },
  {
    tool: "drizzle",
    columns: ["id", "hash", "created_at"],
    more: true,
    names: ["__drizzle_migrations"],
    version: "coalesce(t.created_at::text, t.id::text)",
    checksum: "t.hash",
    order: "t.id",
  },
  {
    tool: "atlas",
    columns: ["version", "description", "type", "applied", "total", "executed_at", "execution_time", "error", "hash", "operator_version"],
    more: true,
    version: "t.version",
    checksum: "t.hash",
    state: "CASE WHEN coalesce(t.error, '') <> '' OR t.applied < t.total THEN 'failed' ELSE 'applied' END",
    order: 't.version COLLATE "C"',
    at: "t.executed_at",
    // Nanoseconds, as with sqlx.
    took: "t.execution_time / 1000000.0",
    // Atlas keeps its own settings as a row of that name.
    where: "t.version <> '.atlas_cloud_identifier'",
  },
  {
    tool: "graphile-migrate",
    columns: ["hash", "previous_hash", "filename", "date"],
    more: false,
    version: "t.filename",
    checksum: "t.hash",
    order: 't.filename COLLATE "C"',
    at: "t.date",
  },
  {
    tool: "rails",
    columns: ["version"],
    more: false,
    names: ["schema_migrations"],
    beside: "ar_internal_metadata",
    version: "t.version::text",
    order: 't.version COLLATE "C"',
  },
  {
    tool: "dbmate",
    columns: ["version"],
    more: false,
    names: ["schema_migrations"],
    version: "t.version::text",
    order: 't.version::text COLLATE "C"',
  },
  {
    tool: "ecto",
    columns: ["version", "inserted_at"],
    more: false,
    names: ["schema_migrations"],
    version: "t.version::text",
    order: "t.version",
    at: "t.inserted_at",
  },
  {
    tool: "supabase",
    columns: ["version", "statements", "name"],
    more: true,
    names: ["schema_migrations"],
    version: "t.version",
    order: 't.version COLLATE "C"',
  },
  { tool: "sequelize", columns: ["name"], more: true, names: ["SequelizeMeta"], version: "t.name", order: 't.name COLLATE "C"' },
  { tool: "typeorm", columns: ["id", "timestamp", "name"], more: false, saysMigration: true, version: "t.name", order: "t.id" },
  {
    tool: "sqlx",
    columns: ["version", "description", "installed_on", "success", "checksum", "execution_time"],
    more: false,
    version: "t.version::text",
    checksum: "encode(t.checksum, 'hex')",
    state: "CASE WHEN t.success THEN 'applied' ELSE 'failed' END",
    order: "t.version",
    at: "t.installed_on",
    took: "t.execution_time / 1000000.0",
  },
  {
    tool: "diesel",
    columns: ["version", "run_on"],
    more: false,
    names: ["__diesel_schema_migrations"],
    version: "t.version",
    order: 't.version COLLATE "C"',
    at: "t.run_on",
  },
  {
    tool: "django",
    columns: ["id", "app", "name", "applied"],
    more: false,
    saysMigration: true,
    version: "t.app || '.' || t.name",
    order: "t.id",
    at: "t.applied",
  },
  { tool: "alembic", columns: ["version_num"], more: false, version: "t.version_num", order: 't.version_num COLLATE "C"' },
  { tool: "laravel", columns: ["id", "migration", "batch"], more: false, version: "t.migration", order: "t.id" },
  {
    tool: "liquibase",
    columns: ["id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum"],
    more: true,
    version: "t.filename || '::' || t.id || '::' || t.author",
    checksum: "t.md5sum",
    state: "CASE t.exectype WHEN 'FAILED' THEN 'failed' ELSE 'applied' END",
    order: 't.orderexecuted, t.filename COLLATE "C", t.id COLLATE "C"',
    at: "t.dateexecuted",
  },
  {
    tool: "entity-framework",
    columns: ["MigrationId", "ProductVersion"],
    more: false,
    version: 't."MigrationId"',
    order: 't."MigrationId" COLLATE "C"',
  },
];
