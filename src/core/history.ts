/** What one migration tool's own table says was applied, oldest first. */
export interface HistoryTable {
  /** As SQL would quote it: `public.schema_migrations`. */
  readonly table: string;
  /** `savepoint`, `prisma`, `flyway`, …, or `unknown` for a table named by `history-tables`. */
  readonly tool: string;
  readonly entries: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly version: string;
  readonly checksum?: string | undefined;
  readonly state: "applied" | "failed" | "rolled-back";
}

/** A version's schema: what the catalogs say and what the history tables say. */
export interface SchemaView {
  /** See `postgres/likeness.ts`: it carries the number of its algorithm. */
  readonly fingerprint: string;
  readonly history: readonly HistoryTable[];
}
