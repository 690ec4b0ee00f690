import { shortCommit } from "../../core/format.ts";
import type { DeploymentState } from "../../github/deployments.ts";
import { githubSection } from "../../github/inputs.ts";
import type { GithubTold } from "../../journal/entries.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";

/** What GitHub is to show of one deploy, and what it shows. */
export interface Owed {
  readonly deploy: DeployRecord;
  readonly state: DeploymentState;
  readonly description: string;
  /** Of the commit; undefined where its status stays as it is. */
  readonly status: "pending" | "success" | "failure" | "error" | undefined;
  /** Whether there is to be an issue about it. */
  readonly issue: boolean;
  readonly told: GithubTold | undefined;
}

/** Older deploys that nobody told of are history. */
const MOST = 10;

/**
 * What the journal says of the newest deploys, for GitHub to say the same: whoever comes next with a token finishes what a killed
 * run, a person at a terminal or a GitHub that was down left untold. Oldest first. Pure.
 */
export function owedTo(ledger: Ledger): readonly Owed[] {
  const told = toldIn(ledger);
  // What was there before anybody told GitHub anything stays untold, but for the deploy that tells first.
  const first = ledger.deploys.findIndex(({ id }) => told.has(id));
  const from = first === -1 ? ledger.deploys.length - 1 : first;
  const live = liveDeploy(ledger.deploys);
  return ledger.deploys
    .slice(Math.max(from, ledger.deploys.length - MOST, 0))
    .map((deploy) => ({ deploy, ...shown(deploy, ledger, live), issue: isWorthAnIssue(deploy, ledger), told: told.get(deploy.id) }));
}

function toldIn(ledger: Ledger): ReadonlyMap<string, GithubTold> {
  const told = new Map<string, GithubTold>();
  for (const entry of ledger.entries) {
    if (entry.kind !== "github.told") continue;
    const { about, deployment, state, status, issue } = entry;
    told.set(about, {
      ...told.get(about),
      about,
      ...(deployment !== undefined && { deployment }),
      ...(state !== undefined && { state }),
      ...(status !== undefined && { status }),
      ...(issue !== undefined && { issue }),
    });
  }
  return told;
}

/** What went back, or needs a person. Of older ones those alone that asked for it: to switch it on opens no issues about the past. */
function isWorthAnIssue(deploy: DeployRecord, { deploys }: Ledger): boolean {
  const { end } = deploy;
  const bad = end?.as === "rolled-back" || (end?.as === "failed" && end.blocks);
  return bad && (deploy === deploys.at(-1) || deploy.settings[githubSection.name]?.["issue"] === "true");
}

/** The deploy, or the rollback by hand, that brought what is live. */
function liveDeploy(deploys: readonly DeployRecord[]): DeployRecord | undefined {
  let live: DeployRecord | undefined;
  for (const deploy of deploys) {
    if (deploy.end?.as === "confirmed") live = deploy;
    else if (deploy.goingBack && deploy.end?.as === "rolled-back") live = deploy.toNothing ? undefined : deploy;
  }
  return live;
}

function shown(deploy: DeployRecord, ledger: Ledger, live: DeployRecord | undefined): Pick<Owed, "state" | "description" | "status"> {
  const { end, goingBack } = deploy;
  const commit = shortCommit(deploy.commit);
  if (end === undefined)
    return { state: "in_progress", description: goingBack ? `Going back to ${commit}` : `Deploying ${commit}`, status: "pending" };
  switch (end.as) {
    case "confirmed":
      if (deploy === live) return { state: "success", description: `${commit} is live and stable`, status: "success" };
      return ledger.stable.some((one) => one.commit === deploy.commit)
        ? { state: "inactive", description: `Replaced${by(live)}`, status: "success" }
        : { state: "inactive", description: `Taken back by hand${by(live)}`, status: "failure" };
    case "rolled-back":
      if (!goingBack) {
        const to = end.on === undefined ? "" : ` to ${shortCommit(end.on)}`;
        return { state: "failure", description: `Failed, and rolled back${to}: ${end.why}`, status: "failure" };
      }
      if (deploy === live) return { state: "success", description: `Back on ${commit}`, status: "success" };
      return { state: "inactive", description: `Replaced${by(live)}`, status: undefined };
    case "failed":
      return { state: "error", description: `Failed, and needs a person: ${end.why}`, status: "error" };
    case "abandoned":
      return { state: "inactive", description: "Abandoned before it changed anything", status: "error" };
  }
}

function by(live: DeployRecord | undefined): string {
  return live === undefined ? "" : ` by ${shortCommit(live.commit)}`;
}
