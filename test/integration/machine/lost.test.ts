import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cancelled, Failure } from "../../../src/core/failure.ts";
import type { Command, Machine } from "../../../src/core/machine.ts";
import type { Report } from "../../../src/core/report.ts";
import { readText, writeText } from "../../../src/machine/files/files.ts";
import { endLeftovers } from "../../../src/machine/process/leftovers.ts";
import { connectSsh } from "../../../src/machine/ssh/ssh.ts";
import type { SshWorld } from "../../../src/machine/ssh/login.ts";
import { silentReport, targetOf, workflowWorld } from "../../lab/machines.ts";
import { type Proxy, startProxy } from "../../lab/proxy.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";
import { removeFolder } from "../../lab/folder.ts";

let server: Sshd;
let folder: string;

beforeAll(async () => {
  server = await startSshd();
  folder = mkdtempSync(join(tmpdir(), "savepoint-lost-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await removeFolder(folder);
});

/** A machine behind a proxy; the host is known by its key's fingerprint. */
async function behind(proxy: Proxy, world: Partial<SshWorld> = {}): Promise<Machine> {
  return await connectSsh(targetOf(server, { port: proxy.port, knownHosts: server.fingerprint }), { ...workflowWorld, ...world });
}

/** A command that says `1`, waits for the file, says `2` and ends with 3; each run of it leaves a line in `<gate>.runs`. */
function gated(gate: string): Pick<Command, "words"> {
  const script = `echo run >>"$1.runs"; echo 1; echo 1 >&2; while [ ! -e "$1" ]; do sleep 0.05; done; printf 'é 2'; printf 'err 2' >&2; exit 3`;
  return { words: ["sh", "-c", script, "sh", gate] };
}

const runsOf = (gate: string) => readFileSync(`${gate}.runs`, "utf8");
const sleep = async (ms: number) => await new Promise((done) => setTimeout(done, ms));

async function gone(pid: string): Promise<void> {
  for (const until = performance.now() + 30_000; performance.now() < until; await sleep(50)) {
    if (!existsSync(`/proc/${pid}`) || /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return;
  }
  throw new Error(`${pid} lives on`);
}

describe("a command with a note", () => {
  test("goes on where the connection is cut, runs once, and its output and exit code arrive", async () => {
    await using proxy = await startProxy(server.port);
    await using machine = await behind(proxy);
    const notes = mkdtempSync(join(folder, "notes-"));
    const gate = join(folder, "gate-cut");
    const lines: string[] = [];
    const running = machine.run({
      ...gated(gate),
      noteIn: join(notes, "one"),
      onLine: (line, from) => {
        lines.push(`${from} ${line}`);
        if (from === "stdout" && line === "1") {
          proxy.cut();
          writeFileSync(gate, "");
        }
      },
    });
    expect(await running).toMatchObject({ code: 3, signal: null, stdout: "1\né 2", stderr: "1\nerr 2" });
    expect(lines.toSorted()).toEqual(["stderr 1", "stderr err 2", "stdout 1", "stdout é 2"]);
    expect(runsOf(gate)).toBe("run\n");
    expect(readdirSync(notes)).toEqual([]);
    expect(proxy.connections).toBe(2);
  });

  test("survives the end of the server itself, and one that stays away for a while", async () => {
    await using own = await startSshd();
    await using machine = await connectSsh(targetOf(own), workflowWorld);
    const gate = join(folder, "gate-restart");
    const running = machine.run({ ...gated(gate), noteIn: join(folder, "restart-note") });
    while (!existsSync(`${gate}.runs`)) await sleep(20);
    await own.stop();
    writeFileSync(gate, "");
    await sleep(1500);
    await own.start();
    expect(await running).toMatchObject({ code: 3, stdout: "1\né 2" });
    expect(runsOf(gate)).toBe("run\n");
  });

  test("in a silent minute: a connection that swallows everything is noticed, and the end is found out", async () => {
    await using proxy = await startProxy(server.port);
    await using machine = await behind(proxy, { keepaliveMs: 1000 });
    const gate = join(folder, "gate-silent");
    const running = machine.run({ ...gated(gate), noteIn: join(folder, "silent-note") });
    while (!existsSync(`${gate}.runs`)) await sleep(20);
    proxy.swallow();
    writeFileSync(gate, "");
    expect(await running).toMatchObject({ code: 3, stdout: "1\né 2", stderr: "1\nerr 2" });
    expect(proxy.connections).toBe(2);
  });

  test("cut off while it starts, at any moment: it runs once or not at all, and its end is known", async () => {
    for (let delay = 0; delay < 40; delay += 4) {
      await using proxy = await startProxy(server.port);
      await using machine = await behind(proxy);
      const mark = join(folder, `starts-${delay}`);
      const running = machine.run({ words: ["sh", "-c", `echo run >>"$1"; exit 4`, "sh", mark], noteIn: join(folder, `n${delay}`) });
      setTimeout(() => proxy.cut(), delay);
      expect(await running).toMatchObject({ code: 4 });
      expect(readFileSync(mark, "utf8")).toBe("run\n");
    }
  });

  test("cancelled while the connection is away, it is ended once that is back", async () => {
    await using proxy = await startProxy(server.port);
    await using machine = await behind(proxy);
    const pid = join(folder, "cancelled-pid");
    const stop = new AbortController();
    const running = machine.run({
      words: ["sh", "-c", `sleep 300 & echo $! >"$1.new"; mv "$1.new" "$1"; wait`, "sh", pid],
      noteIn: join(folder, "cancelled-note"),
      signal: stop.signal,
    });
    while (!existsSync(pid)) await sleep(20);
    proxy.open(false);
    proxy.cut();
    stop.abort();
    setTimeout(() => proxy.open(true), 700);
    await expect(running).rejects.toBeInstanceOf(Cancelled);
    await gone(readFileSync(pid, "utf8").trim());
  });

  test("killed while the connection is away, nobody claims to know how it ended", async () => {
    await using proxy = await startProxy(server.port);
    await using machine = await behind(proxy);
    const noteIn = join(folder, "killed-note");
    const running = machine.run({
      words: ["sh", "-c", "echo said; sleep 300"],
      noteIn,
      onLine: () => {
        proxy.open(false);
        proxy.cut();
        process.kill(-Number(readFileSync(noteIn, "utf8").split("\n")[0]), "SIGKILL");
        setTimeout(() => proxy.open(true), 300);
      },
    });
    await expect(running).rejects.toMatchObject({
      code: "connection-lost",
      hint: expect.stringContaining("Nobody knows"),
      evidence: ["said"],
    });
  });

  test("out of reach for good: it is said where its end will be found, and the next command ends it", async () => {
    await using proxy = await startProxy(server.port);
    const notes = mkdtempSync(join(folder, "away-"));
    const pid = join(folder, "away-pid");
    {
      await using machine = await behind(proxy, { patienceMs: 300 });
      const running = machine.run({
        words: ["sh", "-c", `sleep 300 & echo $! >"$1"; echo up; wait`, "sh", pid],
        noteIn: join(notes, "backup"),
        onLine: () => {
          proxy.open(false);
          proxy.cut();
        },
      });
      const failure = (await running.catch((error: unknown) => error)) as Failure;
      expect(failure).toMatchObject({ code: "connection-lost", evidence: ["up"], hint: expect.stringContaining(`${notes}/backup.job-`) });
      // From now on it is lost for good: nothing waits another time.
      await expect(machine.run({ words: ["true"], repeatable: true })).rejects.toMatchObject({ code: "connection-lost" });
      await expect(machine.dial({ host: "127.0.0.1", port: server.port })).rejects.toMatchObject({ code: "connection-lost" });
    }
    const child = readFileSync(pid, "utf8").trim();
    expect(existsSync(`/proc/${child}`)).toBe(true);
    proxy.open(true);
    await using next = await behind(proxy);
    expect(await endLeftovers(next, notes)).toEqual([expect.stringMatching(/^sh \(process \d+\)$/)]);
    await gone(child);
    expect(readdirSync(notes)).toEqual([]);
  });
});

describe("a command that may be repeated", () => {
  test("is, when its connection is cut under it", async () => {
    await using proxy = await startProxy(server.port);
    await using machine = await behind(proxy);
    const mark = join(folder, "repeated");
    // The first time it waits, until the test is over.
    const script = `if [ -e "$1" ]; then echo again; else : >"$1"; while [ ! -e "$1.end" ]; do sleep 0.1; done; fi`;
    const running = machine.run({ words: ["sh", "-c", script, "sh", mark], repeatable: true });
    while (!existsSync(mark)) await sleep(20);
    proxy.cut();
    expect(await running).toMatchObject({ code: 0, stdout: "again\n" });
    writeFileSync(`${mark}.end`, "");
  });

  test("files are read and written whole through one cut after the other", async () => {
    await using proxy = await startProxy(server.port);
    await using machine = await behind(proxy);
    const path = join(folder, "through-cuts");
    for (let turn = 0; turn < 40; turn += 1) {
      setTimeout(() => proxy.cut(), (turn * 11) % 120);
      await writeText(machine, path, `${turn}\n`.repeat(1000));
      expect(await readText(machine, path)).toBe(`${turn}\n`.repeat(1000));
    }
    expect(readdirSync(folder).filter((name) => name.startsWith(".savepoint-"))).toEqual([]);
  });
});

test("a file that is cut off on its way is not published, and an older one stays", async () => {
  await using proxy = await startProxy(server.port);
  await using machine = await behind(proxy, { patienceMs: 0 });
  const place = mkdtempSync(join(folder, "cut-off-"));
  const path = join(place, "manifest");
  await writeText(machine, path, "older");
  const halfWay = () => readdirSync(place).some((name) => name.endsWith(".partial") && statSync(join(place, name)).size > 0);
  const writing = writeText(machine, path, "x".repeat(64 * 1024 * 1024));
  const lost = expect(writing).rejects.toMatchObject({ code: "connection-lost" });
  while (!halfWay()) await sleep(2);
  proxy.open(false);
  proxy.cut();
  await lost;
  while (readdirSync(place).some((name) => name.endsWith(".partial"))) await sleep(20);
  expect(readFileSync(path, "utf8").slice(0, 10)).toBe("older");
});

describe("a command with a stream, or one that nobody may repeat", () => {
  test("nobody claims to know how it ended; what comes after it works", async () => {
    await using proxy = await startProxy(server.port);
    await using machine = await behind(proxy);
    const target = new Writable({ write: (_chunk, _encoding, done) => done() });
    const running = machine.run({ words: ["sh", "-c", "echo said >&2; sleep 2"], stdout: target, onLine: () => proxy.cut() });
    const other = machine.run({ words: ["sleep", "2"] });
    const lost = { code: "connection-lost", hint: expect.stringContaining("Nobody knows") };
    await expect(running).rejects.toMatchObject({ ...lost, evidence: ["said"] });
    await expect(other).rejects.toMatchObject(lost);
    expect(target.destroyed).toBe(true);
    expect(target.writableFinished).toBe(false);
    expect((await machine.run({ words: ["true"] })).code).toBe(0);
    (await machine.dial({ host: "127.0.0.1", port: server.port })).destroy();
  });

  test("while it is being cancelled: never taken for a success", async () => {
    await using proxy = await startProxy(server.port);
    await using machine = await behind(proxy);
    const stop = new AbortController();
    const running = machine.run({
      words: ["sh", "-c", "echo up; sleep 3"],
      signal: stop.signal,
      onLine: () => {
        proxy.cut();
        setTimeout(() => stop.abort(), 0);
      },
    });
    const error = await running.catch((caught: unknown) => caught);
    expect(error instanceof Cancelled || (error instanceof Failure && error.code === "connection-lost")).toBe(true);
  });
});

describe("connecting again", () => {
  test("is as strict as the first time: another host key ends it at once, and says so", async () => {
    await using stranger = await startSshd({ config: [`AuthorizedKeysFile ${server.keyFile}.pub`] });
    await using proxy = await startProxy(server.port);
    await using machine = await behind(proxy);
    proxy.leadTo(stranger.port);
    proxy.cut();
    const began = performance.now();
    const failure = (await machine.run({ words: ["true"], repeatable: true }).catch((error: unknown) => error)) as Failure;
    expect(failure).toMatchObject({ code: "connection-lost", exit: 1, message: expect.stringContaining("host key") });
    expect(failure.cause).toMatchObject({ code: "host-key-changed" });
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  test("is said once, and many commands wait for the same one", async () => {
    await using proxy = await startProxy(server.port);
    const said: string[] = [];
    const report: Report = { ...silentReport, say: (text) => void said.push(text) };
    await using machine = await behind(proxy, { report });
    await machine.run({ words: ["true"] });
    proxy.cut();
    await sleep(50);
    const all = await Promise.all(Array.from({ length: 10 }, async () => await machine.run({ words: ["true"], repeatable: true })));
    expect(all.every(({ code }) => code === 0)).toBe(true);
    expect(said).toEqual([expect.stringContaining("was lost and made again")]);
    expect(proxy.connections).toBe(2);
  });

  test("through a jump host, both are connected again", async () => {
    await using inner = await startSshd({ config: [`AuthorizedKeysFile ${server.keyFile}.pub`] });
    await using proxy = await startProxy(server.port);
    const jump = { user: server.user, host: "127.0.0.1", port: proxy.port };
    const known = `${server.knownHosts.replace(`:${server.port} `, `:${proxy.port} `)}${inner.knownHosts}`;
    await using machine = await connectSsh({ ...targetOf(inner), key: targetOf(server).key, jump, knownHosts: known }, workflowWorld);
    const gate = join(folder, "gate-jump");
    const running = machine.run({ ...gated(gate), noteIn: join(folder, "jump-note") });
    while (!existsSync(`${gate}.runs`)) await sleep(20);
    proxy.cut();
    writeFileSync(gate, "");
    expect(await running).toMatchObject({ code: 3, stdout: "1\né 2" });
    expect(proxy.connections).toBe(2);
  });

  test("a machine that is let go stops it", async () => {
    await using proxy = await startProxy(server.port);
    const machine = await behind(proxy);
    proxy.open(false);
    proxy.cut();
    const waiting = machine.run({ words: ["true"], repeatable: true });
    const lost = expect(waiting).rejects.toMatchObject({ code: "connection-lost" });
    await sleep(100);
    await machine[Symbol.asyncDispose]();
    await lost;
  });
});
