import { DEFAULT_FILE } from "../../config/profile.ts";
import { sharedSection } from "../../config/shared.ts";
import { refusal } from "../../core/failure.ts";
import { input, type Section } from "../../core/input.ts";
import { flag } from "../../core/kinds.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import { healthSection } from "../../health/inputs.ts";
import { exists } from "../../machine/files/files.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { givenWords } from "./given-words.ts";
import { draftSettings } from "../init/draft.ts";
import { planFiles } from "../init/files.ts";
import { foundBlock } from "../init/found.ts";
import { type PlannedFile, writePlanned } from "../init/planned-files.ts";
import { lookAtRepository } from "../init/repository.ts";
import { commitWay, replaceWay } from "../init/ways.ts";

const initSection = {
  name: "init",
  inputs: {
    replace: input(flag, { description: "Also changes files that are there, as it shows.", default: "false", perRun: true }),
    backup: input(flag, { description: "Also writes a workflow that backs up every night.", default: "false", perRun: true }),
  },
} as const satisfies Section;

const sections = {
  shared: sharedSection,
  init: initSection,
  health: healthSection,
  rollout: rolloutSection,
  migrate: { name: "migrate", inputs: { directory: migrateSection.inputs.directory, run: migrateSection.inputs.run } },
} as const;
type InitCall = Call<typeof sections>;

/** A person's own command, at the top of the app's checkout. Called again, it finds done what is done. */
export const init = operation({
  name: "init",
  description: "Sets an app up for its first deploy: settings, workflows, key, host; and prints what is still to be done.",
  sections,
  own: "init",
  outputs: { written: "The files that were written.", differing: "The files that are there and differ from what it would write." },
  example: {
    flags: "--host deploy@shop.example",
    about: ["At the top of the app's checkout. What cannot be seen in it is asked, or given as flags; what is there stays as it is."],
  },
  async run(call: InitCall): Promise<Outcome> {
    const { inputs, ports, settings, profile } = call;
    const repository = await lookAtRepository(ports, settings.text("", "compose-file"));
    const { root } = repository;
    const settingsFile = inputs.shared.config ?? DEFAULT_FILE;
    if (settingsFile.startsWith("/") || settingsFile.split("/").includes(".."))
      throw refusal("`config` is not below the top of the checkout.", {
        code: "inputs",
        hint: "Give a path from there, e.g. deploy/savepoint.yml.",
      });
    const file = (await exists(ports.here, `${root}/${settingsFile}`)) ? settingsFile : undefined;
    const draft = await draftSettings({ settings, profile, repository, ports, file });
    refuseUnreadable(call, draft.values);
    const files = await planFiles({ here: ports.here, root, settingsFile, draft, branch: repository.branch, backup: inputs.init.backup });
    const written = await write(call, root, files);
    const open = files.filter((one) => one.state === "differs" && !written.includes(one.path));
    const title = `${draft.app}/${draft.environment}`;
    const dry = inputs.shared["dry-run"];
    return {
      outputs: { written, differing: open.map(({ path }) => path) },
      headline: dry
        ? `Would write ${
            files
              .filter(({ state }) => state === "new")
              .map(({ path }) => path)
              .join(", ") || "nothing"
          } for ${title}`
        : `${written.length === 0 ? "Nothing was to be written" : `Wrote ${written.join(", ")}`} for ${title}`,
      blocks: [
        foundBlock(repository, draft),
        ...open.map(differenceBlock),
        ...(dry ? files.filter(({ state }) => state === "new").map(textBlock) : []),
      ],
      ways: open.length > 0 ? [replaceWay(calledAs(call))] : [commitWay(files)],
      exit: open.length > 0 ? 3 : undefined,
    };
  },
});

/** What was answered or guessed is read as what is given is. */
function refuseUnreadable(
  { settings }: InitCall,
  values: readonly { readonly section: string; readonly name: string; readonly text: string }[],
): void {
  const raw: Record<string, Record<string, string>> = {};
  for (const { section, name, text } of values) (raw[section] ??= {})[name] = text;
  settings.withFirst([{ source: "answers", raw }]).read(sections);
}

/** New files, and those that are to be changed, each whole or not at all. */
async function write({ inputs, ports }: InitCall, root: string, files: readonly PlannedFile[]): Promise<readonly string[]> {
  if (inputs.shared["dry-run"]) return [];
  const written: string[] = [];
  for (const one of files) {
    if (one.state !== "new" && !(one.state === "differs" && (inputs.init.replace || (await saysYes(ports, one))))) continue;
    await writePlanned({ here: ports.here, root }, one);
    written.push(one.path);
  }
  return written;
}

async function saysYes({ ask, report }: InitCall["ports"], { path, difference }: PlannedFile): Promise<boolean> {
  if (ask === undefined) return false;
  for (const line of difference) report.say(line);
  return (await ask(`Change ${path} so? (yes or no)`)).trim().toLowerCase() === "yes";
}

function differenceBlock({ path, difference }: PlannedFile): Block {
  return { kind: "code", title: `${path} is there, and stays as it is. It would be changed so`, lines: difference };
}

function textBlock({ path, text }: PlannedFile): Block {
  return { kind: "code", title: path, lines: text.trimEnd().split("\n") };
}

/** The words of this very call, but for what is to be changed. */
function calledAs({ ports, settings }: InitCall): readonly string[] {
  return [...ports.program, "init", ...givenWords(settings, Object.values(sections), new Set(["replace"]))];
}
