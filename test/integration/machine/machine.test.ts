import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cancelled, Failure } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import { Secret } from "../../../src/core/secret.ts";
import { endLeftovers } from "../../../src/machine/process/leftovers.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { type Busybox, busyboxOnly } from "../../lab/busybox.ts";
import { machineOn } from "../../lab/machines.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";
import { removeFolder } from "../../lab/folder.ts";

/** Words that any careless quoting would break. */
const ODD = [
  "",
  " ",
  "it's",
  '"quoted"',
  "$(touch /tmp/pwned)",
  "`id`",
  "a\nb",
  "\n",
  "tab\there",
  "back\\slash\\n",
  "-n",
  "--",
  "*",
  "~",
  "!",
  "#x",
  "é☃😀",
  "a=b",
  "%s",
  "\r\n",
];

interface Kind {
  readonly machine: Machine;
  readonly server?: Sshd;
  readonly tools?: Busybox;
}

/** The same machine, where every command may be run again. */
function repeating(machine: Machine): Machine {
  return { ...machine, run: async (command) => await machine.run({ ...command, repeatable: true }) };
}

const kinds: Record<string, () => Promise<Kind>> = {
  "this machine": async () => await Promise.resolve({ machine: localMachine() }),
  // What is short and may be repeated shares a shell: all promises hold there too.
  "this machine, in a shared shell": async () => await Promise.resolve({ machine: repeating(localMachine({ env: { ...process.env } })) }),
  "this machine with busybox, in a shared shell": async () => {
    const tools = await busyboxOnly();
    return { machine: repeating(localMachine({ env: { PATH: tools.folder } })), tools };
  },
  "a host over SSH": async () => {
    const server = await startSshd();
    return { machine: await machineOn(server), server };
  },
  "a host over SSH, in a shared shell": async () => {
    const server = await startSshd();
    return { machine: repeating(await machineOn(server)), server };
  },
  "a host over SSH, as a plain user": async () => {
    const server = await startSshd({ plainUser: true });
    return { machine: await machineOn(server), server };
  },
  "a host over SSH, as a plain user whose shell and tools are busybox": async () => {
    const tools = await busyboxOnly();
    const server = await startSshd({ plainUser: true, shell: join(tools.folder, "ash"), env: { PATH: tools.folder } });
    return { machine: await machineOn(server), server, tools };
  },
  "a host over SSH with busybox, in a shared shell": async () => {
    const tools = await busyboxOnly();
    const server = await startSshd({ plainUser: true, shell: join(tools.folder, "ash"), env: { PATH: tools.folder } });
    return { machine: repeating(await machineOn(server)), server, tools };
  },
};

describe.each(Object.entries(kinds))("%s", (_name, start) => {
  let machine: Machine;
  let server: Sshd | undefined;
  let tools: Busybox | undefined;
  let folder: string;

  beforeAll(async () => {
    ({ machine, server, tools } = await start());
    folder = await mkdtemp(join(tmpdir(), "savepoint-machine-"));
    await machine.run({ words: ["true"] });
    await chmod(folder, 0o777);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await tools?.[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  const sh = async (script: string, ...words: string[]) => await machine.run({ words: ["sh", "-c", script, "sh", ...words] });
  const alive = async (pid: string) => (await sh(`grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null`, pid)).code === 0;

  test("output, standard error and exit code come back apart", async () => {
    expect(await sh("echo out; echo err >&2; exit 3")).toMatchObject({ code: 3, signal: null, stdout: "out\n", stderr: "err\n" });
  });

  test("every word arrives as it was given", async () => {
    const finished = await sh(`for word do printf '%s\\000' "$word"; done`, ...ODD);
    expect(finished.stdout.split("\0").slice(0, -1)).toEqual(ODD);
    expect(existsSync("/tmp/pwned")).toBe(false);
  });

  test("every value of the environment arrives as it was given", async () => {
    for (const value of ODD) {
      const finished = await machine.run({ words: ["sh", "-c", `printf '%s|' "$VALUE"`], env: { VALUE: new Secret(value) } });
      expect(finished.stdout).toBe(`${value}|`);
    }
  });

  test("a secret in the environment is in no argument list", async () => {
    const canary = `canary-${Math.random().toString(36).slice(2)}`;
    const finished = await machine.run({
      words: ["sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null; true"],
      env: { SECRET: new Secret(canary) },
    });
    expect(finished.stdout).toContain("cmdline");
    expect(finished.stdout).not.toContain(canary);
  });

  test("a command killed by a signal has no exit code but the signal's name", async () => {
    expect(await sh("kill -KILL $$")).toMatchObject({ code: null, signal: "SIGKILL" });
    expect(await sh("kill -TERM $$")).toMatchObject({ code: null, signal: "SIGTERM" });
  });

  test("standard input is what is given, and empty where nothing is", async () => {
    expect((await machine.run({ words: ["cat"], stdin: "some\ntext without end" })).stdout).toBe("some\ntext without end");
    expect((await machine.run({ words: ["cat"] })).stdout).toBe("");
    expect((await machine.run({ words: ["cat"], stdin: "" })).stdout).toBe("");
    expect((await machine.run({ words: ["cat"], stdin: Readable.from(["a", "b"]) })).stdout).toBe("ab");
  });

  test("standard input may be 50 MB", async () => {
    const chunk = Buffer.alloc(1_000_000, "x");
    const finished = await machine.run({ words: ["wc", "-c"], stdin: Readable.from(Array.from({ length: 50 }, () => chunk)) });
    expect(finished.stdout.trim()).toBe("50000000");
  });

  test("a command that does not read its input ends as it wants", async () => {
    expect(await machine.run({ words: ["sh", "-c", "exec <&-; exit 4"], stdin: "x".repeat(10_000_000) })).toMatchObject({ code: 4 });
    expect(
      await machine.run({ words: ["true"], stdin: Readable.from(Array.from({ length: 200 }, () => Buffer.alloc(100_000))) }),
    ).toMatchObject({ code: 0 });
  });

  test("an input that breaks is a failure, and ends the command", async () => {
    const broken = Readable.from(
      (async function* () {
        yield "some";
        await Promise.resolve();
        throw new Error("the disk is gone");
      })(),
    );
    await expect(machine.run({ words: ["sh", "-c", "cat; sleep 60"], stdin: broken })).rejects.toMatchObject({
      code: "input-broken",
      message: expect.stringContaining("the disk is gone"),
    });
  });

  test("output of 50 MB goes into a stream whole, at the stream's pace", async () => {
    let size = 0;
    const slow = new Writable({
      highWaterMark: 1_000_000,
      write(chunk: Buffer, _encoding, done) {
        size += chunk.length;
        if (size % 7 === 0) setTimeout(done, 5);
        else setImmediate(done);
      },
    });
    const finished = await machine.run({ words: ["sh", "-c", "head -c 50000000 /dev/zero; echo noise >&2"], stdout: slow });
    expect(finished).toMatchObject({ code: 0, stdout: "", stderr: "noise\n" });
    expect(size).toBe(50_000_000);
    expect(slow.writableFinished).toBe(true);
  });

  test("a stream that cannot take the output is a failure, and ends the command", async () => {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error("no room")) });
    await expect(machine.run({ words: ["sh", "-c", "yes; sleep 60"], stdout: full })).rejects.toMatchObject({
      code: "output-broken",
      message: expect.stringContaining("no room"),
    });
  });

  test("a stream that is closed under way is a failure, on both sides", async () => {
    const target = new Writable({
      write: (_chunk, _encoding, done) => {
        target.destroy();
        done();
      },
    });
    await expect(machine.run({ words: ["sh", "-c", "echo some; sleep 60"], stdout: target })).rejects.toMatchObject({
      code: "output-broken",
    });
    const source = new Readable({ read: () => setTimeout(() => source.destroy(), 50) });
    await expect(machine.run({ words: ["cat"], stdin: source })).rejects.toMatchObject({ code: "input-broken" });
  });

  test("only the last 4 MiB of output are kept", async () => {
    const finished = await machine.run({ words: ["sh", "-c", "head -c 9000000 /dev/zero | tr '\\000' x; echo end"] });
    expect(finished.stdout.length).toBe(4 * 1024 * 1024);
    expect(finished.stdout.endsWith("xend\n")).toBe(true);
  });

  test("lines come whole and as they are said, from both streams", async () => {
    const lines: string[] = [];
    await machine.run({
      words: ["sh", "-c", "printf 'o'; sleep 0.1; printf 'ne\\ntw'; sleep 0.1; echo o; echo err >&2; printf last"],
      onLine: (line, from) => lines.push(`${from} ${line}`),
    });
    expect(lines.toSorted()).toEqual(["stderr err", "stdout last", "stdout one", "stdout two"]);
  });

  test("a line handler that throws ends the command with its error", async () => {
    const run = machine.run({
      words: ["sh", "-c", "echo bad; sleep 60"],
      onLine: () => {
        throw new Error("cannot be");
      },
    });
    await expect(run).rejects.toThrow("cannot be");
  });

  test("a command runs in its working folder, however it is named", async () => {
    for (const name of ["plain", "with space", "it's $(odd)\nname", "-dash", "😀"]) {
      const cwd = join(folder, name);
      await mkdir(cwd);
      expect((await machine.run({ words: ["sh", "-c", "pwd -P"], cwd })).stdout).toBe(`${cwd}\n`);
    }
  });

  test("a missing working folder is a failure that names it, and nothing runs", async () => {
    const cwd = join(folder, "missing");
    const mark = join(folder, "must-not-exist");
    await expect(machine.run({ words: ["touch", mark], cwd })).rejects.toMatchObject({
      code: "no-folder",
      message: expect.stringContaining(cwd),
    });
    expect(existsSync(mark)).toBe(false);
  });

  test("a file as working folder is a failure", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(machine.run({ words: ["true"], cwd: join(folder, "file") })).rejects.toMatchObject({ code: "no-folder" });
  });

  test("a missing program is a failure that names it", async () => {
    await expect(machine.run({ words: ["no-such-program", "x"] })).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringContaining("no-such-program"),
    });
    await expect(machine.run({ words: ["no-such-program"], noteIn: join(folder, "n") })).rejects.toMatchObject({ code: "not-found" });
    await expect(machine.run({ words: ["/nonexistent/program"] })).rejects.toMatchObject({ code: "not-found" });
    await expect(machine.run({ words: [] })).rejects.toBeInstanceOf(Failure);
  });

  test("a program that is not missing may end with 127 and is believed", async () => {
    expect(await sh("exit 127")).toMatchObject({ code: 127 });
  });

  test("a timeout ends the command and all it started, and says what was last heard", async () => {
    const pids = join(folder, "timeout-pids");
    const run = machine.run({
      words: [
        "sh",
        "-c",
        `echo "I am slow"; sleep 300 & echo $! >"$1"; sh -c 'sleep 301 & echo $! >>"$1"; wait' sh "$1" & wait`,
        "sh",
        pids,
      ],
      timeout: 3000,
    });
    await expect(run).rejects.toMatchObject({ code: "timeout", message: "sh did not end within 3.0 s.", evidence: ["I am slow"] });
    for (const pid of (await readFile(pids, "utf8")).trim().split("\n")) expect(await alive(pid)).toBe(false);
  });

  test("cancelling ends the command and all it started", async () => {
    const pids = join(folder, "cancel-pids");
    const stop = new AbortController();
    const run = machine.run({
      words: ["sh", "-c", `sleep 300 & echo $! >"$1"; echo ready; wait`, "sh", pids],
      signal: stop.signal,
      onLine: () => stop.abort(),
    });
    await expect(run).rejects.toBeInstanceOf(Cancelled);
    expect(await alive((await readFile(pids, "utf8")).trim())).toBe(false);
  });

  test("what does not listen to SIGTERM is killed after 5 seconds", async () => {
    const pids = join(folder, "stubborn-pids");
    const stop = new AbortController();
    const run = machine.run({
      words: ["sh", "-c", `trap '' TERM; sh -c 'trap "" TERM; echo $$ >"$1"; echo ready; while :; do sleep 1; done' sh "$1"`, "sh", pids],
      signal: stop.signal,
      onLine: () => stop.abort(),
    });
    await expect(run).rejects.toBeInstanceOf(Cancelled);
    expect(await alive((await readFile(pids, "utf8")).trim())).toBe(false);
  });

  test("a child that outlives its parent's death by SIGTERM is ended too", async () => {
    const pids = join(folder, "orphan-pids");
    const stop = new AbortController();
    const run = machine.run({
      words: ["sh", "-c", `sh -c 'trap "" TERM; echo $$ >"$1"; echo ready; while :; do sleep 1; done' sh "$1" & wait`, "sh", pids],
      signal: stop.signal,
      onLine: () => stop.abort(),
    });
    await expect(run).rejects.toBeInstanceOf(Cancelled);
    expect(await alive((await readFile(pids, "utf8")).trim())).toBe(false);
  });

  test("cancelled before it began, a command does not begin", async () => {
    const mark = join(folder, "never");
    await expect(machine.run({ words: ["touch", mark], signal: AbortSignal.abort() })).rejects.toBeInstanceOf(Cancelled);
    expect(existsSync(mark)).toBe(false);
  });

  test("a cancelled command's output stream is not taken for whole", async () => {
    const stop = new AbortController();
    const target = new Writable({
      write: (_chunk, _encoding, done) => {
        stop.abort();
        done();
      },
    });
    await expect(machine.run({ words: ["sh", "-c", "echo half; sleep 60"], stdout: target, signal: stop.signal })).rejects.toBeInstanceOf(
      Cancelled,
    );
    expect(target.destroyed).toBe(true);
    expect(target.writableFinished).toBe(false);
  });

  test("a stream that never takes anything does not keep a cancelled command", async () => {
    const stop = new AbortController();
    const target = new Writable({ highWaterMark: 1, write: () => stop.abort() });
    await expect(machine.run({ words: ["yes"], stdout: target, signal: stop.signal })).rejects.toBeInstanceOf(Cancelled);
  });

  test("a daemon that keeps the output open does not keep us, and lives on", async () => {
    const finished = await sh(`sleep 300 & echo $!`);
    expect(finished.code).toBe(0);
    const pid = finished.stdout.trim();
    expect(await alive(pid)).toBe(true);
    await sh(`kill -KILL "$1"`, pid);
  });

  test("20 commands at once all end", async () => {
    const runs = await Promise.all(Array.from({ length: 20 }, async (_, index) => await sh(`sleep 0.1; echo "$1"`, String(index))));
    expect(runs.map((finished) => finished.stdout.trim())).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
  });

  test("commands cannot read what was meant for us", async () => {
    expect((await machine.run({ words: ["sh", "-c", "read -r line; echo got:$line"], env: { TOKEN: new Secret("x") } })).stdout).toBe(
      "got:\n",
    );
  });

  test("a running command is noted, and the note goes with it", async () => {
    const notes = join(folder, "notes of 'commands'");
    await mkdir(notes);
    await chmod(notes, 0o777);
    const noteIn = join(notes, "-a note");
    let seen: string[] = [];
    await machine
      .run({ words: ["sh", "-c", `read -r stat </proc/self/stat; set -- "$1" \${stat##*) }; echo "$4"; cat "$1"`, "sh", noteIn], noteIn })
      .then((finished) => (seen = finished.stdout.trim().split("\n")));
    expect(seen).toHaveLength(5);
    expect(seen[1]).toBe(seen[0]);
    expect(seen[4]).toBe("sh");
    expect(await readdir(notes)).toEqual([]);
    expect(await endLeftovers(machine, notes)).toEqual([]);
  });

  test("a note for a folder that is missing is a failure, and nothing runs", async () => {
    await expect(machine.run({ words: ["true"], noteIn: join(folder, "nowhere", "note") })).rejects.toMatchObject({ code: "no-folder" });
  });

  test("leftovers: what is noted and runs is ended with its children; a later process of that number is not", async () => {
    const notes = await mkdtemp(join(folder, "left-"));
    await chmod(notes, 0o777);
    // Another process started it, noted it, and died: the group is left with nobody who knows it.
    const noteIn = join(notes, "one");
    const orphan = machine.run({ words: ["sh", "-c", `sleep 300 & echo $! >"$1"; wait`, "sh", join(folder, "left-pid")], noteIn });
    while (!existsSync(join(folder, "left-pid"))) await new Promise((done) => setTimeout(done, 50));
    const note = await readFile(noteIn, "utf8");
    const bystander = (await sh("sleep 300 >/dev/null 2>&1 & echo $!")).stdout.trim();
    const [, , boot] = note.split("\n");
    await writeFile(join(notes, "another"), `${bystander}\n1\n${boot}\nsleep\n`);
    await writeFile(join(notes, "earlier-boot"), `${bystander}\n1\nsome-other-boot\nsleep\n`);
    await writeFile(join(notes, "rubbish"), "not a note");
    const ended = await endLeftovers(machine, notes);
    expect(ended).toEqual([expect.stringMatching(/^sh \(process \d+\)$/)]);
    await expect(orphan).resolves.toMatchObject({ code: null, signal: "SIGTERM" });
    expect(await alive((await readFile(join(folder, "left-pid"), "utf8")).trim())).toBe(false);
    expect(await alive(bystander)).toBe(true);
    await sh(`kill -KILL "$1"`, bystander);
    expect(await readdir(notes)).toEqual(["rubbish"]);
    expect(await endLeftovers(machine, join(folder, "no-such-folder"))).toEqual([]);
  });

  describe("dialling", () => {
    let echo: Server;
    let port: number;

    beforeAll(async () => {
      echo = createServer((socket) => socket.pipe(socket));
      await new Promise<void>((done) => echo.listen(0, "127.0.0.1", done));
      const address = echo.address();
      port = typeof address === "object" && address !== null ? address.port : 0;
    });
    afterAll(() => void echo.close());

    test("a TCP address answers byte for byte", async () => {
      const stream = await machine.dial({ host: "127.0.0.1", port });
      const sent = Buffer.alloc(3_000_000, "abc");
      stream.end(sent);
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    });

    test("a Unix socket answers", async () => {
      const socket = join(folder, "echo.sock");
      const server = createServer((client) => client.pipe(client));
      await new Promise<void>((done) => server.listen(socket, done));
      await chmod(socket, 0o777);
      const stream = await machine.dial({ socket });
      stream.end("hello");
      let got = "";
      for await (const chunk of stream) got += String(chunk);
      expect(got).toBe("hello");
      server.close();
    });

    test("nobody there is a failure that names the address", async () => {
      await expect(machine.dial({ host: "127.0.0.1", port: 1 })).rejects.toMatchObject({
        code: "refused",
        message: expect.stringContaining("127.0.0.1:1"),
      });
      await expect(machine.dial({ socket: join(folder, "nobody.sock") })).rejects.toMatchObject({
        code: "refused",
        message: expect.stringContaining("nobody.sock"),
      });
    });
  });
});
