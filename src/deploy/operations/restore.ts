import { beginStep } from "../back/begin.ts";
import { confirmationHint } from "../call/confirmation.ts";
import { restoreSection } from "../../backup/inputs.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { OF_OPENING, sharedSection } from "../../config/shared.ts";
import { Failure, refusal } from "../../core/failure.ts";
import { formatDuration, shortCommit } from "../../core/format.ts";
import type { Call } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { healthSection } from "../../health/inputs.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { replacedDatabases } from "../../postgres/replaced-databases.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { databaseOf, type Environment, openEnvironment, stateOf } from "../environment/environment.ts";
import { sourceName, restoring, restoreUnconfirmed, whatItWouldDo } from "../back/restore-preview.ts";
import { listWay, nextCommand } from "../call/next-command.ts";
import { waysOfDeploy } from "../back/ways-of-deploy.ts";
import { backupStore } from "../steps/backup.ts";
import { DOWNTIME_OUTPUTS, downtimeOutputs } from "../steps/downtime.ts";
import { drill } from "../steps/drill.ts";
import type { RestoredByHand, RestoreSource } from "../back/request.ts";
import { orWhatThereIs, toRestore } from "../back/to-restore.ts";
import { restoreBlocks } from "../back/restore-blocks.ts";
import { undoingRestore } from "../back/bring-back.ts";
import { refusingWhere } from "../back/let-in.ts";
import { restoreByHand } from "../back/restore-by-hand.ts";
import { hearable } from "./hearable.ts";

const sections = { shared: sharedSection, restore: restoreSection } as const;
type RestoreCall = Call<typeof sections>;

export const restore = hearable({
  name: "restore",
  description: "Restores a backup into a side database, verifies it and swaps it in by rename; the replaced one is kept.",
  sections,
  passesOver: OF_OPENING,
  own: "restore",
  outputs: {
    database: "The database that was restored, or the drill's side database.",
    "replaced-database": "The name under which the replaced database is kept.",
    "duration-ms": "How long it took, in milliseconds.",
    ...DOWNTIME_OUTPUTS,
  },
  branding: { icon: "database", color: "orange" },
  async run(call: RestoreCall): Promise<Outcome> {
    const { ports } = call;
    const { restore: settings, shared } = call.inputs;
    await using environment = await openEnvironment(call, { state: "existing", journalSettings: true });
    environment.settings.read({ rollout: rolloutSection, health: healthSection });
    const started = ports.clock.now().getTime();
    const source = await refusingWhere(async () => await sourceOf(environment, settings));
    if (shared["dry-run"] && !settings.drill) return planned(environment, settings, source, await whatItWouldDo(environment, source));
    if (settings.drill) {
      if (source.kind === "replaced")
        throw refusal("A drill restores a backup; a replaced database is there already.", {
          code: "inputs",
          hint: "Name a backup.",
          ways: [listWay(environment)],
        });
      if (shared["dry-run"]) return drillPlanned(environment, source.manifest, settings);
      return drilled(environment, source.manifest, await drill(environment, source), started);
    }
    if (settings.confirm !== environment.name) throw await restoreUnconfirmed(environment, settings, source);
    const check = async ({ ledger }: { readonly ledger: Ledger }): Promise<void> => {
      if (ledger.open === undefined) return;
      throw refusal(`Deploy ${ledger.open.id} is open: a rollback takes code and database back together.`, {
        hint: "To restore all the same, end it first.",
        code: "blocked",
        ways: await waysOfDeploy(environment, ledger, ledger.open),
      });
    };
    await using tx = await beginStep(environment, { wants: "end", commit: undefined, check });
    const done = await restoreByHand(tx, source);
    return await outcome(environment, source, done, ports.clock.now().getTime() - started);
  },
});

async function sourceOf(
  environment: Environment,
  { backup: named, foreign, confirm, drill: drilled }: RestoreCall["inputs"]["restore"],
): Promise<RestoreSource> {
  const store = backupStore(environment, stateOf(environment));
  const { manifests } = await store.all();
  const own = manifests.filter((one) => one.app === environment.app && one.environment === environment.name);
  if (named === undefined) {
    throw refusal("Which backup to restore is not said.", {
      code: "inputs",
      ...(await toRestore(environment, own, { drill: drilled })),
      hint: [
        "Give `backup`: an id, a file, or `latest`.",
        ...(drilled || environment.shared["dry-run"] ? [] : confirmationHint(confirm, environment.name)),
      ].join("\n"),
    });
  }
  const replaced = await replacedDatabases(await databaseOf(environment));
  if (replaced.some((one) => one.name === named)) return { kind: "replaced", database: named };
  const find = async (): Promise<Manifest> => await store.find(named, { app: environment.app, environment: environment.name });
  return { kind: "backup", foreign, manifest: await orWhatThereIs(environment, own, { drill: drilled, find }) };
}

function planned(
  environment: Environment,
  settings: RestoreCall["inputs"]["restore"],
  source: RestoreSource,
  evidence: readonly string[],
): Outcome {
  return {
    ways: [restoring(environment, settings, source)],
    outputs: {},
    headline: `Would restore ${sourceName(source)} over the database of ${environment.title}; the live one would be kept under another name`,
    blocks: evidence.map((text) => ({ kind: "text", text })),
  };
}

function drillPlanned(environment: Environment, { id }: Manifest, { foreign }: RestoreCall["inputs"]["restore"]): Outcome {
  const way = {
    command: nextCommand(environment, "restore", ["--backup", id, "--drill", ...(foreign ? ["--foreign"] : [])]),
    means: `Proves the backup ${id}, beside the live database, which stays as it is.`,
  };
  const headline = `Would restore ${id} into a side database of ${environment.title}, compare it and drop it; the live one would not be touched`;
  return { ways: [way], outputs: {}, headline, blocks: [] };
}

function drilled(environment: Environment, manifest: Manifest, result: Awaited<ReturnType<typeof drill>>, started: number): Outcome {
  const durationMs = environment.ports.clock.now().getTime() - started;
  return {
    outputs: { database: result.side, "duration-ms": durationMs },
    headline: `Drill passed: ${manifest.id} restores, and ${result.uncompared.length === 0 ? "what came back is what was dumped" : "its rows came back; its schema could not be compared"} (${formatDuration(durationMs)})`,
    blocks: [{ kind: "text", text: `It was restored into ${result.side}, compared and removed. The live database was not touched.` }],
  };
}

async function outcome(environment: Environment, source: RestoreSource, done: RestoredByHand, durationMs: number): Promise<Outcome> {
  const outputs = {
    database: done.database,
    "replaced-database": done.replaced,
    "duration-ms": durationMs,
    ...downtimeOutputs(done.downtime),
  };
  const blocks = await restoreBlocks(environment, done);
  const headline = `Restored ${sourceName(source)} into ${done.database} of ${environment.title} in ${formatDuration(durationMs)}`;
  if (done.apart === undefined) return { outputs, headline, blocks };
  // Asked for by hand, and done; but code and schema are two versions' now, and that must not look green.
  throw new Failure(`${headline}, and now code and schema are apart: ${done.apart.why}.`, {
    exit: 3,
    code: "apart",
    outputs,
    blocks,
    state: [`code: ${shortCommit(done.apart.running)}`, `schema: ${done.apart.schemaOf}`, `replaced database: ${done.replaced}`],
    ways: [...done.apart.ways, undoingRestore(environment, done.replaced)],
  });
}
