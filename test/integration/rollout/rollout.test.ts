import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Cancelled, Failure } from "../../../src/core/failure.ts";
import { type Clone, openClone } from "../../../src/machine/git/clone.ts";
import { endLeftovers } from "../../../src/machine/process/leftovers.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import type { CommandSettings } from "../../../src/rollout/inputs.ts";
import { prepareRollout } from "../../../src/rollout/prepare.ts";
import { byCommands } from "../../../src/rollout/command/command.ts";
import type { SwitchRequest } from "../../../src/rollout/strategy.ts";
import { createOrigin, git, type Origin } from "../../lab/git.ts";

const NONE: CommandSettings = {
  strategy: "command",
  command: undefined,
  services: undefined,
  "stop-command": undefined,
  "start-command": undefined,
  transport: "fetch",
};
const ENVIRONMENT = { SAVEPOINT_ENVIRONMENT: "production", SAVEPOINT_COMMIT: "c", SAVEPOINT_PREVIOUS_COMMIT: "p", SAVEPOINT_ID: "i" };

let origin: Origin;
let clone: Clone;
let first: string;
let second: string;
let said: string[];
let cancel: AbortController;

beforeEach(async () => {
  origin = await createOrigin();
  first = await origin.commitFiles({ "version.txt": "1.0\n" }, "1.0");
  clone = await openClone(localMachine(), await origin.clone("app dir é"));
  second = await origin.commitFiles({ "version.txt": "1.1\n", "new.txt": "new\n" }, "1.1");
  said = [];
  cancel = new AbortController();
});
afterEach(async () => await origin[Symbol.asyncDispose]());

const at = (name: string) => join(clone.directory, name);
const text = (name: string) => readFileSync(at(name), "utf8");

function ports() {
  const note = (kind: string) => (line: string) => void said.push(`${kind}: ${line}`);
  return {
    signal: cancel.signal,
    clock: {
      now: () => new Date("2026-11-20T14:30:22Z"),
      sleep: async (ms: number, signal?: AbortSignal) => {
        await sleep(ms, undefined, signal && { signal }).catch(() => {
          throw new Cancelled();
        });
      },
    },
    report: {
      step: async <T>(_: string, body: () => Promise<T>) => await body(),
      say: note("say"),
      detail: note("detail"),
      notice: note("notice"),
      warning: note("warning"),
      mask: () => undefined,
    },
  };
}

async function prepare(more: Partial<Parameters<typeof prepareRollout>[0]> = {}) {
  return await prepareRollout({ clone, commit: second, settings: NONE, ports: ports(), ...more });
}

const app = (settings: Partial<CommandSettings>, noteIn?: string) =>
  byCommands({ clone, settings: { ...NONE, ...settings }, environment: ENVIRONMENT, ports: ports(), noteIn });

async function change(settings: Partial<CommandSettings>, { noteIn, ...more }: Partial<SwitchRequest> & { readonly noteIn?: string } = {}) {
  await clone.fetch();
  return await app(settings, noteIn).switchTo({ commit: second, ...more });
}

async function failure(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

describe("preparing", () => {
  test("brings the commit and changes nothing that the app reads", async () => {
    writeFileSync(at(".env"), "SECRET=1");
    expect(await prepare()).toEqual({ commit: second, previous: first, fetched: true, bytes: 8 });
    expect(readdirSync(clone.directory).sort()).toEqual([".env", ".git", "version.txt"]);
    expect(text("version.txt")).toBe("1.0\n");
    expect(await clone.head()).toBe(first);
  });

  test("a commit that is there needs no origin", async () => {
    await prepare();
    await git(clone.directory, "remote", "set-url", "origin", "/nowhere");
    expect(await prepare()).toMatchObject({ fetched: false });
  });

  test("edited tracked files are refused by name, untracked ones are not looked at", async () => {
    writeFileSync(at("version.txt"), "1.0-hotfix\n");
    const error = await failure(prepare());
    expect(error).toMatchObject({ exit: 2, evidence: ["version.txt"], code: "work-tree" });
    expect(text("version.txt")).toBe("1.0-hotfix\n");
  });

  test("an untracked file that the new version would overwrite is refused before anything is touched", async () => {
    writeFileSync(at("new.txt"), "mine");
    expect(await failure(prepare())).toMatchObject({ exit: 2, evidence: ["new.txt"] });
  });

  test("an unknown commit names the origin, without credentials", async () => {
    expect(await failure(prepare({ commit: "a".repeat(40) }))).toMatchObject({ exit: 2, message: expect.stringContaining(origin.url) });
    await git(clone.directory, "remote", "set-url", "origin", "http://me:hunter2@127.0.0.1:1/x");
    const unreachable = await failure(prepare({ commit: "a".repeat(40) }));
    expect(unreachable.code).toBe("origin-unreachable");
    expect(JSON.stringify(unreachable)).not.toContain("hunter2");
  });

  test("a clone without origin says so", async () => {
    await git(clone.directory, "remote", "remove", "origin");
    expect((await failure(prepare())).message).toContain("no remote named origin");
  });

  test("a disk without room is noticed before", async () => {
    const full = {
      ...clone.machine,
      run: async (command: Parameters<typeof clone.machine.run>[0]) => {
        const finished = await clone.machine.run(command);
        return command.words.some((word) => /\bdf\b/.test(word)) ? { ...finished, stdout: "7\n" } : finished;
      },
    };
    const error = await failure(prepare({ clone: await openClone(full, clone.directory) }));
    expect(error).toMatchObject({ exit: 2, code: "disk-full" });
    expect(await clone.has(second)).toBe(false);
  });

  test("submodules and files in Git LFS, which a switch does not bring along, are said", async () => {
    await prepare();
    expect(said.filter((line) => line.startsWith("notice"))).toEqual([]);
    const third = await origin.commitFiles(
      { ".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n', "assets/.gitattributes": "*.png filter=lfs diff=lfs\n" },
      "1.2",
    );
    await prepare({ commit: third });
    const notices = said.filter((line) => line.startsWith("notice")).join("\n");
    expect(notices).toContain("has submodules, and a switch does not update them");
    expect(notices).toContain("keeps files in Git LFS");
  });

  test("`transport: push` asks the checkout alone, and nothing where the host has the commit", async () => {
    await git(clone.directory, "remote", "set-url", "origin", "/nowhere");
    const push = { settings: { ...NONE, transport: "push" as const } };
    const none = await failure(prepare(push));
    expect(none).toMatchObject({ exit: 2, message: expect.stringContaining("this folder is none") as string });
    const checkout = async () => await openClone(localMachine(), await origin.clone("runner", { depth: 1 }));
    expect(await prepare({ ...push, checkout })).toMatchObject({ fetched: true, previous: first });
    expect(await prepare(push)).toMatchObject({ fetched: false });
  });

  test("services without compose are refused with what to use instead", async () => {
    const error = await failure(prepare({ settings: { ...NONE, services: ["app"] } }));
    expect(error).toMatchObject({ exit: 2, hint: expect.stringMatching(/`command`/) as string });
  });
});

describe("switching", () => {
  test("stops, places the files, runs the command and starts, in this order, with the deploy's variables", async () => {
    const log = `echo "$0 $(cat version.txt) $SAVEPOINT_ENVIRONMENT $SAVEPOINT_COMMIT $SAVEPOINT_PREVIOUS_COMMIT $SAVEPOINT_ID" >> ../order`;
    const done = await change({ "stop-command": `echo stop; ${log}`, command: log, "start-command": log });
    expect(done).toEqual({ commit: second, previous: first });
    expect(
      readFileSync(join(origin.folder, "order"), "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split(" ").slice(1).join(" ")),
    ).toEqual(["1.0 production c p i", "1.1 production c p i", "1.1 production c p i"]);
    expect(said.filter((line) => line.startsWith("say:")).map((line) => line.replace(/ \(.*/, ""))).toEqual([
      "say: stop-command done",
      "say: command done",
      "say: start-command done",
    ]);
    expect(said).toContain("detail: stop-command: stop");
  });

  test("without commands the files are placed, and the reader is told that nothing was started", async () => {
    await change({});
    expect(text("version.txt")).toBe("1.1\n");
    expect(said.join("\n")).toContain("nothing was started");
  });

  test("run again it does the same again", async () => {
    await change({ command: "echo x >> ../runs" });
    expect(await change({ command: "echo x >> ../runs" })).toEqual({ commit: second, previous: second });
    expect(readFileSync(join(origin.folder, "runs"), "utf8")).toBe("x\nx\n");
  });

  test("a failing command is a failure with its last lines, also in the middle of several", async () => {
    const error = await failure(
      change({ command: "for i in $(seq 1 30); do echo line $i; done\necho 'it broke' >&2\nfalse\necho 'never here'" }),
    );
    expect(error).toMatchObject({ code: "command-failed", message: expect.stringContaining("command failed (exit 1)") });
    expect(error.evidence).toHaveLength(20);
    expect(error.evidence.at(-1)).toBe("it broke");
    expect(error.hint).toMatch(/\.git\/savepoint\/command\.failed-\w+\.log/);
    expect(await clone.head()).toBe(second);
  });

  test("a failing stop-command leaves the code as it was", async () => {
    await failure(change({ "stop-command": "exit 3" }));
    expect(await clone.head()).toBe(first);
    expect(text("version.txt")).toBe("1.0\n");
  });

  test("noise on standard error is no failure", async () => {
    await change({ command: "echo warning: deprecated >&2" });
  });

  test("text with quotes, line breaks and emoji runs as it was written", async () => {
    await change({ command: `printf '%s\\n' "a 'b' \\"c\\" $HOME" 'é 🦀 $(id)' > ../out` });
    expect(readFileSync(join(origin.folder, "out"), "utf8")).toBe(`a 'b' "c" ${process.env["HOME"]}\né 🦀 $(id)\n`);
  });

  test("standard input is empty, so that nothing waits for an answer", async () => {
    await change({ command: "if read -r answer; then exit 1; fi" });
  });

  test("cancelled before the code changes, nothing changed", async () => {
    cancel.abort();
    await expect(change({ command: "touch ../ran" })).rejects.toBeInstanceOf(Cancelled);
    expect(await clone.head()).toBe(first);
    expect(existsSync(join(origin.folder, "ran"))).toBe(false);
  });

  test("cancelled while a command runs, the command is ended", async () => {
    const running = change({ command: "echo $$ > ../pid; sleep 600" });
    running.catch(() => undefined);
    const pid = join(origin.folder, "pid");
    await until(() => existsSync(pid) && readFileSync(pid, "utf8").trim() !== "");
    cancel.abort();
    await expect(running).rejects.toBeInstanceOf(Cancelled);
    await until(() => !existsSync(`/proc/${readFileSync(pid, "utf8").trim()}`));
  });

  test("going back keeps what the failed version wrote into tracked files", async () => {
    await change({});
    writeFileSync(at("version.txt"), "rewritten by the app\n");
    await change({}, { commit: first, edits: "keep", stopped: true });
    expect(text("version.txt")).toBe("1.0\n");
    const warning = said.find((line) => line.startsWith("warning:")) ?? "";
    expect(await git(clone.directory, "show", `${/refs\/savepoint\/\S+/.exec(warning)?.[0]}:version.txt`)).toBe("rewritten by the app");
  });
});

describe("the app in the background", () => {
  /** Writes a line every 20 ms, to what it inherited, until it is told to end. */
  const CHATTY = `sh -c 'echo $$ > "$1/app.pid"; while [ ! -e "$1/end" ]; do echo tick; echo tack >&2; sleep 0.02; done; : > "$1/ended"' sh "$PWD/.." &`;
  afterEach(() => writeFileSync(join(origin.folder, "end"), ""));
  const alive = () => existsSync(`/proc/${readFileSync(join(origin.folder, "app.pid"), "utf8").trim()}`);

  test("an app that keeps its output open and writes all the time holds up nobody, and lives on", async () => {
    const notes = join(origin.folder, "notes");
    mkdirSync(notes);
    await change({ "start-command": CHATTY }, { noteIn: join(notes, "start") });
    await until(() => existsSync(join(origin.folder, "app.pid")));
    expect(await endLeftovers(clone.machine, notes)).toEqual([]);
    const log = join(clone.gitDirectory, "savepoint", "start-command.log");
    const size = readFileSync(log).length;
    await until(() => readFileSync(log).length > size);
    expect(alive()).toBe(true);
    expect(await clone.dirtyFiles()).toEqual([]);
  });

  test("an app that dies as it starts shows in the file, and the next start has a file of its own", async () => {
    const start = "echo starting; sh -c 'echo cannot bind >&2; exit 1' &\nwait";
    await change({ "start-command": start });
    expect(said).toContain("detail: start-command: starting");
    await change({ "start-command": "echo second" });
    expect(readFileSync(join(clone.gitDirectory, "savepoint", "start-command.log"), "utf8")).toBe("second\n");
  });

  test("a real server started so answers after the switch", async () => {
    const probe: Server = createServer();
    const port = await new Promise<number>((resolve) =>
      probe.listen(0, "127.0.0.1", () => resolve((probe.address() as { port: number }).port)),
    );
    await new Promise((resolve) => probe.close(resolve));
    const server = `require("http").createServer((q, r) => r.end(require("fs").readFileSync("version.txt"))).listen(${port}, "127.0.0.1"); require("fs").writeFileSync("../server.pid", String(process.pid))`;
    await change({
      "start-command": `nohup node -e '${server}' &`,
      "stop-command": "if [ -e ../server.pid ]; then kill $(cat ../server.pid); fi",
    });
    const answer = await eventually(async () => await (await fetch(`http://127.0.0.1:${port}/`)).text());
    expect(answer).toBe("1.1\n");
    await app({ "stop-command": "kill $(cat ../server.pid)" }).stop();
  });
});

describe("stopping and starting around a swap", () => {
  test("an app that is down already does not keep anyone from going on", async () => {
    await app({ "stop-command": "echo no such process; exit 1" }).stop();
    expect(said.find((line) => line.startsWith("warning:"))).toContain("no such process");
  });

  test("what was not given is not run", async () => {
    await app({}).stop();
    await app({ command: "touch ../ran" }).start();
    expect(existsSync(join(origin.folder, "ran"))).toBe(false);
  });

  test("an app that only `command` starts is started by it after a stop", async () => {
    await app({ "stop-command": "true", command: "touch ../ran" }).start();
    expect(existsSync(join(origin.folder, "ran"))).toBe(true);
  });

  test("an app that cannot be started is a failure", async () => {
    expect((await failure(app({ "start-command": "exit 7" }).start())).message).toContain("exit 7");
  });
});

async function until(condition: () => boolean): Promise<void> {
  await eventually(async () => {
    if (!condition()) throw new Error("not yet");
    return await Promise.resolve();
  });
}

async function eventually<T>(body: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await body();
    } catch (error) {
      if (attempt > 400) throw error;
      await sleep(25);
    }
  }
}
