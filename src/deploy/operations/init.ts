import { DEFAULT_FILE } from "../../config/profile.ts";
import { sharedSection } from "../../config/shared.ts";
import { Failure, refusal } from "../../core/failure.ts";
import { plural } from "../../core/format.ts";
import { input, type Section } from "../../core/input.ts";
import { flag, line } from "../../core/kinds.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import { FLAGS, type RawSettings } from "../../core/settings.ts";
import type { Way } from "../../core/way.ts";
import { healthSection } from "../../health/inputs.ts";
import { exists } from "../../machine/files/files.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { EXAMINATIONS } from "../doctor/examinations.ts";
import { examine } from "../doctor/examine.ts";
import { openWorld } from "../doctor/world.ts";
import { applyTodos } from "../init/apply-todos.ts";
import { keyPath, makeKey } from "../init/deploy-key.ts";
import { draftSettings } from "../init/draft.ts";
import { planFiles } from "../init/files.ts";
import { ruleWays } from "../init/github-rules.ts";
import { foundBlock } from "../init/found.ts";
import { lookForTodos } from "../init/look-for-todos.ts";
import { differenceBlock, type PlannedFile, textBlock, writePlanned } from "../init/planned-files.ts";
import { lookAtRepository, type Repository } from "../init/repository.ts";
import type { DraftValue } from "../init/settings-text.ts";
import type { Todo } from "../init/todo.ts";
import { againWay, lastWays, replaceWay } from "../init/ways.ts";
import { deploy } from "./deploy.ts";
import { givenWords } from "../call/given-words.ts";

const initSection = {
  name: "init",
  inputs: {
    replace: input(flag, { description: "Also changes files that are there, as it shows.", default: "false", perRun: true }),
    backup: input(flag, { description: "Also writes a workflow that backs up every night.", default: "false", perRun: true }),
    doctor: input(flag, {
      description: "Also writes a workflow that lets the doctor look at each pull request.",
      default: "false",
      perRun: true,
    }),
    "key-file": input(line, {
      description: "Where the private key of the deploys is, or is made. Default: `~/.ssh/savepoint-<app>-<environment>`.",
      perRun: true,
    }),
    trust: input(line, { description: "The fingerprint of the host's key, once it is compared: `SHA256:…`.", perRun: true }),
    apply: input(flag, {
      description: "Runs the commands that it would print, but for those that are a person's: on the host, and with `gh` on GitHub.",
      default: "false",
      perRun: true,
    }),
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
  foundsEnvironments: true,
  outputs: {
    written: "The files that were written.",
    differing: "The files that are there and differ from what it would write.",
    "still-open": "What is still to be done.",
  },
  example: {
    flags: "--host deploy@shop.example",
    about: ["At the top of the app's checkout. What cannot be seen in it is asked, or given as flags; what is there stays as it is."],
  },
  async run(call: InitCall): Promise<Outcome> {
    const { inputs, ports, settings, profile } = call;
    const repository = await lookAtRepository(ports, settings.text("", "compose-file"));
    const settingsFile = inputs.shared.config ?? DEFAULT_FILE;
    if (settingsFile.startsWith("/") || settingsFile.split("/").includes(".."))
      throw refusal("`config` is not below the top of the checkout.", {
        code: "inputs",
        hint: "Give a path from there, e.g. deploy/savepoint.yml.",
      });
    const file = (await exists(ports.here, `${repository.root}/${settingsFile}`)) ? settingsFile : undefined;
    const draft = await draftSettings({ settings, profile, repository, ports, file });
    const drafted = withValues(call, draft.values);
    const files = await planFiles({
      here: ports.here,
      root: repository.root,
      settingsFile,
      draft,
      branch: repository.branch,
      backup: inputs.init.backup,
      doctor: inputs.init.doctor,
    });
    const written = await write(call, repository.root, files);
    const differing = files.filter((one) => one.state === "differs" && !written.includes(one.path));
    const title = `${draft.app}/${draft.environment}`;
    const outputs = { written, differing: differing.map(({ path }) => path) };
    const wrote = wroteWords(inputs.shared["dry-run"], files, written);
    const found: readonly Block[] = [foundBlock(repository, draft), ...differing.map(differenceBlock)];
    if (inputs.shared["dry-run"]) {
      const texts = files.filter(({ state }) => state === "new").map(textBlock);
      return {
        outputs,
        headline: `${wrote} for ${title}`,
        blocks: [...found, ...texts],
        ways: differing.length > 0 ? [replaceWay(calledAs(call))] : [],
      };
    }
    // A decision about a file comes first: what is looked at afterwards hangs on it.
    if (differing.length > 0)
      return { outputs, headline: `${wrote} for ${title}`, blocks: found, ways: [replaceWay(calledAs(call))], exit: 3 };
    const todos = await todosOf(drafted, repository, { app: draft.app }).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      throw error.with({ exit: 3, outputs, blocks: found, state: [`${wrote} for ${title}.`, ...error.state] });
    });
    const undone = todos.filter((todo) => !todo.done);
    const blocks = [...found, todosBlock(title, todos)];
    if (undone.length > 0) {
      const ways = undone.flatMap((todo) => todo.ways);
      return {
        outputs: { ...outputs, "still-open": undone.map(({ about }) => about) },
        headline: `${wrote} for ${title}; ${plural(undone.length, "thing is", "things are")} still to be done`,
        blocks,
        ways: [...ways, ...(ways.some(({ command }) => command.includes(" --trust ")) ? [] : [againWay(calledAs(call))])],
        waysInTurn: true,
        exit: 3,
      };
    }
    return await lastLook(drafted, { repository, files, title, outputs, wrote, blocks });
  },
});

interface Ready {
  readonly repository: Repository;
  readonly files: readonly PlannedFile[];
  readonly title: string;
  readonly outputs: Outcome["outputs"];
  readonly wrote: string;
  readonly blocks: readonly Block[];
}

/** The doctor's look, and what a deploy would do. */
async function lastLook(call: InitCall, { repository, files, title, outputs, wrote, blocks }: Ready): Promise<Outcome> {
  const { ports, profile, settings } = call;
  await using world = openWorld({ profile, settings, problems: [] }, ports);
  const findings = await examine(EXAMINATIONS, world);
  const wrong = findings.filter(({ state }) => state === "fail");
  const seen: Block = { kind: "findings", title, findings: findings.filter(({ state }) => state !== "pass") };
  if (wrong.length > 0) {
    const ways = wrong.flatMap(({ mends = [] }) => mends.slice(0, 1));
    return {
      outputs: { ...outputs, "still-open": wrong.map(({ about }) => about) },
      headline: `${wrote} for ${title}; ${plural(wrong.length, "finding stands", "findings stand")} in a deploy's way`,
      blocks: [...blocks, seen],
      ways: [...ways, againWay(calledAs(call))],
      waysInTurn: true,
      exit: 3,
    };
  }
  const dry = settings.withFirst([{ source: FLAGS, raw: { "": { "dry-run": "true" } } }]);
  const plan = await deploy.run({ inputs: dry.read(deploy.sections), settings: dry, profile, ports });
  const words = [...ports.program, "deploy", "--environment", profile.environment, "--confirm", profile.environment];
  const ways: readonly Way[] = [
    ...(await lastWays({ here: ports.here, root: repository.root }, files, words)),
    ...(await ruleWays(ports.here, repository.github, profile.environment)),
  ];
  return {
    outputs: { ...outputs, "still-open": [] },
    headline: `${wrote} for ${title}; all is ready for a deploy`,
    blocks: [...blocks, ...(seen.findings.length > 0 ? [seen] : []), { kind: "text", text: plan.headline }, ...plan.blocks],
    ways,
  };
}

async function todosOf(call: InitCall, repository: Repository, { app }: { readonly app: string }): Promise<readonly Todo[]> {
  const { inputs, ports, profile } = call;
  const { init: own, shared, rollout } = inputs;
  const address = shared.host;
  if (address === undefined) return [];
  const keyFile = await keyPath(ports.here, own["key-file"], [app, profile.environment]);
  if (await makeKey(ports.here, keyFile, `savepoint ${profile.environment}`)) ports.report.say(`Made a key for the deploys: ${keyFile}`);
  const look = async (): Promise<readonly Todo[]> =>
    await lookForTodos({
      ports,
      shared,
      address,
      environment: profile.environment,
      repository,
      pushed: rollout.transport === "push",
      backup: own.backup,
      doctor: own.doctor,
      keyFile,
      trust: own.trust,
      called: calledAs(call),
      dryRun: shared["dry-run"],
    });
  return own.apply ? await applyTodos(look, ports, repository.root) : await look();
}

/** The call as if all that was guessed and answered had been given; what cannot be read of it is refused as what is given is. */
function withValues(call: InitCall, values: readonly DraftValue[]): InitCall {
  const raw: Record<string, Record<string, string>> = {};
  for (const { section, name, text } of values) (raw[section] ??= {})[name] = text;
  const layer: { readonly source: string; readonly raw: RawSettings } = { source: "answers", raw };
  const settings = call.settings.withFirst([layer]);
  return { ...call, settings, inputs: settings.read(sections) };
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
  for (const text of difference) report.say(text);
  return (await ask(`Change ${path} so? (yes or no)`)).trim().toLowerCase() === "yes";
}

function wroteWords(dry: boolean, files: readonly PlannedFile[], written: readonly string[]): string {
  const wanted = files.filter(({ state }) => state === "new").map(({ path }) => path);
  if (dry) return `Would write ${wanted.join(", ") || "nothing"}`;
  return written.length === 0 ? "Nothing was to be written" : `Wrote ${written.join(", ")}`;
}

function todosBlock(title: string, todos: readonly Todo[]): Block {
  return { kind: "findings", title, findings: todos.map(({ about, seen, done }) => ({ state: done ? "pass" : "fail", about, seen })) };
}

/** The words of this very call, but for what was told once. */
function calledAs({ ports, settings }: InitCall): readonly string[] {
  return [...ports.program, "init", ...givenWords(settings, Object.values(sections), new Set(["replace", "trust"]))];
}
