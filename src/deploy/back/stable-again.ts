import { Failure, messageOf } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { stableTag } from "../../release/tags.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import type { Transaction } from "../lock/transaction.ts";
import { moveTags, noteTo, stableName, withdrawTags } from "../steps/tags.ts";
import { AS_FOUND, NOT_CHECKED } from "../../journal/unwell.ts";
import type { RolledBack } from "./request.ts";

/**
 * After a rollback by hand whose health passed, the target is the stable version and the one left behind is stable no
 * more. Noted before the deploy is closed: killed after it, the next command still knows which tags to move.
 */
export async function noteStableAgain(tx: Transaction, rolledBack: RolledBack & { readonly commit: string }): Promise<void> {
  const { journal } = tx.state;
  if (!marksStable(rolledBack, await journal.read())) return;
  const { clock } = tx.environment.ports;
  const ledger = await journal.read();
  const left = rolledBack.from === rolledBack.commit ? undefined : ledger.stable.find((one) => one.commit === rolledBack.from);
  if (left !== undefined) await tx.writeAbout(undefined, { kind: "stable.withdrawn", commit: left.commit, tag: left.tag });
  const now = await journal.read();
  if (now.stable.at(-1)?.commit === rolledBack.commit) return;
  const known = now.stable.findLast((one) => one.commit === rolledBack.commit);
  const schema = now.schemas.get(rolledBack.commit);
  const tag = stableTag(stableName(tx.environment), clock.now());
  const mark = { commit: rolledBack.commit, ...(schema && { schema }), settings: known?.settings ?? {}, tag };
  await tx.writeAbout(known?.deploy, { kind: "stable.marked", ...mark });
}

/** Whether a rollback by hand makes its target the stable version: it was that once, or it is proven that it runs and is healthy. */
function marksStable({ commit, health, proven }: RolledBack, ledger: Ledger): boolean {
  if (health === NOT_CHECKED || health === AS_FOUND || commit === undefined) return false;
  return proven || wasStable(ledger, commit);
}

function wasStable(ledger: Ledger, commit: string): boolean {
  return ledger.entries.some((entry) => entry.kind === "stable.marked" && entry.commit === commit);
}

/** Moves the tags to where a rollback by hand went; what cannot be moved waits in the journal. */
export async function moveTagsAfterRollback(environment: Environment, rolledBack: RolledBack): Promise<readonly Block[]> {
  const { commit, health } = rolledBack;
  if (commit === undefined) return [];
  const ledger = await stateOf(environment).journal.read();
  if (!marksStable(rolledBack, ledger)) {
    environment.ports.report.warning(
      health === NOT_CHECKED
        ? "Health was not checked, so latest-stable stays where it is."
        : `${shortCommit(commit)} was never confirmed, and nothing proves that it is what answers, so latest-stable stays where it is. What would prove it: \`health-expect-version\`, or a \`stop-command\`.`,
    );
    return [];
  }
  return await tagsAfterRollback(environment, { returned: { ...rolledBack, commit }, ledger });
}

async function tagsAfterRollback(
  environment: Environment,
  request: { readonly returned: RolledBack & { readonly commit: string }; readonly ledger: Ledger },
): Promise<readonly Block[]> {
  const { returned: rolledBack, ledger } = request;
  const stable = ledger.stable.at(-1);
  // Those of an earlier rollback too, that was killed before it came to its tags.
  for (const left of ledger.withdrawn)
    await withdrawTags(environment, ledger, { commit: left, to: rolledBack.commit, deploy: stable?.deploy ?? "rollback" });
  const { report } = environment.ports;
  try {
    const wish = {
      commit: rolledBack.commit,
      deploy: stable?.deploy ?? `rollback-${shortCommit(rolledBack.commit)}`,
      at: new Date(stable?.at ?? environment.ports.clock.now()),
      keepTags: Number.MAX_SAFE_INTEGER,
    };
    const moved = await moveTags(environment, wish, ledger, noteTo(environment));
    return [{ kind: "text", text: `${moved.latestTag} is at ${shortCommit(rolledBack.commit)}.` }];
  } catch (error) {
    // Code and database are back and proven; a tag that waits is said, and moved by the next command that can.
    const { cause = error, ways } = error instanceof Failure ? error : { ways: [] };
    const next = ways[0]?.command;
    const later = `They wait in the journal, and the next deploy moves them${next === undefined ? "" : `, or: ${next}`}`;
    report.warning(`The stable tags could not be moved: ${messageOf(cause)} ${later}`);
    return [{ kind: "text", text: `The stable tags could not be moved. ${later}` }];
  }
}
