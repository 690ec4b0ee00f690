import { type Failure, refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";

/** Prints what the folder is; for a clone, whose `.git` is and who asks. `ls -n` is what POSIX has for owners. */
const LOOK = `
[ -d "$1" ] || { echo missing; exit; }
[ -e "$1/.git" ] || { echo plain; exit; }
set -f
set -- $(ls -ldn "$1/.git")
echo "clone $3 $(id -u)"
`;

/** Why git does not take a folder for a clone, found by looking at it. */
export async function explainNoClone(machine: Machine, directory: string, evidence: readonly string[]): Promise<Failure> {
  const { stdout } = await machine.run({ words: ["sh", "-c", LOOK, "sh", directory] });
  const [found, owner, self] = stdout.trim().split(" ");
  if (found === "missing") {
    return refusal(`The folder ${directory} does not exist on ${machine.name}.`, {
      hint: `Clone the app there first: git clone <repository> ${directory}.`,
      code: "clone-missing",
    });
  }
  if (found === "plain") {
    return refusal(`${directory} on ${machine.name} is not a git clone.`, {
      hint: `Clone the app there: git clone <repository> ${directory}.`,
      code: "clone-plain",
      evidence,
    });
  }
  if (found === "clone" && owner !== self) {
    return refusal(`Git refuses ${directory} on ${machine.name}: it belongs to user ${owner}, and ${machine.login} is user ${self}.`, {
      hint: `Log in as its owner, or tell git that this is meant: git config --global --add safe.directory ${directory}`,
      code: "clone-foreign",
      evidence,
    });
  }
  return refusal(`${directory} on ${machine.name} has a .git that git cannot read.`, {
    code: "clone-plain",
    evidence,
    hint: `See what \`git -C ${directory} status\` says there.`,
  });
}
