import type { SchemaView } from "../../core/history.ts";
import { shortCommit } from "../../core/format.ts";
import { type DeployRecord, knownAsFailed, type Ledger, type StableRecord } from "../../journal/ledger.ts";
import { sameSchema } from "../environment/versions.ts";

/** The version that a rollback goes to, and why it is that one. */
export interface Target {
  /** Undefined where no version is gone back to: nothing ran, or what ran is not known and its code is not ours to move. */
  readonly commit: string | undefined;
  /** Its newest known schema; undefined where no database was seen on it. */
  readonly schema: SchemaView | undefined;
  readonly why: string;
  /**
   * `schema` is known not to be the version's: `as-opened` what the deploy was opened on, `as-backed-up` what the backup holds that was
   * said to be restored.
   */
  readonly apart?: "as-opened" | "as-backed-up";
  /** Whether it was ever marked stable. */
  readonly stable: boolean;
}

export type TargetChoice = { readonly found: true; readonly target: Target } | { readonly found: false; readonly why: string };

/** Where an open or failed deploy goes back to (contract, 4). Pure. */
export function targetOfDeploy(ledger: Ledger, deploy: DeployRecord): TargetChoice {
  // What it was opened on is what it leaves: where it goes, the savepoint says.
  if (deploy.goingBack && deploy.toNothing) return before("it is where the rollback that is open was going", undefined);
  if (deploy.goingBack) {
    const stable = ledger.stable.some((one) => one.commit === deploy.commit);
    return {
      found: true,
      target: {
        commit: deploy.commit,
        schema: ledger.schemas.get(deploy.commit),
        why: "it is where the rollback that is open was going",
        stable,
      },
    };
  }
  // What was marked stable after this deploy opened is not what it can go back to.
  const stable = ledger.stable.findLast((one) => deploy.stableBefore.includes(one.commit));
  const nothingRan = deploy.ran === "nothing";
  if (stable !== undefined && !nothingRan && (deploy.from === undefined || deploy.from === stable.commit)) {
    return found(stable, ledger, "it is latest-stable, and what this deploy was opened on", deploy.from === undefined ? undefined : deploy);
  }
  if (stable !== undefined && onSchemaOf(stable, ledger, deploy)) {
    return found(
      stable,
      ledger,
      `it is latest-stable, and this deploy was opened on its schema (${deploy.from === undefined ? "nothing" : shortCommit(deploy.from)} ran)`,
    );
  }
  if (nothingRan) return before("nothing ran when this deploy opened", deploy.live);
  if (deploy.from === undefined) {
    return before("what ran before this deploy is not known, and without `app-dir` the code is not ours to move", deploy.live);
  }
  if (knownAsFailed(ledger, deploy.from)) {
    return { found: false, why: `${shortCommit(deploy.from)} ran when this deploy opened, and it is known to have failed` };
  }
  return {
    found: true,
    target: {
      commit: deploy.from,
      ...schemaAtOpening(ledger, deploy, deploy.from),
      why: `${seenAs(deploy)}, ${stable === undefined ? "and no version is marked stable yet" : "deployed by hand over latest-stable"}`,
      stable: false,
    },
  };
}

function before(why: string, live: SchemaView | undefined): TargetChoice {
  return { found: true, target: { commit: undefined, schema: live, why, stable: false } };
}

/** What is known of the version that a deploy opened on; that it was checked out does not mean that it ran. */
function seenAs({ ran }: DeployRecord): string {
  if (ran === "unhealthy") return "it was there when this deploy opened, though its health check did not pass then";
  return ran === undefined ? "it was checked out when this deploy opened" : "it ran when this deploy opened";
}

/** `abc1234`; where no version is gone back to, that. */
export function nameOf({ commit }: Pick<Target, "commit">): string {
  return commit === undefined ? "nothing" : shortCommit(commit);
}

/** Where a way back leads, in a sentence. */
export function placeOf(target: Pick<Target, "commit">): string {
  return target.commit === undefined ? "what was before" : shortCommit(target.commit);
}

/** Whose schema it is to be: `abc1234`, or the savepoint's. */
export function schemaOwner(target: Pick<Target, "commit" | "apart">): string {
  return target.commit === undefined || target.apart === "as-backed-up" ? "the savepoint" : nameOf(target);
}

/** Where a rollback by hand goes when nothing is open and nothing is said (contract, 4). Pure. */
export function targetByHand(ledger: Ledger, running: string | undefined): TargetChoice {
  if (ledger.wentBack !== undefined) {
    const { to } = ledger.wentBack;
    const stable = ledger.stable.findLast((one) => one.commit === to);
    return {
      found: true,
      target: { commit: to, schema: ledger.schemas.get(to), why: "it is where the last rollback went", stable: stable !== undefined },
    };
  }
  const latest = ledger.stable.at(-1);
  if (latest === undefined) {
    return { found: false, why: ledger.nothingRuns ? "nothing runs here, and nothing is open" : "no version is marked stable" };
  }
  // Taken back to nothing, a version that is still checked out does not run.
  if (running !== latest.commit || ledger.nothingRuns) return found(latest, ledger, "it is latest-stable");
  const before = ledger.stable.at(-2);
  if (before === undefined)
    return { found: false, why: `latest-stable (${shortCommit(latest.commit)}) is what runs, and no stable version came before it` };
  return found(before, ledger, `latest-stable (${shortCommit(latest.commit)}) is what runs, and this is the stable version before it`);
}

function found(stable: StableRecord, ledger: Ledger, why: string, openedOn?: DeployRecord): TargetChoice {
  const { commit } = stable;
  const { schema, ...rest } = openedOn === undefined ? { schema: ledger.schemas.get(commit) } : schemaAtOpening(ledger, openedOn, commit);
  return { found: true, target: { commit, schema: schema ?? stable.schema, ...rest, why, stable: true } };
}

/** A deploy is taken back to what there was when it opened, whatever is known of that version otherwise. */
function schemaAtOpening(ledger: Ledger, deploy: DeployRecord, commit: string): Pick<Target, "schema" | "apart"> {
  return { schema: deploy.live ?? ledger.schemas.get(commit), ...(deploy.apart && { apart: "as-opened" }) };
}

function onSchemaOf(stable: StableRecord, ledger: Ledger, deploy: DeployRecord): boolean {
  const schema = ledger.schemas.get(stable.commit) ?? stable.schema;
  return schema !== undefined && deploy.live !== undefined && sameSchema(schema, deploy.live);
}
