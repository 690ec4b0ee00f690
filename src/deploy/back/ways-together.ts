import { shortCommit } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import { rollbackCommand } from "../call/next-command.ts";
import type { Environment } from "../environment/environment.ts";
import { undoingRestore } from "./bring-back.ts";

/** How code and schema come together again, what leaves every row where it is first. */
export function waysTogether(
  environment: Environment,
  { running, of, replaced }: { readonly running: string; readonly of: string | undefined; readonly replaced: string | undefined },
): readonly Way[] {
  const reason = "code and schema were apart";
  const name = shortCommit(running);
  const schemaBack: Way = {
    command: rollbackCommand(environment, reason, ["--to", running]),
    means: `Looks for a way of the database to ${name}'s schema, shows what each would leave behind, and asks.`,
  };
  const undone = replaced === undefined ? [] : [undoingRestore(environment, replaced)];
  if (of === undefined) return [...undone, schemaBack];
  const codeForth: Way = {
    command: rollbackCommand(environment, reason, ["--to", of, "--database", "keep"]),
    means: `Takes the code to ${shortCommit(of)}, whose schema it is, and leaves the database as it is.`,
  };
  return [codeForth, ...undone, schemaBack];
}
