import type { RolloutSettings } from "../../rollout/inputs.ts";
import type { Outcome } from "../../core/outcome.ts";
import { resolvePath } from "../../machine/files/files.ts";
import { isFresh, makeClone } from "../../machine/git/fresh-clone.ts";
import { type Environment, ledgerOf } from "./environment.ts";

/**
 * With `transport: push` a host needs no clone of the repository before its first deploy: one is made where `app-dir` is
 * missing, or empty but for `.env` files, and the journal knows of nothing that ran. All else is for `Environment.clone`
 * to judge. Returns what a dry run would do instead.
 */
export async function makeFirstClone(
  environment: Environment,
  { transport }: Pick<RolloutSettings, "transport">,
): Promise<Outcome | undefined> {
  const { machine, shared, ports } = environment;
  const directory = shared["app-dir"];
  if (transport !== "push" || directory === undefined || (await ledgerOf(environment))?.on !== undefined) return undefined;
  const path = await resolvePath(machine, directory);
  if (!(await isFresh(machine, path))) return undefined;
  if (shared["dry-run"]) {
    return {
      outputs: {},
      headline: `Would make a clone in ${path} on ${machine.name}, where nothing is, for the first deploy of ${environment.title}`,
      blocks: [],
    };
  }
  await makeClone(machine, path);
  ports.report.notice(`Made a git clone in ${path} on ${machine.name}: nothing was there, and this is the first deploy.`);
  return undefined;
}
