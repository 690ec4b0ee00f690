import { refusal } from "../core/failure.ts";
import { shortCommit } from "../core/format.ts";
import { exists } from "../machine/files.ts";
import type { MigrationSource } from "../migration/load.ts";
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
    { hint: "Check out the commit that is deployed, or run `rollout` with `phase: prepare` first: it fetches the commit to the host." },
  );
}
