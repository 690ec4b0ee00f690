import type { Way } from "../../core/way.ts";
import type { Environment } from "../environment/environment.ts";
import { nextCommand } from "../call/next-command.ts";

/** The command that puts a replaced database back in the live one's place. */
export function bringBack(environment: Environment, replaced: string): string {
  return nextCommand(environment, "restore", ["--backup", replaced, "--confirm", environment.name]);
}

/**
 * Where nobody has decided yet: without the confirmation it shows what it would do, and touches nothing. Pasted at night after a
 * rollback that went well, the confirmed one would put the failed version's schema below the old code.
 */
export function bringBackAsked(environment: Environment, replaced: string): string {
  return `Bring it back whole, with the schema that it has (this shows first what that would do): \`${nextCommand(environment, "restore", ["--backup", replaced])}\``;
}

/** The way out of a restore by hand: what was live before it is in the replaced database, whole. */
export function undoingRestore(environment: Environment, replaced: string): Way {
  return {
    command: bringBack(environment, replaced),
    means: "Undoes the restore: brings back the database that was live before it, with every row; the one that is live now is kept, too.",
  };
}
