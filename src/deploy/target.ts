import type { SchemaView } from "../core/history.ts";
import { shortCommit } from "../core/format.ts";
import { type DeployRecord, knownAsFailed, type Ledger, type StableRecord } from "../journal/ledger.ts";
import { sameSchema } from "./versions.ts";

/** The version that a rollback goes to, and why it is that one. */
export interface Target {
  readonly commit: string;
  /** Its newest known schema; undefined where no database was seen on it. */
  readonly schema: SchemaView | undefined;
  readonly why: string;
  /** Code and schema were not one version's when the deploy opened: `schema` is what it was opened on. */
  readonly apart?: boolean;
  /** Whether it was ever marked stable. */
  readonly stable: boolean;
}

export type TargetChoice = { readonly found: true; readonly target: Target } | { readonly found: false; readonly why: string };

/** Where an open or failed deploy goes back to (contract, 4). Pure. */
export function targetOfDeploy(ledger: Ledger, deploy: DeployRecord): TargetChoice {
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
  if (stable !== undefined && (deploy.from === undefined || deploy.from === stable.commit)) {
    return found(stable, ledger, "it is latest-stable, and what this deploy was opened on", deploy.from === undefined ? undefined : deploy);
  }
  if (stable !== undefined && onSchemaOf(stable, ledger, deploy)) {
    return found(stable, ledger, `it is latest-stable, and this deploy was opened on its schema (${shortCommit(deploy.from ?? "")} ran)`);
  }
  if (deploy.from === undefined) return { found: false, why: "no version is marked stable, and what ran before this deploy is not known" };
  if (knownAsFailed(ledger, deploy.from)) {
    return { found: false, why: `${shortCommit(deploy.from)} ran when this deploy opened, and it is known to have failed` };
  }
  return {
    found: true,
    target: {
      commit: deploy.from,
      ...schemaAtOpening(ledger, deploy, deploy.from),
      why:
        stable === undefined
          ? "it ran when this deploy opened, and no version is marked stable yet"
          : "it ran when this deploy opened, deployed by hand over latest-stable",
      stable: false,
    },
  };
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
  if (latest === undefined) return { found: false, why: "no version is marked stable" };
  if (running !== latest.commit) return found(latest, ledger, "it is latest-stable");
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
  return { schema: deploy.live ?? ledger.schemas.get(commit), ...(deploy.apart && { apart: true }) };
}

function onSchemaOf(stable: StableRecord, ledger: Ledger, deploy: DeployRecord): boolean {
  const schema = ledger.schemas.get(stable.commit) ?? stable.schema;
  return schema !== undefined && deploy.live !== undefined && sameSchema(schema, deploy.live);
}
