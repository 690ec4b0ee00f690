import type { SchemaView } from "../../core/history.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { newestFirst } from "../../backup/order.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { mayChange } from "../../journal/steps.ts";
import { compareRestored } from "../environment/versions.ts";

/**
 * The savepoint that a rollback may restore without being asked: the open deploy's own, the last one that it took
 * before it changed anything; by hand, the newest on the target that is not known to hold another schema.
 */
export function savepointFor(
  manifests: readonly Manifest[],
  deploy: DeployRecord | undefined,
  target: { readonly commit: string | undefined; readonly schema: SchemaView | undefined },
  ledger: Ledger,
): Manifest | undefined {
  if (deploy !== undefined && !deploy.goingBack) {
    // By the journal's order: the clocks of two runners may differ.
    const changed = deploy.steps.findIndex(({ step }) => mayChange(step));
    const before = changed === -1 ? deploy.steps : deploy.steps.slice(0, changed);
    const own = before.findLast((step) => step.step === "backup" && step.state === "done")?.result?.["backup"];
    return manifests.find((manifest) => manifest.id === own);
  }
  const onTarget = new Set(ledger.deploys.filter((one) => one.from === target.commit).map((one) => one.id));
  const { schema } = target;
  return manifests.toSorted(newestFirst).find(
    (manifest) =>
      manifest.deploy !== undefined &&
      onTarget.has(manifest.deploy) &&
      // Its deploy may have been opened while code and schema were apart.
      (schema === undefined || compareRestored(manifest.schema, schema) !== "different"),
  );
}
