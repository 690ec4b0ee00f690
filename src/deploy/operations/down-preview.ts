import type { Block } from "../../core/outcome.ts";
import { type DownPlan, planDown } from "../../migration/down.ts";
import { readHistory } from "../../migration/history.ts";
import type { Connection } from "../../postgres/connection.ts";
import type { MigrateSettings } from "../call/sections.ts";

/** What `down` would take back, from the database's own history. Reads only. */
export async function previewDown(connection: Connection, settings: MigrateSettings): Promise<DownPlan> {
  return planDown(await readHistory(connection), settings.to === undefined ? { steps: settings.steps ?? 1 } : { to: settings.to });
}

export function downBlock(plan: DownPlan): Block {
  return {
    kind: "table",
    title: "What would be taken back, newest first",
    head: ["version", "description", "problem or loss"],
    rows: plan.steps.map(({ row }) => [
      row.version,
      row.description,
      [...plan.problems, ...plan.losses].filter((line) => line.startsWith(row.version)).join("; "),
    ]),
  };
}
