import type { Block } from "../../core/outcome.ts";
import { formatDuration } from "../../core/format.ts";
import type { Environment } from "../environment/environment.ts";
import { awayFor, downtimeBlocks } from "../steps/downtime.ts";
import { settingsBlock } from "./database-settings.ts";
import type { RestoredByHand } from "./request.ts";
import { changedTables, keptBlock, rowsBlock } from "./rows.ts";

/** What a restore by hand did, as the summary shows it: how long, what is in the replaced database alone, and where that is. */
export async function restoreBlocks(environment: Environment, done: RestoredByHand): Promise<readonly Block[]> {
  return [
    { kind: "text", text: `Connections were blocked for ${formatDuration(done.blockedMs)}${awayFor(done.downtime)}.` },
    ...downtimeBlocks(done.downtime),
    ...(changedTables(done.rows).length > 0 ? [rowsBlock(done.rows)] : []),
    ...settingsBlock(done.settings),
    await keptBlock(environment, done.replaced),
  ];
}
