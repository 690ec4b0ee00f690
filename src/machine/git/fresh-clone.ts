import { refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { lastLines } from "../succeed.ts";

/** Says whether `$1` is missing, or holds nothing but `.env` files. */
const LOOK = `
[ -e "$1" ] || { echo fresh; exit; }
[ -d "$1" ] && cd -- "$1" || exit 0
for one in * .[!.]* ..?*; do
  case $one in .env|.env.*) continue ;; esac
  if [ -e "$one" ] || [ -L "$one" ]; then exit 0; fi
done
echo fresh
`;

/** Whether a clone can be made in a folder: it is not there, or empty but for `.env` files, which are often there first. */
export async function isFresh(machine: Machine, directory: string): Promise<boolean> {
  return (await machine.run({ words: ["sh", "-c", LOOK, "sh", directory], repeatable: true })).stdout.trim() === "fresh";
}

/** Makes a clone without any commit. Run again it changes nothing. Refuses where that may not be. */
export async function makeClone(machine: Machine, directory: string): Promise<void> {
  const words = ["sh", "-c", 'mkdir -p -- "$1" && git init --quiet -- "$1"', "sh", directory];
  const finished = await machine.run({ words, env: { LC_ALL: "C" } });
  if (finished.code === 0) return;
  throw refusal(`\`app-dir\` ${directory} cannot be made on ${machine.name}.`, {
    code: "unwritable",
    evidence: lastLines(finished),
    hint: `${machine.login} needs git there, and a folder of its own: as root, mkdir ${directory} && chown ${machine.login.split("@")[0]} ${directory}`,
  });
}
