import { posix } from "node:path";
import { input, type Section } from "../../core/input.ts";
import { choice, line } from "../../core/kinds.ts";
import { refusal } from "../../core/failure.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { quote } from "../../machine/quote.ts";
import { migrateSection, version } from "../../migration/inputs.ts";
import { loadMigrations } from "../../migration/load.ts";
import { reverting } from "../../migration/reverting.ts";
import { scaffoldMigration } from "../../migration/scaffold.ts";

const newSection = {
  name: "new",
  inputs: {
    description: input(line, {
      description: "What the migration does, in a few words. Default with `reverting`: that it reverts it.",
      perRun: true,
    }),
    reverting: input(version, {
      description: "The version that the new file takes back, going forward: its UP is that one's DOWN, and its DOWN that one's UP.",
      perRun: true,
    }),
    style: input(choice("timestamp", "number"), {
      description: "How its version is made. Default: as the newest file's, else `timestamp`.",
      perRun: true,
    }),
  },
} as const satisfies Section;

const sections = { new: newSection, migrate: { name: "migrate", inputs: { directory: migrateSection.inputs.directory } } } as const;

/** A person's own command: it writes a file into the checkout and touches nothing else. */
export const newMigration = operation({
  name: "migrate new",
  description: "Writes a new migration file, with both directions to fill in.",
  sections,
  own: "new",
  outputs: { file: "The file's path." },
  positionals: ["description"],
  async run({ inputs, ports }: Call<typeof sections>): Promise<Outcome> {
    const { style } = inputs.new;
    const directory = posix.join(ports.cwd, inputs.migrate.directory);
    const shown = inputs.migrate.directory;
    const reverted =
      inputs.new.reverting === undefined
        ? undefined
        : reverting(await loadMigrations({ machine: ports.here, directory, shown }), inputs.new.reverting);
    const description = inputs.new.description ?? reverted?.description;
    if (description === undefined)
      throw refusal("What the migration does is not said.", {
        code: "inputs",
        hint: `Say it in a few words: ${quote([...ports.program, "migrate", "new", "add customers"])}`,
      });
    const file = await scaffoldMigration({
      machine: ports.here,
      directory,
      description,
      style,
      now: ports.clock.now(),
      text: reverted?.text,
    });
    return { outputs: { file }, headline: `Wrote ${file}`, blocks: [] };
  },
});
