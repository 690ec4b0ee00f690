import type { Block } from "../../core/outcome.ts";
import type { Environment } from "../environment.ts";
import type { Returned } from "./returned.ts";
import { changedTables, keptBlock, rowsBlock } from "./rows.ts";

/** What was taken back, as the summary shows it. */
export function returnBlocks(environment: Environment, returned: Returned): readonly Block[] {
  const blocks: Block[] = [{ kind: "text", text: `Database: ${returned.database}, because ${returned.why}.` }];
  const { commits, migrations } = returned;
  if (commits.length > 0) blocks.push({ kind: "code", title: "Commits taken back", lines: commits });
  if (migrations.length > 0) blocks.push({ kind: "code", title: "Migrations taken back", lines: migrations });
  if (returned.replaced !== undefined) {
    if (changedTables(returned.rows).length > 0) blocks.push(rowsBlock(returned.rows));
    blocks.push(keptBlock(environment, returned.replaced));
  }
  return blocks;
}
