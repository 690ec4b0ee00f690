import { Writable } from "node:stream";
import { Failure, refusal } from "../../core/failure.ts";
import type { Command, Finished, Machine } from "../../core/machine.ts";
import { ending, lastLines } from "../succeed.ts";
import { withoutProgress } from "./progress.ts";

/** git's housekeeping, where it is due, runs within the command: behind it, it would be taken for something left running. */
export const QUIET: readonly string[] = [
  "gc.autoDetach=false",
  "maintenance.autoDetach=false",
  "fetch.prune=false",
  "fetch.pruneTags=false",
].flatMap((setting) => ["-c", setting]);

/** What of a Command may be said for one call of git. */
export type GitOptions = Pick<Command, "env" | "stdin" | "stdout" | "onLine" | "signal" | "timeout" | "noteIn" | "whole">;

/** What only looks, whatever its options are here. */
const LOOKS = new Set([
  "cat-file",
  "check-ref-format",
  "count-objects",
  "diff",
  "diff-tree",
  "for-each-ref",
  "log",
  "ls-files",
  "ls-tree",
  "merge-base",
  "rev-list",
  "rev-parse",
  "status",
]);

/**
 * Nobody is asked for a password; git's words are English whatever the host speaks; a look takes no locks,
 * so it never stands in the way of somebody working there.
 */
const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
  GIT_OPTIONAL_LOCKS: "0",
  // For the reflog. Left to itself, git asks DNS for the host's domain, ten seconds long where nobody answers.
  GIT_COMMITTER_NAME: "Savepoint",
  GIT_COMMITTER_EMAIL: "savepoint@localhost",
} as const;

/** git in one folder of one machine. */
export class Git {
  readonly machine: Machine;
  readonly directory: string;

  constructor(machine: Machine, directory: string) {
    this.machine = machine;
    this.directory = directory;
  }

  /** Runs git with any exit code but "not installed". */
  async run(words: readonly string[], options: GitOptions = {}): Promise<Finished> {
    const finished = await this.machine.run({
      ...options,
      words: ["git", "-C", this.directory, ...words],
      env: { ...ENVIRONMENT, ...options.env },
      repeatable: LOOKS.has(words[0] ?? "") || (words[0] === "config" && words[1] === "--get") ? true : undefined,
    });
    // What a shell answers for a program that it cannot find.
    if (finished.code === 127)
      throw refusal(`Git is not installed on ${this.machine.name}.`, { hint: "Install git there.", code: "not-found" });
    return finished;
  }

  /** Runs a POSIX sh script in the folder, for what must not take several trips; `$1` is the first of the words. Any exit code. */
  async script(text: string, words: readonly string[], options: GitOptions = {}): Promise<Finished> {
    return await this.machine.run({ ...options, ...this.scripted(text, words, options.env) });
  }

  /** The command of such a script, for whoever runs it another way. */
  scripted(text: string, words: readonly string[], env: GitOptions["env"] = {}): Command {
    return { words: ["sh", "-c", text, "sh", ...words], cwd: this.directory, env: { ...ENVIRONMENT, ...env } };
  }

  /** Runs git and returns what it said; another exit than 0 is a Failure `<what> failed (exit 128)` with git's last lines. */
  async say(words: readonly string[], what: string, options: GitOptions = {}): Promise<string> {
    const finished = await this.run(words, options);
    if (finished.code === 0) return finished.stdout;
    throw new Failure(`${what} failed in ${this.directory} on ${this.machine.name} (${ending(finished)}).`, {
      code: "git-failed",
      evidence: gitLines(finished),
    });
  }

  /** As `say`, for what may be large, or no text. */
  async read(words: readonly string[], what: string, options: Omit<GitOptions, "stdout"> = {}): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
    await this.say(words, what, { ...options, stdout });
    return Buffer.concat(chunks);
  }
}

/** What git said last, without how far it was, and without the credentials that a URL may carry. */
export function gitLines(finished: Pick<Finished, "stdout" | "stderr">): readonly string[] {
  return lastLines({ ...finished, stderr: withoutProgress(finished.stderr) }).map(withoutCredentials);
}

/** `https://user:token@host/x` → `https://***@host/x`. A token may hold `@`, and (then git cannot use it) even `/`. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/(?:[^/:@\s]+:[^\s'"]+|[^/\s]+)@/g, "//***@");
}
