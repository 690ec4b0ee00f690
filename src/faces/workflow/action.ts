// faces/workflow: how an operation is a step of a workflow: inputs, masks, log, outputs, summary.

import { sharedSection } from "../../config/shared.ts";
import { messageOf } from "../../core/failure.ts";
import type { Section } from "../../core/input.ts";
import type { Operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { inert } from "../../core/printable.ts";
import { githubSection } from "../../github/inputs.ts";
import { sections as allSections } from "../../sections.ts";
import { type PreparedCall, prepareCall, secretsIn, sectionsFor, type Sources, suspiciousVariables } from "../call.ts";
import { endingOf } from "../ending.ts";
import { Masker } from "../masker.ts";
import { readerIn, realPorts, systemClock, inheritable } from "../ports.ts";
import { leaveSoon, type Signals, stopOnSignals } from "../stopping.ts";
import { PROGRAM } from "../program.ts";
import { Story } from "../story.ts";
import { withLayer } from "./with.ts";
import { runner, type Workflow } from "./commands.ts";
import { remembering } from "./mentions.ts";
import type { commentOnPullRequest, DryRun } from "./pull-request-comment.ts";
import { reportEnding, reportOutcome } from "./result.ts";
import { annotation, workflowVoice } from "./voice.ts";

/** Where an action runs: the process, the workflow runner around it, and all settings there are. */
export interface ActionWorld {
  readonly process: Signals & {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly stdout: { on(event: "error", listener: () => void): unknown };
    exitCode?: string | number | null | undefined;
    cwd(): string;
    exit(): unknown;
  };
  readonly workflow: Workflow;
  readonly sections: readonly Section[];
}

/** Tokens that a job has in its environment, whoever put them there. */
const JOB_TOKENS = ["GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];

/** Runs an operation as a step of a workflow, and sets the process's exit code. Catches everything. */
export async function runAction(
  operation: Operation,
  world: ActionWorld = { process, workflow: runner, sections: allSections },
): Promise<void> {
  const masker = new Masker();
  const { workflow, mentioned } = remembering(world.workflow);
  const place = { workflow, mentioned, masker, env: world.process.env };
  let prepared: PreparedCall | undefined;
  let dryRun: DryRun | undefined;
  try {
    const outcome = await perform(operation, { ...world, workflow, prepared: (call) => (prepared = call) }, masker);
    const { outputs, ...told } = outcome;
    dryRun = { kind: "plan", outputs, told: masker.maskAll(told) };
    await reportOutcome({ outcome, ...place });
  } catch (error) {
    if (operation.afterwards === true && prepared === undefined) {
      workflow.line(inert(masker.mask(`Nothing is done at the end of the job: ${messageOf(error)}`)));
      return leaveSoon(world.process);
    }
    world.process.exitCode = 1;
    await reportEnding({ name: operation.name, error, ...place });
    const { outputs, ...ending } = endingOf(error);
    dryRun ??= { kind: "refused", name: operation.name, outputs, told: masker.maskAll(ending) };
  }
  if (prepared !== undefined && operation.plans === true) await tellPullRequest({ prepared, dryRun, ...place });
  leaveSoon(world.process);
}

/** Where this is a dry run for a pull request, and the settings want it told there. */
async function tellPullRequest(asked: Parameters<typeof commentOnPullRequest>[0]): Promise<void> {
  const { dryRun, env, prepared, workflow, masker } = asked;
  if (env["GITHUB_EVENT_NAME"] !== "pull_request" || !prepared.settings.section(sharedSection)["dry-run"]) return;
  // Whoever cancelled it did so for a newer run, which says it.
  if (dryRun.kind === "refused" && dryRun.told.state === "cancelled") return;
  try {
    if (!prepared.settings.section(githubSection)["pull-request"]) return;
    const { commentOnPullRequest: comment } = await import("./pull-request-comment.ts");
    await comment(asked);
  } catch (error) {
    workflow.warning(annotation(masker.mask(`The pull request was not told: ${messageOf(error)}`)));
  }
}

async function perform(
  operation: Operation,
  world: ActionWorld & { readonly prepared: (call: PreparedCall) => void },
  masker: Masker,
): Promise<Outcome> {
  const { env, stdout } = world.process;
  const cwd = world.process.cwd();
  const sources: Sources = { operation, env, sections: sectionsFor(operation, world.sections), ...withLayer(operation, env) };
  using story = new Story({ voice: workflowVoice(world.workflow), masker, clock: systemClock });
  for (const secret of secretsIn(sources)) story.mask(secret);
  for (const name of JOB_TOKENS) masker.add(env[name] ?? "", name);
  for (const text of suspiciousVariables(sources)) story.warning(text);
  using stopping = stopOnSignals(world.process, {
    first: (why) => story.say(`${why}: stopping safely.`),
    again: (why) => story.detail(`${why}, while stopping already.`),
  });
  // A log that nobody reads any more means that the runner is gone.
  stdout.on("error", () => stopping.stop("The log cannot be written"));
  const ports = realPorts({
    env: inheritable(env, sources.sections),
    cwd,
    terminal: false,
    program: [PROGRAM],
    report: story,
    signal: stopping.signal,
  });
  await using _here = ports.here;
  const file = { read: readerIn(cwd), fallbackApp: env["GITHUB_REPOSITORY"]?.split("/").at(-1) };
  const prepared = await prepareCall(sources, file, async (call, failure) => await operation.unread?.({ ...call, ports }, failure));
  world.prepared(prepared);
  return await stopping.guard(async () => await operation.run({ ...prepared, ports }));
}
