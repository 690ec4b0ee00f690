import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Cancelled, clauseOf, refusal } from "../core/failure.ts";
import { type Section, variableName } from "../core/input.ts";
import type { Clock, Ports } from "../core/ports.ts";
import type { Report } from "../core/report.ts";
import { localMachine } from "../machine/process/local.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted === true) throw new Cancelled();
      throw error;
    }
  },
};

export interface PortsRequest {
  /** Already without secrets, see `inheritable`. */
  readonly env: Variables;
  readonly cwd: string;
  readonly terminal: boolean;
  readonly program: readonly string[];
  readonly ask?: Ports["ask"];
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** The real world. Nothing in it is connected or started yet. */
export function realPorts({ env, cwd, terminal, program, ask, report, signal }: PortsRequest): Ports {
  return {
    env,
    cwd,
    terminal,
    program,
    ask,
    here: localMachine({ env }),
    connect: async (target) => {
      // ssh2 takes a while to load and most runs do without.
      const { connectSsh } = await import("../machine/ssh/ssh.ts");
      return await connectSsh(target, { terminal, home: homedir(), env, report, signal });
    },
    clock: systemClock,
    random: (bytes) => randomBytes(bytes).toString("hex"),
    report,
    signal,
  };
}

/**
 * What git tells its hooks, and what it runs for `rebase --exec`, about the repository they are in. Inherited by a git of ours,
 * it would be that one's HEAD that a switch moves, whatever folder it is told. `git rev-parse --local-env-vars` lists them.
 */
const OF_ONE_REPOSITORY = new Set(
  "DIR WORK_TREE IMPLICIT_WORK_TREE COMMON_DIR INDEX_FILE OBJECT_DIRECTORY ALTERNATE_OBJECT_DIRECTORIES QUARANTINE_PATH PREFIX SHALLOW_FILE GRAFT_FILE"
    .split(" ")
    .map((name) => `GIT_${name}`),
);

/** The environment that commands inherit: inputs and secret settings are ours, not theirs. */
export function inheritable(env: Variables, sections: readonly Section[]): Variables {
  const secret = new Set(
    sections.flatMap((section) =>
      Object.entries(section.inputs).flatMap(([name, spec]) => (spec.secret ? [variableName(section.name, name)] : [])),
    ),
  );
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("INPUT_") && !secret.has(name) && !OF_ONE_REPOSITORY.has(name)),
  );
}

/** Reads a text file of the checkout; undefined where there is none. Refuses what is there and no file to be read. */
export function readerIn(cwd: string): (path: string) => Promise<string | undefined> {
  return async (path) => {
    try {
      return await readFile(resolve(cwd, path), "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
      throw refusal(`${path} cannot be read: ${clauseOf(error)}.`, {
        code: "no-file",
        cause: error,
        hint: "It is read for settings. Make it readable, or name another file as `config`.",
      });
    }
  };
}
