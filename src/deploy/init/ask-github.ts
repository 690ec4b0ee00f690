import { Failure } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { lastLines } from "../../machine/succeed.ts";

/** What `gh` ends with where it is not installed here, and where nobody is logged in: https://cli.github.com/manual/gh_help_exit-codes */
const NOBODY = [127, 4];

/**
 * What GitHub's own program `gh` printed; undefined where GitHub has no such thing, or does not show it to whoever is logged in.
 * @throws Failure where it was not answered at all: what is there must not be taken for missing, and made anew without its rules.
 */
export async function askGithub(here: Machine, words: readonly string[]): Promise<string | undefined> {
  const finished = await here.run({
    words: ["sh", "-c", 'command -v gh >/dev/null 2>&1 || exit 127; exec gh "$@"', "sh", ...words],
    repeatable: true,
    timeout: 30_000,
  });
  const { code, stdout, stderr } = finished;
  if (code === 0) return stdout.trim();
  if (NOBODY.includes(code ?? 0) || /\bHTTP 40[134]\b/.test(stderr)) return undefined;
  throw new Failure("GitHub did not answer `gh`, so what it has is not known.", {
    code: "tool-failed",
    evidence: lastLines(finished),
    hint: "Run the same command again.",
  });
}
