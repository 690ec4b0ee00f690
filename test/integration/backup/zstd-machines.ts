import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command, Finished, Machine } from "../../../src/core/machine.ts";
import { type Busybox, busyboxOnly } from "../../lab/busybox.ts";
import { machine } from "./stage.ts";

/** As tools before PostgreSQL 16 are, whatever this machine's are: a pg_dump that is asked for zstd refuses. */
export const olderTools: Machine = {
  ...machine,
  run: async (command): Promise<Finished> =>
    command.words.includes("--compress=zstd:1") ? await machine.run({ ...command, words: ["false"] }) : await machine.run(command),
};

interface Elsewhere extends AsyncDisposable {
  readonly machine: Machine;
}

/** Busybox's own tools and no others, but for `nice` and these scripts: no `zstd` is among them. */
export async function withoutZstd(scripts: Readonly<Record<string, string>> = {}): Promise<Elsewhere> {
  const busybox: Busybox = await busyboxOnly();
  const own = join(busybox.folder, "own");
  await mkdir(own);
  // Debian's busybox was built without it.
  await symlink("/usr/bin/nice", join(own, "nice"));
  for (const [name, text] of Object.entries(scripts)) await writeFile(join(own, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const run = async (command: Command): Promise<Finished> =>
    await olderTools.run({ ...command, env: { ...command.env, PATH: `${own}:${busybox.folder}` } });
  return { machine: { ...machine, run }, [Symbol.asyncDispose]: async () => await busybox[Symbol.asyncDispose]() };
}

/** The same, with this machine's `zstd`. */
export async function withZstd(scripts: Readonly<Record<string, string>> = {}): Promise<Elsewhere> {
  const elsewhere = await withoutZstd(scripts);
  const found = await machine.run({ words: ["sh", "-c", "command -v zstd"] });
  if (found.code !== 0) throw new Error("no zstd on this machine: apt-get install zstd");
  const path = (await elsewhere.machine.run({ words: ["sh", "-c", "echo ${PATH%%:*}"] })).stdout.trim();
  if (scripts["zstd"] === undefined) await symlink(found.stdout.trim(), join(path, "zstd"));
  return elsewhere;
}
