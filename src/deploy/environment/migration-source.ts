import { refusal } from "../../core/failure.ts";
import { plural, shortCommit } from "../../core/format.ts";
import { exists } from "../../machine/files/files.ts";
import type { MigrationSource } from "../../migration/load.ts";
import type { Environment } from "./environment.ts";
import { checkoutOf } from "./incoming.ts";

/**
 * Where a commit's migration files are: the checkout, whose HEAD must be that commit; else the host's clone at it
 * (contract, 6). Without a commit, the folder this run works in.
 */
export async function migrationSource(environment: Environment, commit: string | undefined, directory: string): Promise<MigrationSource> {
  const { here, cwd } = environment.ports;
  const folder: MigrationSource = { machine: here, directory: `${cwd}/${directory}`, shown: directory };
  const checkout = await checkoutOf(environment);
  if (commit === undefined) return folder;
  const head = await checkout?.head();
  if (head === commit) return folder;
  const clone = await environment.clone();
  if (clone !== undefined && (await clone.has(commit))) return { machine: environment.machine, clone: clone.directory, commit, directory };
  if (checkout === undefined && (await exists(here, folder.directory))) return folder;
  throw refusal(
    head === undefined
      ? `The migration files of ${shortCommit(commit)} are not here: this is no checkout, and the host's clone does not have that commit.`
      : `The checkout is at ${shortCommit(head)}, and this deploy is of ${shortCommit(commit)}; its migration files are somewhere else.`,
    {
      code: "no-checkout",
      hint: "Check out the commit that is deployed, or run `rollout` with `phase: prepare` first: it fetches the commit to the host.",
    },
  );
}

/**
 * A deploy brings what its commit has: a file that was never committed would change the schema, and no version of the code
 * would know of it. At a terminal that is refused; in a workflow an earlier step may have made the file, and it is said.
 */
export async function refuseUncommitted(environment: Environment, commit: string, directory: string): Promise<void> {
  const checkout = await checkoutOf(environment);
  if (checkout === undefined || (await checkout.current()) !== commit) return;
  const words = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", directory];
  const files = (await checkout.git.say(words, "looking at the migrations"))
    .split("\0")
    .map((field) => field.slice("?? ".length))
    .filter((path) => /\.sql$/i.test(path));
  const [first] = files;
  if (first === undefined) return;
  const message = `${first}${files.length > 1 ? ` and ${plural(files.length - 1, "other file")}` : ""} in the checkout is not as ${shortCommit(commit)} has it.`;
  if (!environment.owner.terminal) return environment.ports.report.warning(message);
  throw refusal(message, {
    hint: "Commit it, and deploy that commit; or take it out of the folder.",
    evidence: files,
    code: "uncommitted-migrations",
  });
}
