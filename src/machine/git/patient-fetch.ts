import { Failure } from "../../core/failure.ts";
import { formatDuration } from "../../core/format.ts";
import type { Finished } from "../../core/machine.ts";
import { type Git, type GitOptions, QUIET } from "./git.ts";

/** How long git may talk to a remote before it counts as unreachable. */
const FETCH_TIMEOUT_MS = 15 * 60_000;
/** A fetch that takes longer than this is large, or nobody is there; the answer may take twice as long. */
const PATIENCE_MS = 20_000;

/**
 * `git fetch`, which by itself would wait for ever for a server that accepts and says nothing. One that takes long has
 * its remote asked once more beside it: where that is not answered either, both are ended.
 * Where lines are heard, git says how far it is (`gitProgress`). Any exit code. Throws a Failure of code `timeout`. `patience`: milliseconds.
 */
export async function patientFetch(
  git: Git,
  words: readonly string[],
  options: GitOptions,
  patience: number = PATIENCE_MS,
): Promise<Finished> {
  const silent = new AbortController();
  const over = new AbortController();
  let asking = Promise.resolve();
  // Not `within`: when this time is over, the fetch goes on, and the remote is asked beside it.
  const watch = setTimeout(() => {
    asking = answers(git, over.signal, 2 * patience).then((answered) => (answered ? undefined : silent.abort()));
  }, patience);
  const signals = options.signal === undefined ? [silent.signal] : [silent.signal, options.signal];
  try {
    const heard = options.onLine === undefined ? [] : ["--progress"];
    return await git.run([...QUIET, "fetch", ...heard, "--no-recurse-submodules", ...words], {
      timeout: FETCH_TIMEOUT_MS,
      ...options,
      signal: AbortSignal.any(signals),
    });
  } catch (error) {
    if (!silent.signal.aborted || options.signal?.aborted === true) throw error;
    throw new Failure(`The server did not answer within ${formatDuration(3 * patience)}.`, { code: "timeout", cause: error });
  } finally {
    clearTimeout(watch);
    over.abort();
    await asking;
  }
}

/** An error is an answer too: the fetch will say it better. */
async function answers(git: Git, signal: AbortSignal, timeout: number): Promise<boolean> {
  try {
    await git.run(["ls-remote", "--quiet", "origin", "HEAD"], { timeout, signal });
    return true;
  } catch (error) {
    return !(error instanceof Failure && error.code === "timeout");
  }
}
