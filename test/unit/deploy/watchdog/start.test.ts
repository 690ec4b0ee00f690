import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Machine } from "../../../../src/core/machine.ts";
import { proveAlive, startApart } from "../../../../src/deploy/watchdog/start.ts";
import { localMachine } from "../../../../src/machine/process/local.ts";
import { quietPorts } from "../../../lab/quiet-ports.ts";

let root: string;
let bin: string;
let folder: string;
let closed: number;
beforeEach(async () => {
  closed = 0;
  root = await mkdtemp(join(tmpdir(), "savepoint-start-"));
  [bin, folder] = [join(root, "bin"), join(root, "dog")];
  await Promise.all([mkdir(bin), mkdir(folder)]);
  for (const tool of ["sh", "id", "cat", "sleep", "mv", "kill"]) {
    const program = execFileSync("sh", ["-c", `command -v ${tool} | grep / || echo /bin/${tool}`], { encoding: "utf8" }).trim();
    await symlink(program, join(bin, tool));
  }
  // As the real one: it notes its number, and answers what it is asked.
  await writeFile(
    join(folder, "script"),
    'cd "$(dirname "$0")" || exit; echo $$ >pid; until [ -e ask ]; do sleep 0.1; done; echo proven >seen.new; mv seen.new seen; echo "$UNIT" >unit\n'.replace(
      '"$(dirname "$0")"',
      folder,
    ),
  );
});
afterEach(async () => await rm(root, { recursive: true, force: true }));

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(bin, name), 0o755);
}

/** A host with no programs but those, and a connection that is closed. */
async function connect(): Promise<Machine> {
  const machine = localMachine();
  return await Promise.resolve({
    ...machine,
    name: "the host",
    login: machine.login,
    local: false,
    run: async (command) => await machine.run({ ...command, env: { ...command.env, PATH: bin } }),
    dial: async (address) => await machine.dial(address),
    [Symbol.asyncDispose]: async () => await Promise.resolve(void (closed += 1)),
  });
}

describe("a watchdog is started so that it outlives the login", () => {
  test("as a unit of the user's own systemd, where that goes on without a login; what it starts outlives it, too", async () => {
    await program("loginctl", 'echo "$*" >>' + join(root, "asked") + "; echo yes");
    await program(
      "systemd-run",
      `echo "$*" >${join(root, "units")}; while [ "$1" != -- ]; do shift; done; shift; UNIT=yes "$@" >/dev/null 2>&1 &`,
    );
    await program("setsid", "exit 1");
    expect([await startApart(folder, connect), closed]).toEqual(["systemd", 1]);
    await proveAlive(localMachine(), folder, quietPorts().clock);
    expect(await readFile(join(root, "asked"), "utf8")).toMatch(/^show-user \S+ --property=Linger --value\n$/);
    expect(await readFile(join(root, "units"), "utf8")).toMatch(/--user .*--property=KillMode=process .*-- sh \S+\/script\n$/);
  });

  test.each([
    ["no systemd is there", undefined, "exit 1"],
    ["it ends with the login", "echo no", "exit 1"],
    ["the unit cannot be started", "echo yes", "exit 1"],
  ])("as a session of its own where %s", async (_, loginctl, systemd) => {
    if (loginctl !== undefined) await program("loginctl", loginctl);
    if (loginctl !== undefined) await program("systemd-run", systemd);
    await program("setsid", '"$@"');
    expect([await startApart(folder, connect), closed]).toEqual(["setsid", 1]);
    await proveAlive(localMachine(), folder, quietPorts().clock);
  });

  test("a host that has neither is refused, with what it takes", async () => {
    await expect(startApart(folder, connect)).rejects.toThrow("neither setsid nor a systemd");
    expect(closed).toBe(1);
  });

  test("one that ended with its login is named as that", async () => {
    await program("setsid", `sh -c 'echo $$ >${join(folder, "pid")}'`);
    await startApart(folder, connect);
    const seen = await proveAlive(localMachine(), folder, quietPorts().clock).catch((error: unknown) => error);
    expect(seen).toMatchObject({
      code: "watchdog",
      message: expect.stringContaining("did not outlive the login"),
      hint: expect.stringContaining("KillUserProcesses"),
    });
  });

  test("what it finds missing is told as it says it", async () => {
    await writeFile(join(folder, "seen"), "there is no program git\nthe database cannot be entered by psql\n");
    await expect(proveAlive(localMachine(), folder, quietPorts().clock)).rejects.toThrow(/no program git; the database cannot be entered/);
  });
});
