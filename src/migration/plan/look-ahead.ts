import { Failure } from "../../core/failure.ts";
import type { Block } from "../../core/outcome.ts";
import type { Connection } from "../../postgres/connection.ts";
import { parser } from "../lint/tree.ts";
import type { Migration } from "../migration.ts";
import { countedClasses, plannedBlocks } from "./block.ts";
import type { MigrationClass } from "./classes.ts";
import { keywordBlock, planByKeyword } from "./keywords.ts";
import { lockedTables } from "./on-server.ts";
import { planMigrations } from "./plan.ts";

/** What is known of pending migrations before they run. */
export interface LookedAhead {
  readonly risk: MigrationClass | "none";
  /** In a few words: `1 destructive, 1 additive`. */
  readonly said: string;
  readonly blocks: readonly Block[];
  /** For `--json`. */
  readonly details?: unknown;
}

/**
 * Plans pending migrations, with what the database says of the tables that they lock. Where PostgreSQL's parser is not there
 * (the one file of a release), the keywords tell locks, nothing tells classes, and both is said.
 */
export async function lookAhead(connection: Connection, pending: readonly Migration[], load = parser): Promise<LookedAhead> {
  if (pending.length === 0) return { risk: "none", said: "", blocks: [] };
  const parse = await load().catch((error: unknown) => {
    if (error instanceof Failure && error.code === "no-parser") return undefined;
    throw error;
  });
  if (parse === undefined)
    return { risk: "unknown", said: "risks unknown without PostgreSQL's parser", blocks: [keywordBlock(planByKeyword(pending))] };
  const plan = planMigrations(pending, parse);
  const tables = await lockedTables(connection, plan);
  return { risk: plan.risk, said: countedClasses(plan), blocks: plannedBlocks(plan, tables), details: { ...plan, tables } };
}
