import type { RolloutSettings } from "../../rollout/inputs.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { Clone } from "../../machine/git/clone.ts";
import type { ComposeProject } from "../../machine/container/compose.ts";
import type { ComposeApp } from "../../rollout/compose/app.ts";
import type { PreparedCompose } from "../../rollout/compose/prepare.ts";
import { holdsCompose } from "../../rollout/compose/tree.ts";
import { openComposeProject } from "../../machine/container/project.ts";
import type { Environment } from "./environment.ts";
import type { CommandEnvironment } from "./hooks.ts";

const COMPOSE_FILES = new Set(["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]);

export interface ComposeAbout {
  readonly settings: RolloutSettings;
  /** The commit that is to run, whose files may be a compose project though those in `app-dir` are none yet. */
  readonly commit: string;
  readonly env: CommandEnvironment;
  /** The open deploy, which knows what it changes. */
  readonly deploy: DeployRecord | undefined;
}

/** The app as a compose project; undefined where it is run by commands. */
export async function composeAppOf(environment: Environment, about: ComposeAbout): Promise<ComposeApp | undefined> {
  const clone = await environment.clone();
  if (clone === undefined || (await strategyOf(environment, clone, about)) === "command") return undefined;
  const { shared, machine } = environment;
  const project = await openComposeProject(machine, shared, "`strategy: compose`");
  const prepared = preparedIn(about.deploy);
  return {
    project: { ...project, environment: about.env },
    name: prepared?.project,
    services: about.settings.services,
    databaseService: shared["database-service"],
    changing: prepared?.changing ?? [],
    added: prepared?.added ?? [],
  };
}

/** The compose project in `app-dir`, where there is one, to look at; whatever the strategy is. */
export async function composeProjectIn(environment: Environment, env: CommandEnvironment): Promise<ComposeProject | undefined> {
  const clone = await environment.clone();
  if (clone === undefined) return undefined;
  const { shared, machine } = environment;
  if (!namesCompose(environment) && !(await holdsCompose(clone, clone.directory))) return undefined;
  return { ...(await openComposeProject(machine, shared, "a compose project")), environment: env };
}

/** What the prepare step of a deploy noted of its compose project. */
export function preparedIn(deploy: DeployRecord | undefined): PreparedCompose | undefined {
  const step = deploy?.steps.findLast((one) => one.step === "prepare" && one.state === "done");
  return step?.result?.["compose"] as PreparedCompose | undefined;
}

/** As it was said, else by what there is: whoever gives commands means them, and a compose project runs by compose. */
async function strategyOf(
  environment: Environment,
  clone: Clone,
  { settings, commit }: Pick<ComposeAbout, "settings" | "commit">,
): Promise<"compose" | "command"> {
  if (settings.strategy !== undefined) return settings.strategy;
  if (settings.services !== undefined && settings.services.length > 0) return "compose";
  if (settings.command !== undefined || settings["start-command"] !== undefined) return "command";
  if (namesCompose(environment) || (await holdsCompose(clone, clone.directory))) return "compose";
  const files = (await clone.has(commit)) ? await clone.listFiles(commit, "") : undefined;
  return files?.some((name) => COMPOSE_FILES.has(name)) === true ? "compose" : "command";
}

function namesCompose({ shared }: Environment): boolean {
  return shared["compose-file"] !== undefined || shared["database-service"] !== undefined;
}
