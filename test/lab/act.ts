import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { wheelProgram } from "./wheels.ts";
import { removeFolder } from "./folder.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const VERSION = "0.2.89";
/** What a checkout of an action needs: its declarations and the committed bundle. */
const SHIPPED = ["action.yml", "actions", "dist", "package.json"];
/** The workflows that are called. */
const CALLED = ["deploy.yml", "rollback.yml", "backup.yml"].map((name) => join(".github", "workflows", name));

/** Throws where it is not there. */
export function actProgram(): string {
  return wheelProgram("act", VERSION);
}

export interface WorkflowRun {
  /** The repository that is worked on: a checkout with `.github/workflows`. */
  readonly checkout: string;
  /** `deploy.yml`. */
  readonly workflow: string;
  readonly event: "push" | "workflow_dispatch" | "schedule" | "pull_request";
  /** What GitHub says about the event. */
  readonly payload?: object;
  readonly runId: number;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of programs that this runner has besides. */
  readonly programs?: string;
}

/** A workflow that ended. */
export interface Ended {
  readonly green: boolean;
  readonly log: string;
  /** How the step of this name ended; undefined where it did not run. */
  step(name: string): "success" | "failure" | undefined;
  /** The outputs of the step of this name, as the runner read them. */
  outputs(name: string): Readonly<Record<string, string>>;
  /** What the steps wrote to the job's summary, in order. */
  readonly summaries: readonly string[];
}

/** A workflow that runs. */
export interface Running {
  /** The runner itself: what an interrupt of it cancels. */
  readonly child: ChildProcess;
  /** Whether the step of this name has begun. */
  begun(step: string): boolean;
  readonly done: Promise<Ended>;
}

/** A real runner of workflows (act), on this machine itself, with this work tree as the repository `acme/savepoint@v1`. */
export interface WorkflowRunner extends AsyncDisposable {
  run(request: WorkflowRun): Promise<Ended>;
  /** The same, but not waited for. */
  start(request: WorkflowRun): Running;
}

export async function openWorkflowRunner(): Promise<WorkflowRunner> {
  const act = actProgram();
  const folder = await mkdtemp(join(tmpdir(), "savepoint-act-"));
  const [home, actions] = [join(folder, "home"), join(folder, "savepoint")];
  await mkdir(join(home, ".config", "act"), { recursive: true });
  // Where this file is missing, act asks which images to use.
  await writeFile(join(home, ".config", "act", "actrc"), "");
  for (const part of SHIPPED) await cp(join(REPOSITORY, part), join(actions, part), { recursive: true });
  await mkdir(join(actions, ".github", "workflows"), { recursive: true });
  for (const path of CALLED) await writeFile(join(actions, path), forAct(await readFile(join(REPOSITORY, path), "utf8")));
  const running = new Set<ChildProcess>();
  const start = (request: WorkflowRun): Running => {
    const payload = join(folder, `event-${request.runId}.json`);
    if (request.payload !== undefined) writeFileSync(payload, JSON.stringify(request.payload));
    const pairs = (flag: string, values: Readonly<Record<string, string>> = {}) =>
      Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
    const words = [
      request.event,
      "--json",
      `--workflows=${join(".github", "workflows", request.workflow)}`,
      "--platform=ubuntu-latest=-self-hosted",
      `--local-repository=acme/savepoint@v1=${actions}`,
      ...(request.payload === undefined ? [] : [`--eventpath=${payload}`]),
      ...pairs("--input", request.inputs),
      ...pairs("--var", request.vars),
      // Of secrets only the names: act takes the values from its own environment.
      ...Object.keys(request.secrets ?? {}).flatMap((name) => ["--secret", name]),
      // act gives every run the id 1.
      ...pairs("--env", { GITHUB_RUN_ID: String(request.runId), ...request.env }),
    ];
    const env = {
      PATH: [
        ...(request.programs === undefined ? [] : [request.programs]),
        join(REPOSITORY, "node_modules", ".bin"),
        process.env["PATH"],
      ].join(delimiter),
      HOME: home,
      LC_ALL: "C.UTF-8",
      ...request.secrets,
    };
    const child = spawn(act, words, { cwd: request.checkout, env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.once("exit", () => running.delete(child));
    return follow(child);
  };
  return {
    start,
    run: async (request) => await start(request).done,
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill("SIGKILL");
      await removeFolder(folder);
    },
  };
}

/** A workflow as act takes it: from the owner that these tests have, and without what GitHub knows and act does not yet. */
export function forAct(workflow: string): string {
  return workflow.replaceAll("OWNER/savepoint", "acme/savepoint").replaceAll(/^ *(?:queue: max|deployment: false)(?: #.*)?\n/gm, "");
}

/** One line of act's log. */
interface Line {
  readonly msg?: string;
  readonly step?: string;
  readonly stepResult?: string;
  readonly stage?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
}

function follow(child: ChildProcessByStdio<null, Readable, Readable>): Running {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (part: string) => (text += part));
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return {
    child,
    begun: (step) => linesOf(text.slice(0, text.lastIndexOf("\n") + 1)).some((line) => line.step === step),
    done: ended.then((code) => endedAs(code, linesOf(text))),
  };
}

function linesOf(text: string): readonly Line[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (line.startsWith("{") ? (JSON.parse(line) as Line) : { msg: line }));
}

function endedAs(code: number | null, lines: readonly Line[]): Ended {
  const of = (step: string) => lines.filter((line) => line.step === step && line.stage !== "Post");
  return {
    green: code === 0,
    log: lines.map((line) => line.msg ?? "").join("\n"),
    step: (name) => of(name).findLast((line) => line.stepResult !== undefined)?.stepResult as "success" | "failure" | undefined,
    outputs: (name) =>
      Object.fromEntries(
        of(name)
          .filter((line) => line.command === "set-output")
          .map((line) => [line.name ?? "", line.arg ?? ""]),
      ),
    summaries: lines.filter((line) => line.command === "summary").map((line) => line.content ?? ""),
  };
}
