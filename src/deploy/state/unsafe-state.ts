import { type Failure, refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import type { StatePaths } from "../../journal/paths.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";

/** Who runs this, then of each folder that is there its mode, its owner's number and its name; a link to a folder counts as that. */
const LOOK = `
LC_ALL=C; export LC_ALL
id -u
for folder do
  [ -d "$folder" ] || continue
  said=$(cd -P -- "$folder" && ls -ldn .) || exit 1
  printf '%s %s\\n' "$(printf '%s\\n' "$said" | { read -r mode links owner rest; printf '%s %s' "$mode" "$owner"; })" "$folder"
done`;

/**
 * Whoever can write in the state directory decides what a rollback does, and could have our files written elsewhere by
 * symbolic links. So one that is not ours, or that others may write in, is refused (exit 2) before anything is written.
 */
export async function refuseUnsafeState(machine: Machine, { root, backups, running }: StatePaths): Promise<void> {
  const finished = await machine.run({ words: ["sh", "-c", LOOK, "sh", root, backups, running], repeatable: true });
  // What cannot be looked into fails by itself, with its own words, when it is used.
  if (finished.code !== 0) return;
  const [me = "", ...lines] = finished.stdout.trimEnd().split("\n");
  for (const line of lines) {
    const [mode = "", owner = "", ...path] = line.split(" ");
    const problem = folderProblem({ me, mode, owner, path: path.join(" "), machine });
    if (problem !== undefined) throw problem;
  }
}

interface Folder {
  readonly me: string;
  /** As ls says it: `drwxr-xr-x`. */
  readonly mode: string;
  readonly owner: string;
  readonly path: string;
  readonly machine: Pick<Machine, "name" | "login" | "local">;
}

/** Why a folder is not one to keep state in; undefined where it is. */
function folderProblem({ me, mode, owner, path, machine }: Folder): Failure | undefined {
  const code = "state-unsafe";
  if (owner !== me) {
    const root = me === "0" ? " As root it would leave files there that this user cannot use." : "";
    return refusal(
      `The state directory ${path} on ${machine.name} belongs to another user (number ${owner}), not to ${machine.login}.${root}`,
      {
        code,
        hint: "Nothing was touched. Run this as the user that it belongs to.",
        ways: [{ command: commandOn(machine, ["sudo", "chown", "-R", me, path]), means: "Gives it to the user that runs this." }],
      },
    );
  }
  const writers = [...(mode[5] === "w" ? ["its group"] : []), ...(mode[8] === "w" ? ["everybody"] : [])];
  if (writers.length === 0) return undefined;
  return refusal(
    `The state directory ${path} on ${machine.name} may be written by ${writers.join(" and ")} (${mode.slice(0, 10)}): whoever can write there decides what a rollback does.`,
    {
      code,
      hint: "Nothing was touched.",
      ways: [{ command: commandOn(machine, ["chmod", "go-w", path]), means: "Takes that away; then run this again." }],
    },
  );
}
