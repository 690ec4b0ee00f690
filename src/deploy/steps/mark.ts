import { refusal } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { RawSettings } from "../../core/settings.ts";
import { isApart } from "../../journal/apart.ts";
import { type DeployRecord, gatePassed } from "../../journal/ledger.ts";
import type { StableResult } from "../../release/stable.ts";
import { stableTag } from "../../release/tags.ts";
import type { Environment } from "../environment/environment.ts";
import { settingsOfDeploy } from "../call/sections.ts";
import type { Transaction } from "../lock/transaction.ts";
import { liveSchema } from "../environment/versions.ts";
import { refuseOther } from "./running-version.ts";
import { dropWarm } from "./warm.ts";
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
  refuseUnchecked(deploy);
  const before = await tx.state.journal.read();
  const at = environment.ports.clock.now();
  const schema = await liveSchema(environment);
  const raw = settingsOfDeploy(deploy);
  // Before anything says that it is stable: from here on nobody takes it back by itself.
  await tx.watchdog.disarm();
  await tx.write({
    kind: "stable.marked",
    commit: deploy.commit,
    ...(schema && { schema }),
    settings: { rollout: raw["rollout"] ?? {}, health: raw["health"] ?? {} },
    tag: stableTag(stableName(environment), at),
  });
  await dropWarm(tx);
  await tx.close({ as: "confirmed", why: "marked stable", on: deploy.commit });
  environment.ports.report.say(`${shortCommit(deploy.commit)} is confirmed: deploy ${deploy.id} is closed and the lock is released.`);
  return await withTags(environment, { commit: deploy.commit, deploy: deploy.id, at, ...settings }, before.stable.at(-1)?.commit);
}

/** Refuses to confirm what was not checked, or does not run. It reads only. */
export async function mayConfirm(environment: Environment, deploy: DeployRecord): Promise<void> {
  refuseUnchecked(deploy);
  await refuseOther(environment, deploy.commit, deploy);
}

function refuseUnchecked(deploy: DeployRecord): void {
  if (gatePassed(deploy)) return;
  const last = deploy.steps.findLast((step) => step.step === "health");
  throw refusal(
    `Deploy ${deploy.id} cannot be marked stable: ${last === undefined ? "its health was never checked" : "its last health check did not pass, or something changed after it"}.`,
    { code: "not-proven", hint: "Run health-check first; it must pass on the version that runs now." },
  );
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
