import type { Machine } from "../../core/machine.ts";

/** What GitHub's own program `gh` printed; undefined where it failed, or is not installed. */
export async function askGithub(here: Machine, words: readonly string[]): Promise<string | undefined> {
  const { code, stdout } = await here.run({
    words: ["sh", "-c", 'command -v gh >/dev/null 2>&1 || exit 127; exec gh "$@"', "sh", ...words],
    repeatable: true,
    timeout: 30_000,
  });
  return code === 0 ? stdout.trim() : undefined;
}
