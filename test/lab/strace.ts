import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

const PROGRAM = "/usr/bin/strace";

/** Words that make a command wait, stopped, until whoever traces it lets it go. (A shell would lose `INPUT_SSH-KEY`.) */
export const STOPPED = ["perl", "-e", "kill STOP => $$; exec @ARGV or die"] as const;

/** Every program that processes and all their children started, with all of its words. */
export interface Trace {
  /** Ends the tracing; the traced go on. Returns one line for each execve. */
  stop(): Promise<readonly string[]>;
}

/** Traces a running process and whatever it starts from now on. Throws where that cannot be done. */
export async function traceExecs(pid: number, file: string): Promise<Trace> {
  if (!existsSync(PROGRAM)) throw new Error("no strace on this machine: apt-get install strace");
  const strace = spawn(PROGRAM, ["-f", "-e", "trace=execve", "-s", "65535", "-o", file, "-p", String(pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await attached(strace, pid);
  const gone = new Promise((done) => strace.once("exit", done));
  return {
    async stop() {
      strace.kill("SIGINT");
      await gone;
      return (await readFile(file, "utf8")).split("\n").filter((line) => line.includes("execve("));
    },
  };
}

async function attached(strace: ChildProcess, pid: number): Promise<void> {
  let said = "";
  strace.stderr?.setEncoding("utf8");
  await new Promise<void>((done, fail) => {
    strace.stderr?.on("data", (text: string) => {
      said += text;
      if (said.includes(`${pid} attached`)) done();
    });
    strace.once("exit", (code) => fail(new Error(`strace ended with ${code}: ${said}`)));
  });
}

/** Resolves when a process has stopped itself. */
export async function stopped(pid: number): Promise<void> {
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) await new Promise((done) => setTimeout(done, 5));
}

/** The oldest process whose words hold a text. */
export function processWith(text: string): number {
  const found = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .find((pid) => {
      try {
        return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
      } catch {
        // It ended while we looked.
        return false;
      }
    });
  if (found === undefined) throw new Error(`no process runs ${text}`);
  return found;
}

/** How many processes a command starts besides itself, until it ends. It must succeed. */
export function forksOf(words: readonly string[], options: { readonly input: string; readonly file: string }): number {
  const done = spawnSync(PROGRAM, ["-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-o", options.file, ...words], {
    input: options.input,
  });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(`it ended with ${done.status}: ${done.stderr.toString()}`);
  // One that another process interrupts stands on two lines.
  return readFileSync(options.file, "utf8")
    .split("\n")
    .filter((line) => /\b(?:clone3?|v?fork)\(/.test(line)).length;
}
