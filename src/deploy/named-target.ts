import type { Manifest } from "../backup/manifest.ts";
import { newestFirst } from "../backup/order.ts";
import { refusal } from "../core/failure.ts";
import { shortCommit } from "../core/format.ts";
import type { Way } from "../core/way.ts";
import type { Ledger } from "../journal/ledger.ts";
import type { Environment } from "./environment.ts";
import { resolveName } from "./incoming.ts";
import { nextCommand } from "./next-command.ts";
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
  to: string,
): Promise<NamedTarget> {
  if (to === "latest-stable" || to === `${environment.tagPrefix}latest-stable`) {
    const latest = ledger.stable.at(-1);
    if (latest === undefined)
      throw refusal(`No version of ${environment.title} is marked stable.`, {
        hint: "Give `to` a commit or a savepoint's id: `savepoint list` shows them.",
        ways: [listing(environment)],
      });
    return { target: versionTarget(ledger, latest.commit, "`to: latest-stable` was said"), savepoint: undefined };
  }
  const tagged = ledger.stable.find((one) => one.tag === to);
  if (tagged !== undefined) return { target: versionTarget(ledger, tagged.commit, `\`to: ${to}\` was said`), savepoint: undefined };
  const savepoint = manifests
    .filter((one) => one.id === to || one.deploy === to)
    .toSorted(newestFirst)
    .at(0);
  if (savepoint !== undefined) return { target: savepointTarget(savepoint, to), savepoint };
  const clone = await environment.clone();
  const commit = clone && (await resolveName(clone, to));
  if (commit !== undefined) return { target: versionTarget(ledger, commit, `\`to: ${to}\` was said`), savepoint: undefined };
  throw refusal(`\`to\` is ${JSON.stringify(to)}, which is no stable tag, savepoint or commit of ${environment.title}.`, {
    hint: "`savepoint list` shows what there is to go back to.",
    ways: [listing(environment)],
  });
}

function listing(environment: Environment): Way {
  return { command: nextCommand(environment, "list", []), means: "Lists what there is to go back to; changes nothing." };
}

function versionTarget(ledger: Ledger, commit: string, why: string): Target {
  return { commit, schema: ledger.schemas.get(commit), why, stable: ledger.stable.some((one) => one.commit === commit) };
}

function savepointTarget(savepoint: Manifest, to: string): Target {
  if (savepoint.from === undefined) {
    throw refusal(`The backup ${savepoint.id} does not say which version ran when it was made.`, {
      hint: "Restore it with `savepoint restore`, or give `to` a commit.",
    });
  }
  return {
    commit: savepoint.from,
    schema: savepoint.schema,
    why: `\`to: ${to}\` was said, and ${shortCommit(savepoint.from)} ran then`,
    stable: false,
  };
}
