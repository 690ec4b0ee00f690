import { spawnSync } from "node:child_process";
import type { Act } from "../../src/rollout/act.ts";

/**
 * What ShellCheck warns of in a POSIX script, and of the scripts that its acts hand to `sh -c`: to it those are texts in quotes.
 * Throws where it is not there, as `npm test` installs it.
 */
export function shellProblems(script: string, acts: readonly Act[]): readonly string[] {
  const inner = acts
    .flatMap((act) => [act, ...(act.undo ?? [])])
    .flatMap(({ words }) => (words[0] === "sh" && words[1] === "-c" ? [words[2] ?? ""] : []));
  return [...new Set([script, ...inner])].flatMap(problemsOf);
}

function problemsOf(script: string): readonly string[] {
  const { status, stdout, stderr, error } = spawnSync("shellcheck", ["--shell=sh", "--severity=warning", "--format=gcc", "-"], {
    input: script,
    encoding: "utf8",
  });
  if (error !== undefined) throw new Error(`shellcheck did not run (${error.message}): \`node scripts/setup.mjs ready\` installs it.`);
  if (status !== 0 && status !== 1) throw new Error(`shellcheck could not read the script: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}
