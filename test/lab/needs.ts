import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { actProgram } from "./act.ts";

/** What a container test may need of the machine it runs on. */
export type Need =
  /** A Docker engine with compose v2, and the lab's images of Node and PostgreSQL in it. */
  | "engine"
  /** A host of the lab: root, network namespaces, an SSH server. */
  | "host"
  /** `act`, the runner of workflows. */
  | "act"
  | "sudo";

const MISSING: Readonly<Record<Need, () => Promise<string | undefined>>> = {
  engine: whyNoEngine,
  host: async () => {
    if (process.getuid?.() !== 0) return "a test host is made by root";
    return lacking("/usr/sbin/sshd", "openssh-server") ?? (onPath("ip") ? undefined : "there is no `ip`: apt-get install iproute2");
  },
  act: async () => {
    try {
      actProgram();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
  sudo: async () => lacking("/usr/bin/sudo", "sudo"),
};

/**
 * The first line of each container test: says what it needs, and waits for an engine that is still coming up. Throws, so that
 * the file fails, where something is missing.
 */
export async function needs(...all: readonly Need[]): Promise<void> {
  for (const need of all) {
    const why = await MISSING[need]();
    if (why !== undefined) throw new Error(`${expect.getState().testPath ?? "This test"} needs ${NAMES[need]}, and ${why}`);
  }
}

const NAMES: Readonly<Record<Need, string>> = {
  engine: "a Docker engine with compose v2",
  host: "a host of the lab",
  act: "act",
  sudo: "sudo",
};

function lacking(program: string, debian: string): string | undefined {
  return existsSync(program) ? undefined : `there is no ${program}: apt-get install ${debian}`;
}

function onPath(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => existsSync(`${folder}/${program}`));
}

/** Waits until the engine is up, with all images, or cannot be had. */
async function whyNoEngine(): Promise<string | undefined> {
  const says = process.env["SAVEPOINT_LAB_ENGINE_SAYS"];
  if (says === undefined) return "nobody started one: run through vitest's project containers (test/lab/containers.ts starts it)";
  for (;;) {
    const said = await readFile(says, "utf8").catch(() => "");
    if (said === "up") return undefined;
    if (said.startsWith("down: ")) return `there is none: ${said.slice(6)}`;
    await new Promise((again) => setTimeout(again, 200));
  }
}
