import { sharedSection } from "../../config/shared.ts";
import { type Failure, refusal } from "../../core/failure.ts";
import { formatSize } from "../../core/format.ts";
import { input, type Section } from "../../core/input.ts";
import { line } from "../../core/kinds.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { dropDatabase, replacedDatabases, slotsLeft } from "../../postgres/side.ts";
import { requireConfirmation } from "../confirmation.ts";
import { databaseOf, type Environment, openEnvironment, stateOf } from "../environment.ts";
import { rollbackCommand } from "../next-command.ts";
import { Transaction } from "../transaction.ts";

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
          evidence: replaced.length === 0 ? [`${database.name} has no replaced databases.`] : replaced.map(({ name }) => name),
          hint: "Give `name`: one of this list.",
        },
      );
    }
    const what = `the replaced database ${chosen.name} (${formatSize(chosen.sizeBytes)})`;
    if (shared["dry-run"]) return { outputs: {}, headline: `Would drop ${what}`, blocks: [] };
    requireConfirmation(settings.confirm, environment.name, `Dropping ${what}`);
    const { open } = await stateOf(environment).journal.read();
    if (open !== undefined) throw isOpen(environment, open.id);
    await using tx = await Transaction.begin(environment, { wants: "end", commit: undefined });
    if (tx.deploy !== undefined) throw isOpen(environment, tx.deploy);
    // Before it happens: what is not there any more was dropped by somebody, and this says by whom.
    await tx.write({ kind: "database.dropped", database: database.name, replaced: chosen.name });
    const slots = await dropDatabase(database, chosen.name);
    if (slots.length > 0) environment.ports.report.warning(slotsLeft(slots));
    return { outputs: { dropped: chosen.name }, headline: `Dropped ${what}`, blocks: [] };
  },
});

/** It may be what the deploy's way back needs to look into. */
function isOpen(environment: Environment, id: string): Failure {
  return refusal(`Deploy ${id} is open: no replaced database is dropped while it may be needed.`, {
    hint: "End the deploy first.",
    ways: [{ command: rollbackCommand(environment, `end ${id}`), means: "Takes the deploy back." }],
  });
}
