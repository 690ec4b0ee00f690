import { beginStep } from "../back/begin.ts";
import { sharedSection } from "../../config/shared.ts";
import { type Failure, refusal } from "../../core/failure.ts";
import { formatSize } from "../../core/format.ts";
import { input, type Section } from "../../core/input.ts";
import { line } from "../../core/kinds.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { dropDatabase, slotsLeft } from "../../postgres/drop-database.ts";
import { replacedDatabases } from "../../postgres/replaced-databases.ts";
import { confirmationHint, requireConfirmation } from "../call/confirmation.ts";
import { databaseOf, type Environment, openEnvironment, stateOf } from "../environment/environment.ts";
import { waysOfDeploy } from "../back/ways-of-deploy.ts";

const dropReplacedSection = {
  name: "drop-replaced",
  inputs: {
    name: input(line, { description: "The replaced database, as `list` names it.", perRun: true }),
    confirm: input(line, { description: "The environment's name, typed in, to confirm.", perRun: true }),
  },
} as const satisfies Section;

const sections = { shared: sharedSection, dropReplaced: dropReplacedSection } as const;

export const dropReplaced = operation({
  name: "drop-replaced",
  description: "Drops one database that a restore put aside, by its name. What was written to it is gone then.",
  sections,
  own: "drop-replaced",
  outputs: { dropped: "The database that was dropped." },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    const { dropReplaced: settings, shared } = call.inputs;
    await using environment = await openEnvironment(call, { state: "existing", journalSettings: true });
    const database = await databaseOf(environment);
    const replaced = await replacedDatabases(database);
    const chosen = replaced.find(({ name }) => name === settings.name);
    if (chosen === undefined) {
      throw refusal(
        settings.name === undefined
          ? "Which replaced database to drop is not said."
          : `${settings.name} is no database that was put aside for ${database.name}.`,
        {
          code: "replaced-unknown",
          evidence: replaced.length === 0 ? [`${database.name} has no replaced databases.`] : replaced.map(({ name }) => name),
          hint: ["Give `name`: one of this list.", ...confirmationHint(settings.confirm, environment.name)].join("\n"),
        },
      );
    }
    const what = `the replaced database ${chosen.name} (${formatSize(chosen.sizeBytes)})`;
    if (shared["dry-run"]) return { outputs: {}, headline: `Would drop ${what}`, blocks: [] };
    requireConfirmation(settings.confirm, environment.name, `Dropping ${what}`);
    const refuseOpen = async (ledger: Ledger): Promise<void> => {
      if (ledger.open !== undefined) throw await isOpen(environment, ledger, ledger.open);
    };
    await refuseOpen(await stateOf(environment).journal.read());
    // Asked again when it is this one's turn: a deploy that opened while it waited keeps its lock.
    const check = async ({ ledger }: { readonly ledger: Ledger }): Promise<void> => await refuseOpen(ledger);
    await using tx = await beginStep(environment, { wants: "end", commit: undefined, check });
    // Before it happens: what is not there any more was dropped by somebody, and this says by whom.
    await tx.write({ kind: "database.dropped", database: database.name, replaced: chosen.name });
    // A large one takes its time: who gives no sign of life for a minute counts as gone, and his sessions are ended.
    const slots = await tx.alive("prepare", async () => await dropDatabase(database, chosen.name));
    if (slots.length > 0) environment.ports.report.warning(slotsLeft(slots));
    return { outputs: { dropped: chosen.name }, headline: `Dropped ${what}`, blocks: [] };
  },
});

/** It may be what the deploy's way back needs to look into. */
async function isOpen(environment: Environment, ledger: Ledger, open: DeployRecord): Promise<Failure> {
  return refusal(`Deploy ${open.id} is open: no replaced database is dropped while it may be needed.`, {
    hint: "End the deploy first.",
    code: "blocked",
    ways: await waysOfDeploy(environment, ledger, open),
  });
}
