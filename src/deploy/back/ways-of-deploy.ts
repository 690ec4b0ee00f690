import { Failure, messageOf } from "../../core/failure.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { newestFirst } from "../../backup/order.ts";
import type { Way } from "../../core/way.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { backupStore } from "../steps/backup.ts";
import { isBackedUpApart } from "./backed-up-apart.ts";
import { lookAtDatabase } from "./look.ts";
import { savepointFor } from "../steps/savepoint-for.ts";
import { placeOf, type Target, targetOfDeploy } from "./target.ts";
import { begunOf, triedOf } from "./tried.ts";
import { reasonOf, type Savepoint, rankWays, type WaysFacts } from "./ways.ts";

/** The ways on from a deploy that is open, or failed and blocks. Reads only; what cannot be read narrows the choice, and is no error. */
export async function waysOfDeploy(
  environment: Environment,
  ledger: Ledger,
  deploy: DeployRecord,
  shown: Partial<Pick<WaysFacts, "seen" | "tried">> = {},
): Promise<readonly Way[]> {
  const choice = targetOfDeploy(ledger, deploy);
  const target = choice.found ? choice.target : undefined;
  const manifests = await manifestsOf(environment);
  const savepoint = target && savepointFor(manifests, deploy, target, ledger);
  return rankWays({
    place: environment,
    reason: reasonOf(deploy),
    deploy: deploy.id,
    target: target && placeOf(target),
    failedBefore: target === undefined ? deploy.from : undefined,
    database: deploy.live !== undefined || manifests.length > 0,
    differs: target?.schema !== undefined,
    // Going down needs a look; where nothing was tried yet, nobody has to choose.
    down: target !== undefined && triedOf(deploy).length > 0 ? await wayDown(environment, { target, savepoint, deploy }) : undefined,
    savepoint: savepoint && asSavepoint(ledger, savepoint),
    others: manifests.toSorted(newestFirst).map((one) => asSavepoint(ledger, one)),
    tried: triedOf(deploy),
    begun: begunOf(deploy),
    // A rollback by hand that has to be told to restore is still one when it is taken up again.
    mustBeSaid: deploy.goingBack && triedOf(deploy).some(({ code }) => code === "restore-not-said"),
    ...shown,
  });
}

export function asSavepoint(ledger: Ledger, manifest: Manifest): Savepoint {
  const { id, deploy, startedAt, from } = manifest;
  return { id: deploy ?? id, at: startedAt, from, apart: isBackedUpApart(ledger, manifest) };
}

async function manifestsOf(environment: Environment): Promise<readonly Manifest[]> {
  try {
    return (await backupStore(environment, stateOf(environment)).all()).manifests;
  } catch (error) {
    environment.ports.report.detail(`The backups could not be listed: ${messageOf(error)}`);
    return [];
  }
}

async function wayDown(
  environment: Environment,
  about: { readonly target: Target; readonly savepoint: Manifest | undefined; readonly deploy: DeployRecord },
): Promise<WaysFacts["down"]> {
  try {
    return (await lookAtDatabase(environment, { ...about, wish: "auto", preferDown: false, others: [] })).down;
  } catch (error) {
    // The database does not answer, or its address is a secret that was not given: then there is no telling.
    if (!(error instanceof Failure)) throw error;
    environment.ports.report.detail(`Whether the migrations can go down could not be looked at: ${error.message}`);
    return undefined;
  }
}
