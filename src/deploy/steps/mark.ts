import { Failure, messageOf, refusal } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { RawSettings } from "../../core/settings.ts";
import { isApart } from "../../journal/apart.ts";
import { gatePassed, type Ledger } from "../../journal/ledger.ts";
import type { StableResult } from "../../release/stable.ts";
import { stableTag } from "../../release/tags.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { settingsOfDeploy } from "../environment/sections.ts";
import type { Transaction } from "../lock/transaction.ts";
import { liveSchema } from "../environment/versions.ts";
import { AS_FOUND, NOT_CHECKED } from "../back/health.ts";
import type { Returned } from "../back/request.ts";
import { refuseOther } from "./running-version.ts";
import { moveTags, noteTo, stableName, type TagWish, withdrawTags } from "./tags.ts";

export interface MarkSettings {
  readonly keepTags: number;
}

/** What a mark left: the tags' result, and the version that was stable before. */
export interface Marked {
  readonly commit: string;
  readonly previous: string | undefined;
  readonly tags: StableResult;
}

/**
 * COMMIT: writes that the deploy is confirmed, releases the lock, and then moves the tags. Refuses where the deploy's
 * last health check did not pass. A tag that cannot be moved is a Failure that leaves the confirmation standing.
 */
export async function confirmDeploy(tx: Transaction, settings: MarkSettings): Promise<Marked> {
  const { environment } = tx;
  const deploy = await tx.record();
  if (!gatePassed(deploy)) {
    const last = deploy.steps.findLast((step) => step.step === "health");
    throw refusal(
      `Deploy ${deploy.id} cannot be marked stable: ${last === undefined ? "its health was never checked" : "its last health check did not pass, or something changed after it"}.`,
      { hint: "Run health-check first; it must pass on the version that runs now." },
    );
  }
  await refuseOther(environment, deploy.commit, deploy);
  const before = await tx.state.journal.read();
  const at = environment.ports.clock.now();
  const schema = await liveSchema(environment);
  const raw = settingsOfDeploy(deploy);
  await tx.write({
    kind: "stable.marked",
    commit: deploy.commit,
    ...(schema && { schema }),
    settings: { rollout: raw["rollout"] ?? {}, health: raw["health"] ?? {} },
    tag: stableTag(stableName(environment), at),
  });
  await tx.close({ as: "confirmed", why: "marked stable", on: deploy.commit });
  environment.ports.report.say(`${shortCommit(deploy.commit)} is confirmed: deploy ${deploy.id} is closed and the lock is released.`);
  return await withTags(environment, { commit: deploy.commit, deploy: deploy.id, at, ...settings }, before.stable.at(-1)?.commit);
}

/** Marks a version with no deploy open. Marking the newest stable version again only sees to its tags. */
export async function markCommit(
  environment: Environment,
  commit: string,
  settings: MarkSettings,
  tx: Transaction | undefined,
): Promise<Marked> {
  const ledger = environment.state && (await environment.state.journal.read());
  const known = ledger?.stable.findLast((one) => one.commit === commit);
  const newest = ledger?.stable.at(-1);
  if (known !== undefined && newest === known) {
    const deploy = known.deploy ?? `manual-${shortCommit(commit)}`;
    for (const left of ledger?.withdrawn ?? []) await withdrawTags(environment, ledger, { commit: left, to: commit, deploy });
    return await withTags(environment, { commit, deploy, at: new Date(known.at), ...settings }, ledger?.stable.at(-2)?.commit);
  }
  const at = environment.ports.clock.now();
  if (tx !== undefined) await noteStable(tx, commit, at, known?.settings ?? {});
  return await withTags(
    environment,
    { commit, deploy: tx === undefined ? `manual-${shortCommit(commit)}` : `manual-${at.toISOString()}`, at, ...settings },
    newest?.commit,
  );
}

/**
 * After a rollback by hand whose health passed, the target is the stable version and the one left behind is stable no
 * more. Noted before the deploy is closed: killed after it, the next command still knows which tags to move.
 */
export async function noteReturn(tx: Transaction, returned: Returned & { readonly commit: string }): Promise<void> {
  const { journal } = tx.state;
  if (!marksStable(returned, await journal.read())) return;
  const { clock } = tx.environment.ports;
  const ledger = await journal.read();
  const left = returned.from === returned.commit ? undefined : ledger.stable.find((one) => one.commit === returned.from);
  if (left !== undefined) await tx.writeAbout(undefined, { kind: "stable.withdrawn", commit: left.commit, tag: left.tag });
  const now = await journal.read();
  if (now.stable.at(-1)?.commit === returned.commit) return;
  const known = now.stable.findLast((one) => one.commit === returned.commit);
  const schema = now.schemas.get(returned.commit);
  const tag = stableTag(stableName(tx.environment), clock.now());
  const mark = { commit: returned.commit, ...(schema && { schema }), settings: known?.settings ?? {}, tag };
  await tx.writeAbout(known?.deploy, { kind: "stable.marked", ...mark });
}

/** Whether a rollback by hand makes its target the stable version: it was that once, or it is proven that it runs and is healthy. */
function marksStable({ commit, health, proven }: Returned, ledger: Ledger): boolean {
  if (health === NOT_CHECKED || health === AS_FOUND || commit === undefined) return false;
  return proven || wasStable(ledger, commit);
}

function wasStable(ledger: Ledger, commit: string): boolean {
  return ledger.entries.some((entry) => entry.kind === "stable.marked" && entry.commit === commit);
}

/** Moves the tags to where a rollback by hand went; what cannot be moved waits in the journal. */
export async function moveTagsAfterReturn(environment: Environment, returned: Returned): Promise<readonly Block[]> {
  const { commit, health } = returned;
  if (commit === undefined) return [];
  const ledger = await stateOf(environment).journal.read();
  if (!marksStable(returned, ledger)) {
    environment.ports.report.warning(
      health === NOT_CHECKED
        ? "Health was not checked, so latest-stable stays where it is."
        : `${shortCommit(commit)} was never confirmed, and nothing proves that it is what answers, so latest-stable stays where it is. What would prove it: \`health-expect-version\`, or a \`stop-command\`.`,
    );
    return [];
  }
  return await tagsAfterReturn(environment, { returned: { ...returned, commit }, ledger });
}

async function tagsAfterReturn(
  environment: Environment,
  request: { readonly returned: Returned & { readonly commit: string }; readonly ledger: Ledger },
): Promise<readonly Block[]> {
  const { returned, ledger } = request;
  const stable = ledger.stable.at(-1);
  // Those of an earlier rollback too, that was killed before it came to its tags.
  for (const left of ledger.withdrawn)
    await withdrawTags(environment, ledger, { commit: left, to: returned.commit, deploy: stable?.deploy ?? "rollback" });
  const { report } = environment.ports;
  try {
    const wish = {
      commit: returned.commit,
      deploy: stable?.deploy ?? `rollback-${shortCommit(returned.commit)}`,
      at: new Date(stable?.at ?? environment.ports.clock.now()),
      keepTags: Number.MAX_SAFE_INTEGER,
    };
    const moved = await moveTags(environment, wish, ledger, noteTo(environment));
    return [{ kind: "text", text: `${moved.latestTag} is at ${shortCommit(returned.commit)}.` }];
  } catch (error) {
    // Code and database are back and proven; a tag that waits is said, and moved by the next command that can.
    const { cause = error, ways } = error instanceof Failure ? error : { ways: [] };
    const next = ways[0]?.command;
    const later = `They wait in the journal, and the next deploy moves them${next === undefined ? "" : `, or: ${next}`}`;
    report.warning(`The stable tags could not be moved: ${messageOf(cause)} ${later}`);
    return [{ kind: "text", text: `The stable tags could not be moved. ${later}` }];
  }
}

async function noteStable(tx: Transaction, commit: string, at: Date, settings: RawSettings): Promise<void> {
  const ledger = await tx.state.journal.read();
  const running = (await (await tx.environment.clone())?.current()) ?? ledger.on;
  // The schema is this version's only where that is what runs, and is not known to be apart from it.
  const schema = running === commit && !isApart(ledger.apart, commit) ? await liveSchema(tx.environment) : undefined;
  await tx.write({ kind: "stable.marked", commit, ...(schema && { schema }), settings, tag: stableTag(stableName(tx.environment), at) });
}

async function withTags(environment: Environment, wish: TagWish, previous: string | undefined): Promise<Marked> {
  const ledger = environment.state && (await environment.state.journal.read());
  const tags = await environment.ports.report.step(
    `Moving the stable tags to ${shortCommit(wish.commit)}`,
    async () => await moveTags(environment, wish, ledger, noteTo(environment)),
    (moved) => (moved.moved ? `${moved.stableTag ?? ""} and ${moved.latestTag}` : (moved.reason ?? "already there")),
  );
  return { commit: wish.commit, previous: tags.previous ?? previous, tags };
}
