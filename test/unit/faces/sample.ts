import { EventEmitter } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { input, type Section, SHARED } from "../../../src/core/input.ts";
import { choice, duration, flag, line, lines, text } from "../../../src/core/kinds.ts";
import { type Call, type Operation, operation } from "../../../src/core/operation.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import type { Workflow } from "../../../src/faces/workflow/commands.ts";

/** An operation of our own, so that the faces are tested without any domain. */
export const sharedSample = {
  name: SHARED,
  inputs: {
    environment: input(line, { description: "The environment.", perRun: true }),
    config: input(line, { description: "The settings file.", perRun: true }),
    app: input(line, { description: "The app." }),
    "app-dir": input(line, { description: "The app's folder." }),
    "database-url": input(text, { description: "The database.", secret: true, plainWhen: (value) => value.startsWith("env:") }),
    "ssh-key": input(text, { description: "The key.", secret: true }),
    "dry-run": input(flag, { description: "Write nothing.", default: "false", perRun: true }),
  },
} as const satisfies Section;

export const ownSample = {
  name: "probe",
  inputs: {
    command: input(choice("look", "new"), { description: "What to do.", default: "look", perRun: true }),
    description: input(line, { description: "What for.", perRun: true }),
    timeout: input(duration, { description: "How long.", default: "2m" }),
    targets: input(lines, { description: "Where, one a line." }),
  },
} as const satisfies Section;

export const healthSample = {
  name: "health",
  inputs: { timeout: input(duration, { description: "How long." }) },
} as const satisfies Section;

const sections = { shared: sharedSample, probe: ownSample, health: healthSample } as const;
type ProbeCall = Call<typeof sections>;

export function probe(run: (call: ProbeCall) => Promise<Partial<Outcome>>): Operation {
  return operation({
    name: "probe",
    description: "Looks at things.",
    sections,
    own: "probe",
    outputs: { seen: "What was seen." },
    positionals: ["command", "description"],
    example: { flags: "--command look", about: ["It only looks."] },
    run: async (call: ProbeCall) => ({ outputs: {}, headline: "Looked.", blocks: [], ...(await run(call)) }),
  });
}

/** A process that can be asked what it wrote, was signalled and ended with. */
export class FakeProcess extends EventEmitter {
  readonly env: Record<string, string | undefined>;
  readonly argv = ["/usr/bin/node", "/nowhere/cli.js"] as const;
  exitCode: string | number | null | undefined;
  readonly left: number[] = [];
  readonly stdout: FakeStream = new FakeStream();
  readonly stderr: FakeStream = new FakeStream();
  readonly #cwd: string;

  constructor(env: Record<string, string | undefined>, cwd: string) {
    super();
    this.env = env;
    this.#cwd = cwd;
  }

  cwd(): string {
    return this.#cwd;
  }

  exit(code = 0): void {
    this.left.push(code);
  }
}

class FakeStream extends EventEmitter {
  text = "";
  isTTY = false;

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

/** A runner that remembers what an action told it, in order. */
export class FakeWorkflow implements Workflow {
  readonly log: string[] = [];
  readonly outputs: Record<string, string> = {};
  readonly masked: string[] = [];
  page = "";

  group(title: string): void {
    this.log.push(`▼ ${title}`);
  }
  endGroup(): void {
    this.log.push("▲");
  }
  line(text: string): void {
    this.log.push(text);
  }
  debug(text: string): void {
    this.log.push(`debug: ${text}`);
  }
  notice(text: string): void {
    this.log.push(`notice: ${text}`);
  }
  warning(text: string): void {
    this.log.push(`warning: ${text}`);
  }
  error(text: string, { title, file, startLine }: { readonly title: string; readonly file?: string; readonly startLine?: number }): void {
    this.log.push(`error(${title}${file === undefined ? "" : `, ${file}:${startLine}`}): ${text}`);
  }
  mask(form: string): void {
    this.masked.push(form);
    this.log.push("mask");
  }
  output(name: string, value: string): void {
    this.outputs[name] = value;
  }
  async summary(markdown: string): Promise<void> {
    this.page += markdown;
  }

  /** Everything that was told, but the masking itself. */
  get all(): string {
    return [...this.log, this.page].join("\n");
  }
}

/** A folder of its own with these files in it. */
export async function folder(files: Readonly<Record<string, string>> = {}): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "savepoint-face-"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return { path, [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true }) };
}
