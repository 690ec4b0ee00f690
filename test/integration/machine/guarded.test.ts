import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import { exists, writeText } from "../../../src/machine/files/files.ts";
import { guarded, holds, LOOK_AGAIN } from "../../../src/machine/guarded.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { connectSsh } from "../../../src/machine/ssh/ssh.ts";
import { busyboxOnly } from "../../lab/busybox.ts";
import { targetOf, workflowWorld } from "../../lab/machines.ts";
import { startSshd } from "../../lab/sshd.ts";
import { removeFolder } from "../../lab/folder.ts";

const OURS = `"id":"it's $(us)"`;

const kinds: Readonly<Record<string, () => Promise<{ readonly machine: Machine; readonly end: () => Promise<void> }>>> = {
  "this machine": async () => await Promise.resolve({ machine: localMachine(), end: async () => await Promise.resolve() }),
  "busybox alone": async () => {
    const tools = await busyboxOnly();
    return { machine: localMachine({ env: { PATH: tools.folder } }), end: async () => await tools[Symbol.asyncDispose]() };
  },
  "a host": async () => {
    const server = await startSshd();
    const machine = await connectSsh(targetOf(server, { knownHosts: server.fingerprint }), workflowWorld);
    return {
      machine,
      end: async () => {
        await machine[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  },
};

describe.each(Object.entries(kinds))("on %s", (_name, start) => {
  let folder: string;
  let lock: string;
  let plain: Machine;
  let machine: Machine;
  let end: () => Promise<void>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "savepoint it's guarded "));
    lock = join(folder, "lock");
    ({ machine: plain, end } = await start());
    machine = guarded(plain, {
      condition: () => ({ file: lock, text: OURS }),
      lost: async () => await Promise.resolve(new Failure("another's", { code: "lock-lost" })),
    });
    await writeFile(lock, `{"v":1,${OURS},"fence":3}\n`);
  });
  afterEach(async () => {
    await end();
    await removeFolder(folder);
  });
  const taken = async (): Promise<void> => await writeFile(lock, '{"v":1,"id":"them","fence":4}\n');
  const touch = (name: string) => ({ words: ["touch", join(folder, name)] });

  test("what nothing is begun on is its first line alone: another's, a later one, no file, or nothing in it", async () => {
    const told = async (text: string): Promise<boolean> => {
      await writeFile(lock, text);
      return await holds(plain, { file: lock, text: OURS });
    };
    expect(await told(`{"v":1,${OURS}}\n`)).toBe(true);
    expect(await told(`{"v":1,${OURS}}`)).toBe(true);
    expect(await told(`{"v":1,"id":"them"}\n${OURS}\n`)).toBe(false);
    expect(await told(`\n${OURS}\n`)).toBe(false);
    expect(await told("")).toBe(false);
    await rm(lock);
    expect(await holds(plain, { file: lock, text: OURS })).toBe(false);
  });

  test("a command runs as it would, with its input, its folder and any exit code", async () => {
    const words = ["sh", "-c", 'cat; echo "$1 $WORD"; pwd; exit "$2"', "sh", "one  'two'", "97"];
    const done = await machine.run({ words, cwd: folder, env: { WORD: "three" }, stdin: "zero\n" });
    expect(done).toMatchObject({ code: 97, stdout: `zero\none  'two' three\n${folder}\n` });
  });

  test("nothing begins once the lock is another's, or is gone", async () => {
    await machine.run(touch("before"));
    await taken();
    await expect(machine.run(touch("after"))).rejects.toMatchObject({ code: "lock-lost" });
    await rm(lock);
    await expect(machine.run({ ...touch("after"), repeatable: true })).rejects.toMatchObject({ code: "lock-lost" });
    await expect(writeText(machine, join(folder, "file"), "text")).rejects.toMatchObject({ code: "lock-lost" });
    expect(await readdir(folder)).toEqual(["before"]);
  });

  test("a program that is missing is told as on the machine itself", async () => {
    const [bare, behind] = await Promise.all(
      [plain, machine].map(async (one) => await one.run({ words: ["savepoint-no-such-program"] }).catch((error: unknown) => error)),
    );
    expect(behind).toBeInstanceOf(Failure);
    expect(behind).toMatchObject({ code: "not-found", message: (bare as Failure).message });
  });

  test("a file whose text was still on its way when the lock went is not published", async () => {
    const input = new PassThrough();
    const target = join(folder, "manifest.json");
    await writeFile(target, "old");
    const script = `cat >"$1.new" && ${LOOK_AGAIN} && mv "$1.new" "$1"`;
    const writing = machine.run({ words: ["sh", "-c", script, "sh", target], stdin: input });
    writing.catch(() => undefined);
    input.write("ne");
    await expect.poll(async () => await exists(plain, `${target}.new`)).toBe(true);
    await taken();
    input.end("w");
    await expect(writing).rejects.toMatchObject({ code: "lock-lost" });
    expect(await readFile(target, "utf8")).toBe("old");
  });
});
