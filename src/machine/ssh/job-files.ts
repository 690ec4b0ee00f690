import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { END_JOB, FOLLOW, FORESTALL } from "./job-script.ts";
import type { Output } from "../process/output.ts";
import type { SshConnection } from "./connection.ts";
import { runRepeated, whileLost } from "./repeat.ts";
import { type Exit, runInChannel } from "./run.ts";

/** How many bytes of each stream are fetched at once. */
const FETCH = 1024 * 1024;

/** What became of a job. */
export type JobState =
  | { readonly is: "running" | "starting" }
  | { readonly is: "ended"; readonly exit: Exit }
  /** Its process is not there any more, and left no exit code; or not even its folder is. */
  | { readonly is: "dead" | "gone" };

/** The files of a command that outlives the connection: its output, its standard error, its exit code. */
export class JobFiles {
  readonly #connection: SshConnection;
  readonly #note: string;
  readonly #targets: { readonly stdout: Output; readonly stderr: Output };
  readonly #read = { stdout: 0, stderr: 0 };
  #folder: string;

  constructor(connection: SshConnection, note: string, stdout: Output, stderr: Output) {
    this.#connection = connection;
    this.#note = note;
    this.#targets = { stdout, stderr };
    this.#folder = folderBeside(note);
  }

  get folder(): string {
    return this.#folder;
  }

  /** Another folder, for another start. */
  renew(): void {
    this.#folder = folderBeside(this.#note);
  }

  /** True where it did not begin; then it cannot any more. */
  async forestall(): Promise<boolean> {
    return (await this.#ask(FORESTALL, this.#folder)).stdout === "never\n";
  }

  /** Hands on what was said since the last time, and tells what became of it. */
  async read(): Promise<JobState> {
    for (;;) {
      const from = [this.#read.stdout + 1, this.#read.stderr + 1, FETCH].map(String);
      const { stdout, stderr } = await this.#ask(FOLLOW, this.#folder, ...from);
      const line = stdout.indexOf("\n");
      const got = { stdout: Buffer.from(stdout.slice(line + 1), "latin1"), stderr: Buffer.from(stderr, "latin1") };
      for (const name of ["stdout", "stderr"] as const) {
        this.#read[name] += got[name].length;
        this.#targets[name].push(got[name]);
      }
      if (got.stdout.length < FETCH && got.stderr.length < FETCH) return parseState(stdout.slice(0, line));
    }
  }

  /** Ends it with all it started; true when nothing of it is left. */
  async end(): Promise<boolean> {
    const command = { words: ["sh", "-c", END_JOB, "sh", this.#folder] };
    const finished = await whileLost(
      this.#connection,
      async (session) => await session.channels.forEnding(async () => await runInChannel(session, command)),
      { again: () => true },
    );
    return finished.code === 0;
  }

  /** Removes the note and the files. What stays behind does no harm: whoever reads it sees that the process is gone. */
  async remove(): Promise<void> {
    const words = ["rm", "-rf", "--", this.#note, this.#folder];
    await runRepeated(this.#connection, { words, repeatable: true }).catch(() => undefined);
  }

  async #ask(script: string, ...words: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
    return await runRepeated(this.#connection, { words: ["sh", "-c", script, "sh", ...words], repeatable: true, encoding: "latin1" });
  }
}

function folderBeside(note: string): string {
  return `${note}.job-${randomBytes(4).toString("hex")}`;
}

function parseState(line: string): JobState {
  const [word, code] = line.split(" ");
  if (word === "ended" && /^\d+$/.test(code ?? "")) return { is: "ended", exit: exitFrom(Number(code)) };
  return { is: word === "running" || word === "starting" || word === "gone" ? word : "dead" };
}

/** What a shell says of a child that a signal killed is 128 and the signal's number. */
function exitFrom(code: number): Exit {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return signal === undefined ? { code, signal: null } : { code: null, signal };
}
