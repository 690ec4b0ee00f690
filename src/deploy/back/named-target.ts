import { isFullCommit } from "../../core/commit.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { newestFirst } from "../../backup/order.ts";
import { refusal } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import { resolveName } from "../environment/incoming.ts";
import { listWay, nextCommand } from "../call/next-command.ts";
import type { RollbackSettings } from "../call/sections.ts";
import { isBackedUpApart } from "./backed-up-apart.ts";
import type { Target } from "./target.ts";

/** A target that was named, and the savepoint, where that is what was named. */
export interface NamedTarget {
  readonly target: Target;
  readonly savepoint: Manifest | undefined;
}

/** What `to` names: `latest-stable`, a stable tag, a savepoint's or backup's id, or a commit, tag or branch. */
export async function namedTarget(
  environment: Environment,
  ledger: Ledger,
  manifests: readonly Manifest[],
  { to, database }: Pick<RollbackSettings, "database"> & { readonly to: string },
): Promise<NamedTarget> {
  if (to === "latest-stable" || to === `${environment.tagPrefix}latest-stable`) {
    const latest = ledger.stable.at(-1);
    if (latest === undefined)
      throw refusal(`No version of ${environment.title} is marked stable.`, {
        code: "no-target",
        hint: "Give `to` a commit or a savepoint's id.",
        ways: [listWay(environment)],
      });
    return { target: versionTarget(ledger, latest.commit, "`to: latest-stable` was said"), savepoint: undefined };
  }
  const tagged = ledger.stable.find((one) => one.tag === to);
  if (tagged !== undefined) return { target: versionTarget(ledger, tagged.commit, `\`to: ${to}\` was said`), savepoint: undefined };
  const savepoint = manifests
    .filter((one) => one.id === to || one.deploy === to)
    .toSorted(newestFirst)
    .at(0);
  const clone = await environment.clone();
  if (savepoint !== undefined)
    return { target: savepointTarget(environment, { ledger, savepoint, to, database, hasClone: clone !== undefined }), savepoint };
  // Without `app-dir` only a full sha says by itself what it is; the code is not ours to move then.
  const commit = clone === undefined ? (isFullCommit(to) ? to : undefined) : await resolveName(clone, to);
  if (commit !== undefined) return { target: versionTarget(ledger, commit, `\`to: ${to}\` was said`), savepoint: undefined };
  throw refusal(`\`to\` is ${JSON.stringify(to)}, which is no stable tag, savepoint or commit of ${environment.title}.`, {
    code: "no-target",
    hint: "Give `to` one of those that there are.",
    ways: [listWay(environment)],
  });
}

function versionTarget(ledger: Ledger, commit: string, why: string): Target {
  return { commit, schema: ledger.schemas.get(commit), why, stable: ledger.stable.some((one) => one.commit === commit) };
}

function savepointTarget(
  environment: Environment,
  about: {
    readonly ledger: Ledger;
    readonly savepoint: Manifest;
    readonly to: string;
    readonly database: RollbackSettings["database"];
    readonly hasClone: boolean;
  },
): Target {
  const { ledger, savepoint, to, database, hasClone } = about;
  if (savepoint.from === undefined) {
    const nothingRan = ledger.deploys.some((one) => one.id === savepoint.deploy && one.ran === "nothing");
    if (nothingRan || !hasClone) {
      const ran = nothingRan ? "nothing ran then" : "which version ran then is not known; the code is not ours to move";
      return { commit: undefined, schema: savepoint.schema, why: `\`to: ${to}\` was said, and ${ran}`, stable: false };
    }
    throw refusal(`The backup ${savepoint.id} does not say which version ran when it was made.`, {
      hint: "To go back to a version, give its commit in `to`.",
      code: "version-unknown",
      ways: [
        {
          command: nextCommand(environment, "restore", ["--backup", savepoint.id, "--confirm", environment.name]),
          means: "Restores the backup, and leaves the code as it is.",
        },
      ],
    });
  }
  const version = { commit: savepoint.from, why: `\`to: ${to}\` was said, and ${shortCommit(savepoint.from)} ran then`, stable: false };
  if (!isBackedUpApart(ledger, savepoint)) return { ...version, schema: savepoint.schema };
  // Only who says that it shall be restored gets it: else its version's own schema is what is gone back to.
  if (database !== "restore") return { ...version, schema: ledger.schemas.get(savepoint.from) };
  return { ...version, schema: savepoint.schema, apart: "as-backed-up" };
}
