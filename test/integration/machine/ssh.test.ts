import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cancelled, Failure } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import type { SshTarget } from "../../../src/core/ports.ts";
import { Secret } from "../../../src/core/secret.ts";
import { connectSsh } from "../../../src/machine/ssh/ssh.ts";
import { machineOn, silentReport, targetOf, workflowWorld } from "../../lab/machines.ts";
import { freePort } from "../../lab/postgres.ts";
import { startProxy } from "../../lab/proxy.ts";
import { knowsPenalties, type Sshd, startSshd } from "../../lab/sshd.ts";
import { removeFolder } from "../../lab/folder.ts";

let server: Sshd;
let folder: string;

beforeAll(async () => {
  server = await startSshd({ hostKeys: ["ed25519", "ecdsa", "rsa"] });
  folder = mkdtempSync(join(tmpdir(), "savepoint-ssh-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await removeFolder(folder);
});

async function failureOf(connecting: Promise<Machine>): Promise<Failure> {
  const machine = await connecting.catch((error: unknown) => error);
  expect(machine).toBeInstanceOf(Failure);
  return machine as Failure;
}

function makeKey(name: string, passphrase = "", type = "ed25519"): { text: string; publicLine: string; path: string } {
  const path = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-f", path]);
  return { text: readFileSync(path, "utf8"), publicLine: readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" "), path };
}

describe("the host's key", () => {
  const line = (type: "ed25519" | "ecdsa" | "rsa") => `[127.0.0.1]:${server.port} ${server.publicKeys[type]}`;

  test.each(["ed25519", "ecdsa", "rsa"] as const)("known by its %s key alone, the host is asked for that one", async (type) => {
    await using machine = await connectSsh(targetOf(server, { knownHosts: line(type) }), workflowWorld);
    expect((await machine.run({ words: ["true"] })).code).toBe(0);
  });

  test.each(["ed25519", "ecdsa", "rsa"] as const)(
    "a fingerprint of the %s key is enough, though it does not say the type",
    async (type) => {
      writeFileSync(join(folder, `${type}.pub`), `${server.publicKeys[type]}\n`);
      const listed = execFileSync("ssh-keygen", ["-lf", join(folder, `${type}.pub`)], { encoding: "utf8" });
      await using machine = await connectSsh(targetOf(server, { knownHosts: listed }), workflowWorld);
      expect(machine.local).toBe(false);
    },
  );

  test("ssh-keyscan's output, hashed too, is what is wanted", async () => {
    for (const options of [[], ["-H"]]) {
      const scanned = execFileSync("ssh-keyscan", [...options, "-p", String(server.port), "127.0.0.1"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      await using machine = await connectSsh(targetOf(server, { knownHosts: scanned }), workflowWorld);
      expect(machine.name).toBe(`${server.user}@127.0.0.1:${server.port}`);
    }
  });

  test("an unknown one is refused, with type, fingerprint and the line to look it up", async () => {
    const failure = await failureOf(
      connectSsh(targetOf(server, { knownHosts: `other.example ${server.publicKeys.ed25519}` }), workflowWorld),
    );
    expect(failure).toMatchObject({ code: "host-key-unknown", exit: 2 });
    expect(failure.evidence).toEqual([`offered: ssh-ed25519 ${server.fingerprint}`]);
    expect(failure.hint).toContain(`ssh-keyscan -p ${server.port} -t ed25519 127.0.0.1`);
    expect(failure.hint).toContain("another way");
    expect(failure.hint).toContain("~/.ssh/known_hosts");
  });

  test("a changed one is refused", async () => {
    const other = makeKey("changed");
    const failure = await failureOf(
      connectSsh(targetOf(server, { knownHosts: `[127.0.0.1]:${server.port} ${other.publicLine}` }), workflowWorld),
    );
    expect(failure).toMatchObject({ code: "host-key-changed", exit: 2 });
  });

  test("a fingerprint that fits none of the keys is a changed one", async () => {
    const failure = await failureOf(connectSsh(targetOf(server, { knownHosts: `SHA256:${"A".repeat(43)}` }), workflowWorld));
    expect(failure.code).toBe("host-key-changed");
  });

  test("one of a type that is not known is refused as such", async () => {
    await using small = await startSshd({ hostKeys: ["ed25519"] });
    const rsa = makeKey("typed", "", "rsa");
    const failure = await failureOf(
      connectSsh(targetOf(small, { knownHosts: `[127.0.0.1]:${small.port} ${rsa.publicLine}` }), workflowWorld),
    );
    expect(failure).toMatchObject({ code: "host-key-type", message: expect.stringContaining("only ssh-rsa is known") });
  });

  test("a revoked one is refused, though it is known too", async () => {
    const failure = await failureOf(
      connectSsh(targetOf(server, { knownHosts: `${line("ed25519")}\n@revoked * ${server.publicKeys.ed25519}` }), workflowWorld),
    );
    expect(failure.code).toBe("host-key-revoked");
  });

  test("a certificate authority is said to be unsupported", async () => {
    const failure = await failureOf(
      connectSsh(targetOf(server, { knownHosts: `@cert-authority * ${server.publicKeys.ed25519}` }), workflowWorld),
    );
    expect(failure.code).toBe("host-key-unknown");
    expect(failure.evidence.join()).toContain("@cert-authority");
  });

  test("with nothing given, or nothing that can be read, no connection is made", async () => {
    const log = await server.log();
    expect(await failureOf(connectSsh(targetOf(server, { knownHosts: undefined }), workflowWorld))).toMatchObject({
      code: "known-hosts-missing",
      exit: 2,
    });
    expect(await failureOf(connectSsh(targetOf(server, { knownHosts: "rubbish" }), workflowWorld))).toMatchObject({
      code: "known-hosts-malformed",
      evidence: [expect.stringContaining("line 1")],
    });
    expect(await server.log()).toBe(log);
  });
});

describe("logging in", () => {
  test("a key that the host does not know is refused, with its fingerprint", async () => {
    const stranger = makeKey("stranger");
    const failure = await failureOf(connectSsh(targetOf(server, { key: new Secret(stranger.text) }), workflowWorld));
    expect(failure).toMatchObject({ code: "auth-refused", exit: 2, message: expect.stringContaining("ssh-ed25519 key SHA256:") });
    expect(failure.hint).toContain("authorized_keys");
  });

  test.each(["ed25519", "rsa"])("a %s key with a passphrase logs in; with another one, or none, it is refused", async (type) => {
    const locked = makeKey(`phrase-${type}`, "it's $ecret ☃", type);
    await using own = await startSshd({ config: [`AuthorizedKeysFile ${locked.path}.pub`] });
    const target = targetOf(own, { key: new Secret(locked.text), passphrase: new Secret("it's $ecret ☃") });
    await using machine = await connectSsh(target, workflowWorld);
    expect((await machine.run({ words: ["true"] })).code).toBe(0);
    const wrong = await failureOf(connectSsh({ ...target, passphrase: new Secret("guess") }, workflowWorld));
    expect(wrong).toMatchObject({ code: "bad-passphrase", exit: 2, hint: expect.stringContaining("ssh-passphrase") });
    expect(await failureOf(connectSsh({ ...target, passphrase: undefined }, workflowWorld))).toMatchObject({
      code: "key-encrypted",
      exit: 2,
    });
  });

  test("without a key, a workflow is refused", async () => {
    expect(await failureOf(connectSsh(targetOf(server, { key: undefined }), workflowWorld))).toMatchObject({ code: "no-key", exit: 2 });
  });

  test("at a terminal the keys and known hosts of ~/.ssh are taken", async () => {
    const home = mkdtempSync(join(folder, "home-"));
    mkdirSync(join(home, ".ssh"));
    writeFileSync(join(home, ".ssh", "id_ed25519"), server.key);
    writeFileSync(join(home, ".ssh", "known_hosts"), server.knownHosts);
    const locked = makeKey("locked-rsa", "secret", "rsa");
    writeFileSync(join(home, ".ssh", "id_rsa"), locked.text);
    const world = { terminal: true, home, env: {}, report: silentReport };
    await using machine = await connectSsh(targetOf(server, { key: undefined, knownHosts: undefined }), world);
    expect((await machine.run({ words: ["true"] })).code).toBe(0);
    writeFileSync(join(home, ".ssh", "id_ed25519"), makeKey("not-mine").text);
    const failure = await failureOf(connectSsh(targetOf(server, { key: undefined, knownHosts: undefined }), world));
    expect(failure.code).toBe("auth-refused");
    expect(failure.evidence.join()).toContain("~/.ssh/id_rsa is protected by a passphrase: ssh-add it");
  });

  test("at a terminal the agent's keys are taken, and an agent that is gone does no harm", async () => {
    const home = mkdtempSync(join(folder, "home-"));
    const socket = join(home, "agent.sock");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    try {
      while (!existsSync(socket)) await new Promise((done) => setTimeout(done, 20));
      execFileSync("ssh-add", ["-q", server.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "ignore" });
      const world = { terminal: true, home, env: { SSH_AUTH_SOCK: socket }, report: silentReport };
      await using machine = await connectSsh(targetOf(server, { key: undefined }), world);
      expect((await machine.run({ words: ["true"] })).code).toBe(0);
    } finally {
      agent.kill();
    }
    mkdirSync(join(home, ".ssh"));
    writeFileSync(join(home, ".ssh", "id_ed25519"), server.key);
    await using again = await connectSsh(targetOf(server, { key: undefined }), {
      terminal: true,
      home,
      env: { SSH_AUTH_SOCK: join(home, "gone.sock") },
      report: silentReport,
    });
    expect(again.local).toBe(false);
  });

  test("in a workflow neither agent nor ~/.ssh is touched", async () => {
    const home = mkdtempSync(join(folder, "home-"));
    mkdirSync(join(home, ".ssh"));
    writeFileSync(join(home, ".ssh", "id_ed25519"), server.key);
    writeFileSync(join(home, ".ssh", "known_hosts"), server.knownHosts);
    const world = { ...workflowWorld, home };
    expect((await failureOf(connectSsh(targetOf(server, { key: undefined }), world))).code).toBe("no-key");
    expect((await failureOf(connectSsh(targetOf(server, { knownHosts: undefined }), world))).code).toBe("known-hosts-missing");
  });
});

describe("the way there", () => {
  test("nobody listens: refused; no such name: not resolved; silence: timeout of the handshake", async () => {
    expect(await failureOf(connectSsh(targetOf(server, { port: await freePort() }), workflowWorld))).toMatchObject({
      code: "refused",
      message: expect.stringContaining("127.0.0.1"),
    });
    expect(await failureOf(connectSsh(targetOf(server, { host: "no-such-host.invalid" }), workflowWorld))).toMatchObject({
      code: "name-not-resolved",
      message: expect.stringContaining("no-such-host.invalid"),
    });
  });

  test("something that is no SSH server is said to be none", async () => {
    const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((done) => web.listen(0, "127.0.0.1", done));
    const address = web.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await failureOf(connectSsh(targetOf(server, { port }), workflowWorld))).toMatchObject({
      code: "handshake",
      hint: expect.stringContaining("SSH server"),
    });
    web.close();
  });

  test.each([
    ["Not allowed at this time\r\n", "refuses this address for a while", "PerSourcePenalt"],
    ["Exceeded MaxStartups\r\n", "too many logins under way", "MaxStartups"],
  ])("a server that turns this address away with %j is named as that, and waited for", async (line, message, hint) => {
    let calls = 0;
    const turning = createServer((socket) => {
      calls += 1;
      socket.end(line);
    });
    await new Promise<void>((done) => turning.listen(0, "127.0.0.1", done));
    const address = turning.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const said: string[] = [];
    const report = { ...silentReport, say: (text: string) => void said.push(text) };
    const failure = await failureOf(connectSsh(targetOf(server, { port }), { ...workflowWorld, report, patienceMs: 6000 }));
    turning.close();
    expect(failure).toMatchObject({
      code: "turned-away",
      exit: 1,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
    expect(calls).toBe(2);
    expect(said).toEqual([expect.stringContaining(message)]);
  });

  test("a workflow with a wrong key does not lock the next one out: it logs in once, and the next one waits where it must", async () => {
    const penalties = await knowsPenalties();
    if (!penalties) console.warn("This OpenSSH is older than 9.8 and penalises nobody: only the number of logins is looked at.");
    await using strict = await startSshd({
      penalties: true,
      config: ["LogLevel VERBOSE", ...(penalties ? ["PerSourcePenalties authfail:2s min:1s max:9s"] : [])],
    });
    const wrong = makeKey("wrong-once");
    const target = targetOf(strict, { key: new Secret(wrong.text) });
    expect(await failureOf(connectSsh(target, workflowWorld))).toMatchObject({ code: "auth-refused", exit: 2 });
    await using machine = await connectSsh(targetOf(strict), { ...workflowWorld, patienceMs: 20_000 });
    expect((await machine.run({ words: ["true"] })).code).toBe(0);
    const log = await strict.log();
    expect(log.split("\n").filter((line) => line.startsWith("Failed publickey"))).toHaveLength(1);
  });

  test("cancelled while connecting, it ends at once", async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((done) => mute.listen(0, "127.0.0.1", done));
    const address = mute.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const stop = new AbortController();
    const connecting = connectSsh(targetOf(server, { port }), { ...workflowWorld, signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(connecting).rejects.toBeInstanceOf(Cancelled);
    mute.close();
  });

  test("through a jump host, both keys are checked", async () => {
    await using jump = await startSshd();
    writeFileSync(join(folder, "both"), "");
    // Both servers must take the one key, as a user's would.
    await using inner = await startSshd({ config: [`AuthorizedKeysFile ${jump.keyFile}.pub`] });
    const through = { user: jump.user, host: jump.host, port: jump.port };
    const target = { ...targetOf(inner, { key: new Secret(jump.key), jump: through }) };
    const known = `${jump.knownHosts}${inner.knownHosts}`;
    {
      await using machine = await connectSsh({ ...target, knownHosts: known }, workflowWorld);
      const finished = await machine.run({ words: ["sh", "-c", "cat; echo $SSH_CONNECTION"], stdin: "through " });
      expect(finished.stdout).toMatch(new RegExp(`^through .* ${inner.port}\n$`));
    }
    const unknownJump = await failureOf(connectSsh({ ...target, knownHosts: inner.knownHosts }, workflowWorld));
    expect(unknownJump).toMatchObject({ code: "host-key-unknown", message: expect.stringContaining(String(jump.port)) });
    const unknownInner = await failureOf(connectSsh({ ...target, knownHosts: jump.knownHosts }, workflowWorld));
    expect(unknownInner).toMatchObject({ code: "host-key-unknown", message: expect.stringContaining(String(inner.port)) });
    const nowhere = await failureOf(connectSsh({ ...target, port: await freePort(), knownHosts: known }, workflowWorld));
    expect(nowhere).toMatchObject({ code: "refused", message: expect.stringContaining(jump.host) });
  });
});

test("a jump host cannot pose as the host behind it, though its fingerprint is given", async () => {
  await using jump = await startSshd();
  await using host = await startSshd({ config: [`AuthorizedKeysFile ${jump.keyFile}.pub`] });
  await using between = await startProxy(host.port);
  const target: SshTarget = {
    ...targetOf(jump, { port: between.port }),
    jump: { user: jump.user, host: jump.host, port: jump.port },
    knownHosts: `${jump.fingerprint}\n${host.fingerprint}`,
  };
  {
    await using machine = await connectSsh(target, workflowWorld);
    expect((await machine.run({ words: ["true"] })).code).toBe(0);
  }
  between.leadTo(jump.port);
  await expect(connectSsh(target, workflowWorld)).rejects.toMatchObject({ code: "host-key-unknown", exit: 2 });
});

describe("what a host may be like", () => {
  test("a login shell that talks before every command changes no output", async () => {
    const shell = join(folder, "talking-shell");
    writeFileSync(shell, "#!/bin/sh\necho welcome\nprintf 'no end' \necho warning >&2\nexec sh \"$@\"\n", { mode: 0o755 });
    chmodSync(folder, 0o755);
    await using talking = await startSshd({ plainUser: true, shell });
    await using machine = await machineOn(talking);
    expect(await machine.run({ words: ["sh", "-c", "echo out; echo err >&2"] })).toMatchObject({
      code: 0,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test("a login shell that runs nothing is a failure that shows what it said", async () => {
    await using closed = await startSshd({ plainUser: true, shell: "/usr/sbin/nologin" });
    await using machine = await machineOn(closed);
    await expect(machine.run({ words: ["true"] })).rejects.toMatchObject({
      code: "no-shell",
      evidence: [expect.stringContaining("not available")],
    });
  });

  test("a host that allows few sessions says which option it is", async () => {
    await using strict = await startSshd({ config: ["MaxSessions 1"] });
    await using machine = await machineOn(strict);
    expect((await machine.run({ words: ["true"] })).code).toBe(0);
    const two = await Promise.allSettled([machine.run({ words: ["sleep", "1"] }), machine.run({ words: ["sleep", "1"] })]);
    expect(two.map((one) => one.status)).toContain("fulfilled");
    const refused = two.find((one) => one.status === "rejected");
    expect(refused?.reason).toMatchObject({ code: "no-session", hint: expect.stringContaining("MaxSessions") });
  });

  test("a host that forbids forwarding says which option it is", async () => {
    await using strict = await startSshd({ config: ["AllowTcpForwarding no", "AllowStreamLocalForwarding no"] });
    await using machine = await machineOn(strict);
    await expect(machine.dial({ host: "127.0.0.1", port: strict.port })).rejects.toMatchObject({
      code: "forwarding-refused",
      hint: expect.stringContaining("AllowTcpForwarding yes"),
    });
    await expect(machine.dial({ socket: "/tmp/x.sock" })).rejects.toMatchObject({
      code: "refused",
      hint: expect.stringContaining("AllowStreamLocalForwarding yes"),
    });
  });

  test("a variable that no shell could hold is refused before anything runs", async () => {
    await using machine = await machineOn(server);
    await expect(machine.run({ words: ["true"], env: { "A=b;c": "x" } })).rejects.toMatchObject({ code: "bad-name" });
  });

  test("where secrets are, no core is dumped", async () => {
    await using machine = await machineOn(server);
    expect((await machine.run({ words: ["sh", "-c", "ulimit -c"], env: { TOKEN: new Secret("x") } })).stdout).toBe("0\n");
  });

  test("a secret is in no argument list of any process on the host, traced and not sampled", async () => {
    const canary = `canary-${Math.random().toString(36).slice(2)}`;
    await using traced = await startSshd();
    await using machine = await machineOn(traced);
    // Every process that shows up while the command starts and runs, looked at as often as can be.
    const seen = join(folder, "argv");
    const watcher = spawn("sh", ["-c", `while :; do cat /proc/[0-9]*/cmdline; done >"$1" 2>/dev/null`, "sh", seen]);
    for (let turn = 0; turn < 20; turn += 1)
      await machine.run({ words: ["sh", "-c", "true"], env: { TOKEN: new Secret(canary), PGPASSWORD: new Secret(`'${canary}\n`) } });
    watcher.kill();
    expect(readFileSync(seen, "utf8")).not.toContain(canary);
    expect(await traced.log()).not.toContain(canary);
  });
});

test("disposing of a machine ends its connection, twice without harm", async () => {
  const machine = await machineOn(server);
  await machine[Symbol.asyncDispose]();
  await machine[Symbol.asyncDispose]();
  await expect(machine.run({ words: ["true"] })).rejects.toMatchObject({ code: "connection-lost" });
});

test("who is cancelled while waiting for a free session does not wait", async () => {
  await using machine = await machineOn(server);
  const busy = Array.from({ length: 6 }, async () => await machine.run({ words: ["sleep", "1.5"] }));
  const stop = new AbortController();
  let busyEnded = false;
  void Promise.all(busy).then(() => (busyEnded = true));
  const waiting = machine.run({ words: ["true"], signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toBeInstanceOf(Cancelled);
  expect(busyEnded).toBe(false);
  await Promise.all(busy);
});

test("what is ended is the command, and no later process that was given its number", async () => {
  await using machine = await machineOn(server);
  const [named, stop] = [join(folder, "named"), new AbortController()];
  // The command has ended; what it left in the background, in a group of its own, holds the output open.
  const script = `setsid sh -c 'echo $$ >"$1.left"; exec sleep 300' sh "$1" & echo $$ >"$1"`;
  const held = new Writable({ write: (_chunk, _encoding, done) => done() });
  const running = machine.run({ words: ["sh", "-c", script, "sh", named], stdout: held, signal: stop.signal });
  running.catch(() => undefined);
  await expect.poll(() => existsSync(named) && existsSync(`${named}.left`) && readFileSync(`${named}.left`, "utf8")).toMatch(/\d/);
  const pid = Number(readFileSync(named, "utf8"));
  await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  const later = namedAgain(pid);
  try {
    stop.abort();
    await expect(running).rejects.toBeInstanceOf(Cancelled);
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")).toEqual(["sleep", "300", ""]);
  } finally {
    later.kill("SIGKILL");
    process.kill(Number(readFileSync(`${named}.left`, "utf8")), "SIGKILL");
  }
});

/** A process with a number that was another's: the kernel gives the next one behind the last that it gave. */
function namedAgain(pid: number): ChildProcess {
  for (let turn = 0; turn < 500; turn += 1) {
    writeFileSync("/proc/sys/kernel/ns_last_pid", String(pid - 1));
    const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
    if (child.pid === pid) return child;
    child.kill("SIGKILL");
  }
  throw new Error(`nothing was given the number ${pid}`);
}
