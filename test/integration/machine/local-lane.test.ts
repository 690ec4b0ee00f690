import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Cancelled } from "../../../src/core/failure.ts";
import type { Command, Finished, Machine } from "../../../src/core/machine.ts";
import { Secret } from "../../../src/core/secret.ts";
import { openLocalLane, runInLocalLane } from "../../../src/machine/process/local-lane.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { Lane } from "../../../src/machine/shell/lane.ts";
import { Lanes } from "../../../src/machine/shell/lanes.ts";
import { NODE } from "../../lab/program.ts";
import { removeFolder } from "../../lab/folder.ts";

const LOCAL = fileURLToPath(new URL("../../../src/machine/process/local.ts", import.meta.url));

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "savepoint it's a lane "))));
afterEach(async () => await removeFolder(folder));

/** Whether it runs, and is no dead one whom nobody has buried. */
function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}/status`) && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

/** A machine whose `sh` is this program, called so. */
async function machineWithShell(program: string, env: Readonly<Record<string, string>> = {}): Promise<Machine> {
  await mkdir(join(folder, "bin"));
  await symlink(program, join(folder, "bin", "sh"));
  return localMachine({ env: { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, ...env } });
}

describe.each(["/bin/dash", "/bin/bash", "/bin/busybox"])("%s", (program) => {
  let machine: Machine;
  beforeEach(async () => void (machine = await machineWithShell(program)));
  afterEach(async () => await machine[Symbol.asyncDispose]());
  const run = async (script: string, more: Omit<Command, "words"> = {}): Promise<Finished> =>
    await machine.run({ words: ["sh", "-c", script, "sh", "first"], repeatable: true, ...more });
  const parent = async (more?: Omit<Command, "words">): Promise<number> => Number((await run("echo $PPID", more)).stdout);

  test("short commands that may be repeated share a shell; all others have a process of their own", async () => {
    const lane = await parent();
    expect(lane).not.toBe(process.pid);
    expect([await parent(), await parent({ cwd: folder })]).toEqual([lane, lane]);
    const grandparent = async (more: Omit<Command, "words">): Promise<number> =>
      Number((await machine.run({ words: ["git", "-c", "alias.of=!cut -d' ' -f4 /proc/$PPID/stat", "of"], ...more })).stdout);
    expect(await grandparent({ repeatable: true, env: { LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" } })).toBe(lane);
    expect(await grandparent({ repeatable: true, env: { LC_ALL: "C", PATH: process.env["PATH"] ?? "" } })).toBe(process.pid);
    expect(await grandparent({})).toBe(process.pid);
    // Behind a pipe from a subshell of it.
    expect(await parent({ stdin: "x" })).not.toBe(process.pid);
    expect(await parent({ repeatable: undefined })).toBe(process.pid);
    expect(await parent({ onLine: () => undefined })).toBe(process.pid);
  });

  test("what comes back is the same as from a process of its own", async () => {
    await mkdir(join(folder, "real"));
    await symlink("real", join(folder, "link"));
    const odd = "'\"$(id)\\\n\n`é☃😀` %s -n ";
    const commands: readonly Omit<Command, "repeatable">[] = [
      { words: ["sh", "-c", "printf 'no last line break'; printf 'nor here' >&2; exit 7"] },
      { words: ["sh", "-c", String.raw`printf '\001\377\n\n\r'; exit 128`] },
      { words: ["sh", "-c", "pwd; pwd -P"], cwd: join(folder, "link") },
      { words: ["sh", "-c", 'printf "%s|" "$0" "$@"', odd, odd, ""] },
      { words: ["sh", "-c", "cat; cat"], stdin: `${odd}${"x".repeat(100_000)}` },
      { words: ["sh", "-c", "read -r one || echo empty"] },
      { words: ["sh", "-c", "no-such-program"] },
      { words: ["git", "-C", join(folder, "real"), "rev-parse", "HEAD"], env: { LC_ALL: "C" } },
      { words: ["git", "-c", 'alias.env=!printf \'%s|\' "$GIT_A" "$GIT_B" "$LC_ALL"', "env"], env: { GIT_A: odd, GIT_B: "", LC_ALL: "C" } },
      { words: ["git", "hash-object", "--stdin"], stdin: odd, cwd: join(folder, "link") },
      { words: ["sh", "-c", "if then"] },
      { words: ["sh", "-c", "kill -9 $$"] },
      { words: ["sh", "-c", "exec >&- 2>&-; exit 3"] },
    ];
    for (const command of commands) {
      const own = await machine.run(command);
      expect({ ...(await machine.run({ ...command, repeatable: true })), durationMs: 0 }).toEqual({ ...own, durationMs: 0 });
    }
  });

  test("nothing that one command changes is seen by the next", async () => {
    const state = 'pwd; umask; trap; echo "${LEFT-none}"; echo said; set +f; [ -e /proc/self/fd/9 ] && echo open; :';
    const before = await run(state);
    await run(`cd /; umask 0; export LEFT=1; trap 'echo trapped' EXIT; trap '' TERM; echo() { :; }; set -f; exec 9>/dev/null 0<&- 1>&-`);
    expect((await run(state)).stdout).toBe(before.stdout);
  });

  test("output that looks like the end of another one is output", async () => {
    const said = "savepoint-000000000000000000000000 end 0\nsavepoint-";
    expect((await run(`printf '%s' '${said}'`)).stdout).toBe(said);
  });

  test("where the shell dies under a command, what it ran is ended, and the command is run again", async () => {
    const { code, stdout } = await run(`echo $$ >>pids; [ "$(wc -l <pids)" -gt 1 ] || { kill -9 $PPID; sleep 600; }; echo done`, {
      cwd: folder,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "done\n" });
    const [first, second] = readFileSync(join(folder, "pids"), "utf8").trim().split("\n").map(Number);
    expect([first, second].map((pid) => pid !== undefined && lives(pid))).toEqual([false, false]);
    expect(await parent()).not.toBe(process.pid);
  });

  test("cancelling ends all that runs in the shell; the next command gets another one", async () => {
    const lane = await parent();
    const controller = new AbortController();
    const done = run("sleep 600 & echo $! >child; wait", { cwd: folder, signal: controller.signal });
    await expect.poll(() => existsSync(join(folder, "child")) && readFileSync(join(folder, "child"), "utf8")).toMatch(/\d\n/);
    controller.abort();
    await expect(done).rejects.toThrow(Cancelled);
    expect([lane, Number(readFileSync(join(folder, "child"), "utf8"))].map(lives)).toEqual([false, false]);
    expect([lane, process.pid]).not.toContain(await parent());
  });
});

test("a command with an environment of its own has a process of its own: a shell that stays holds no secret", async () => {
  await using machine = localMachine({ env: { ...process.env } });
  const words = ["sh", "-c", 'echo "$PPID $SECRET"'];
  const told = await machine.run({ words, repeatable: true, env: { SECRET: new Secret("canary") } });
  expect(told.stdout).toBe(`${process.pid} canary\n`);
});

test.each(["nothing", "a file that is no program"])("a git that is %s is told as by a process of its own", async (what) => {
  const machine = await machineWithShell("/bin/sh", { PATH: join(folder, "bin") });
  if (what !== "nothing") await writeFile(join(folder, "bin", "git"), "", { mode: 0o644 });
  await using _machine = machine;
  const told = async (repeatable?: true) => await machine.run({ words: ["git", "--version"], repeatable }).catch((error: unknown) => error);
  const own = await told();
  expect(own).toBeInstanceOf(Error);
  expect(await told(true)).toEqual(own);
});

test("functions that bash hands on keep no command from ending", async () => {
  await using machine = await machineWithShell("/bin/bash", { "BASH_FUNC_echo%%": "() { printf 'mine\\n'; }" });
  const { stdout } = await machine.run({ words: ["sh", "-c", "printf 'said\\n'"], repeatable: true });
  expect(stdout).toBe("said\n");
});

test("more commands at once than there are shells all end", async () => {
  await using machine = localMachine({ env: { ...process.env } });
  const all = await Promise.all(
    Array.from({ length: 12 }, async (_, n) => await machine.run({ words: ["sh", "-c", `sleep 0.1; echo ${n}`], repeatable: true })),
  );
  expect(all.map(({ stdout }) => stdout.trim())).toEqual(all.map((_, n) => String(n)));
});

test("a script of which only a part has come is not begun", async () => {
  const { shell } = await openLocalLane({ ...process.env });
  const cut = (script: string): void => {
    shell.write(script.slice(0, script.indexOf(") </dev/null")));
    shell.close();
  };
  const lanes = new Lanes(async () => await Promise.resolve(new Lane({ ...shell, write: cut })));
  const words = ["sh", "-c", 'touch "$1"', "sh", join(folder, "begun")];
  expect(await runInLocalLane(lanes, { words, repeatable: true })).toBeUndefined();
  expect(existsSync(join(folder, "begun"))).toBe(false);
});

describe("a program that ran something in a shell that stays", () => {
  /** Prints the shell's number, then does what `then` says. */
  const program = (then: string): readonly string[] => [
    "--input-type=module",
    "-e",
    `const { localMachine } = await import(${JSON.stringify(LOCAL)});
    const machine = localMachine({ env: { ...process.env } });
    const { stdout } = await machine.run({ words: ["sh", "-c", "echo $PPID"], repeatable: true });
    process.stdout.write(stdout);
    ${then}`,
  ];

  test("ends by itself, and the shell with it", async () => {
    const child = spawn(NODE, program(""), { stdio: ["ignore", "pipe", "inherit"] });
    const lane = await new Promise<number>((done) => child.stdout.once("data", (said: Buffer) => done(Number(said))));
    expect(await new Promise((done) => child.once("exit", done))).toBe(0);
    await expect.poll(() => lives(lane)).toBe(false);
  });

  test("may be killed, and the shell ends when what it ran is over", async () => {
    const then = `await machine.run({ words: ["sh", "-c", 'touch "$1/began"; while [ ! -e "$1/go" ]; do sleep 0.1; done; touch "$1/over"', "sh", ${JSON.stringify(folder)}], repeatable: true });`;
    const child = spawn(NODE, program(then), { stdio: ["ignore", "pipe", "inherit"] });
    const lane = await new Promise<number>((done) => child.stdout.once("data", (said: Buffer) => done(Number(said))));
    await expect.poll(() => existsSync(join(folder, "began"))).toBe(true);
    child.kill("SIGKILL");
    await new Promise((done) => child.once("exit", done));
    expect(lives(lane)).toBe(true);
    await mkdir(join(folder, "go"));
    await expect.poll(() => lives(lane)).toBe(false);
    expect(existsSync(join(folder, "over"))).toBe(true);
  });
});
