import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { chown, mkdir, readdir, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { docker, engineEnv, engineSocket } from "./engine.ts";
import { withoutPenalties } from "./sshd.ts";
import { removeFolder } from "./folder.ts";

const execute = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
/** What the host lacks: whatever is tested must do without. PostgreSQL's tools are kept where they are asked for. */
const LACKING = /^(?:node|nodejs|np[mx]|corepack|yarn|r?bash|dash|python.*|perl.*|ruby.*|php.*|docker.*|sudo|jq|act)$/;
const POSTGRES_TOOLS = /^(?:psql|pg_.*|postgres|initdb|createdb|dropdb|createuser|dropuser|vacuumdb|reindexdb|clusterdb)$/;

export interface HostOptions {
  /** PostgreSQL's tools are installed there. Default: they are not. */
  readonly postgresTools?: boolean;
  /** The login shell. Default: /bin/sh. */
  readonly shell?: string;
  /**
   * What lets the user reach the engine. `group`, the default: that of its socket. `sudo`: a real sudo alone, for the
   * client, which lies in its `secure_path` where the user does not find it, and for compose as a program of its own.
   */
  readonly engineBy?: "group" | "sudo";
}

/**
 * Another machine in all that matters: its own network, processes, mounts and name; it cannot see this repository, this
 * machine's temporary folders or home. An SSH server; a user who is not root; git, a POSIX shell, and the client of the
 * engine, which is shared. No Node, bash, Perl or Python. What it has on disk is in `folder`, at the same path here,
 * because the engine reads relative mounts from there.
 */
export interface Host extends AsyncDisposable {
  /** As the runner reaches it. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly home: string;
  /** `user@address`. */
  readonly login: string;
  /** The client's private key, as text. */
  readonly key: string;
  readonly keyFile: string;
  readonly knownHosts: string;
  /** The runner's address, as the host reaches it. */
  readonly runner: string;
  /** The user's own: for clones and other things that an app needs. */
  readonly folder: string;
  /** Runs shell text as the user; returns what it said, trimmed. */
  run(script: string, options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> }): Promise<string>;
  /** Runs shell text there as root; returns what it said, trimmed. */
  asRoot(script: string): Promise<string>;
  /** The words of a command there as root, from here: what follows them is run. */
  readonly rootWords: readonly string[];
  /** Makes a port that containers publish reachable as the host's own `localhost:port`. */
  publish(port: number): Promise<void>;
  /** The processes of the user, as `pid words`; sshd's own and what is asked for with `run` left out. */
  processes(): Promise<readonly string[]>;
  /** Where compose lies as a program of its own, which no PATH names, and where the engine's client lies. */
  readonly engineClients: readonly [compose: string, docker: string];
  /** Says what the user may do by sudo, in place of what was said before. */
  sudoers(text: string): Promise<void>;
  /** A small disk of its own at a folder: the host writes to it, nobody else sees it. Taken away by the returned function. */
  smallDisk(folder: string, size: string): Promise<() => Promise<void>>;
  /** Kills the server's side of all connections; the commands that run stay alive. */
  drop(): Promise<void>;
  stopSshd(): Promise<void>;
  startSshd(): Promise<void>;
}

let hosts = 0;

export async function startHost(options: HostOptions = {}): Promise<Host> {
  if (process.getuid?.() !== 0) throw new Error("a test host needs root: network namespaces and mounts");
  if (options.engineBy === "sudo" && !existsSync("/usr/bin/sudo")) throw new Error("no sudo on this machine: apt-get install sudo");
  if (!existsSync("/usr/sbin/sshd")) throw new Error("no OpenSSH server on this machine: apt-get install openssh-server");
  await sweep();
  hosts += 1;
  const name = `sph${process.pid}x${hosts}`;
  const folder = join("/srv", name);
  const id = 20_000 + (process.pid % 10_000) * 4 + hosts;
  const network = await wire(name);
  const atExit: (() => void)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const each of atExit) each();
    await execute("ip", ["netns", "delete", name]);
    await removeFolder(folder);
  };
  try {
    await furnish(folder, name, id, options);
    const init = await boot(name, folder, options);
    atExit.push(() => init.kill("SIGKILL"));
    const inside = ["nsenter", "--target", String(await firstProcess(init)), "--mount", "--pid", "--net", "--uts"];
    const home = join(folder, "home");
    const hostKey = (await readFile(join(folder, "ssh/host.pub"), "utf8")).split(" ").slice(0, 2).join(" ");
    const sshd = ["/usr/sbin/sshd", "-f", join(folder, "ssh/config"), "-E", join(folder, "ssh/log")];
    const asUser = (cwd: string, env: Readonly<Record<string, string>> = {}) => [
      ...inside,
      "setpriv",
      `--reuid=${id}`,
      `--regid=${id}`,
      "--init-groups",
      "env",
      "-i",
      `PATH=${join(folder, "bin")}`,
      `HOME=${home}`,
      `USER=${name}`,
      ...Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
      "sh",
      "-c",
      `cd "$1" && eval "$2"`,
      "sh",
      cwd,
    ];
    const root = async (...words: readonly string[]): Promise<string> => await output([...inside, ...words]);
    const listeners = async (): Promise<readonly string[]> =>
      // From 9.8 on a connection is served by a program of another name.
      (await root("/usr/bin/pgrep", "-x", "sshd|sshd-session|sshd-auth").catch(() => "")).split("\n").filter(Boolean);
    const rootWords = [...inside, "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"];
    const host: Host = {
      rootWords,
      engineClients: [join(folder, "toolbox/bin/docker-compose"), join(folder, clientIn(options))],
      address: network.host,
      port: 22,
      user: name,
      home,
      login: `${name}@${network.host}`,
      key: await readFile(join(folder, "ssh/id"), "utf8"),
      keyFile: join(folder, "ssh/id"),
      knownHosts: `${network.host} ${hostKey}\n`,
      runner: network.runner,
      folder: join(folder, "apps"),
      run: async (script, { cwd = home, env } = {}) => await output([...asUser(cwd, env), script]),
      asRoot: async (script) => await output([...rootWords, "sh", "-c", script]),
      async publish(port) {
        const relay = await startRelay(name, port, network.runner);
        atExit.push(() => relay.kill("SIGKILL"));
      },
      async processes() {
        const listed = await root("/usr/bin/ps", "-u", name, "-o", "pid=,args=").catch(() => "");
        return listed
          .split("\n")
          .map((line) => line.trim())
          .filter((line) => line !== "" && !/^\d+ sshd(?:-session|-auth)?: /.test(line));
      },
      async sudoers(text) {
        const file = join(folder, "etc/sudoers.d/lab");
        await rm(file, { force: true });
        await writeFile(file, `Defaults secure_path="${join(folder, "root/bin")}:/usr/sbin:/usr/bin:/sbin:/bin"\n${text}\n`, {
          mode: 0o440,
        });
      },
      async smallDisk(place, size) {
        await root("/usr/bin/mount", "-t", "tmpfs", "-o", `size=${size},uid=${id},gid=${id},mode=700`, "tmpfs", place);
        return async () => void (await root("/usr/bin/umount", "--lazy", place));
      },
      async drop() {
        // The listener is the oldest; the others serve connections.
        const [, ...sessions] = await listeners();
        if (sessions.length > 0) await root("/usr/bin/kill", "-KILL", ...sessions);
      },
      async stopSshd() {
        const all = await listeners();
        if (all.length > 0) await root("/usr/bin/kill", "-KILL", ...all);
      },
      async startSshd() {
        await root(...sshd);
        await answering(network.host);
      },
      async [Symbol.asyncDispose]() {
        process.off("exit", killAll);
        await cleanUp();
      },
    };
    const killAll = (): void => {
      for (const each of atExit) each();
    };
    process.once("exit", killAll);
    if (options.engineBy === "sudo") await host.sudoers(`${name} ALL=(root) NOPASSWD:SETENV: ${host.engineClients.join(", ")}`);
    await host.startSshd();
    return host;
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** Takes away what is left of hosts whose runs were killed: their processes are gone, their names and folders are not. */
async function sweep(): Promise<void> {
  for (const name of await readdir("/srv")) {
    const run = /^sph(\d+)x\d+$/.exec(name)?.[1];
    if (run === undefined || existsSync(`/proc/${run}`)) continue;
    await execute("ip", ["netns", "delete", name]).catch(() => undefined);
    await removeFolder(join("/srv", name));
  }
}

async function output([program = "", ...words]: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, words, { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/** A network of two: the runner's end here, the host's in a namespace. */
async function wire(name: string): Promise<{ readonly runner: string; readonly host: string }> {
  const base = `10.212.${process.pid % 256}.${(hosts % 64) * 4}`.split(".").map(Number);
  const address = (last: number): string => [...base.slice(0, 3), (base[3] ?? 0) + last].join(".");
  const [runner, host] = [address(1), address(2)];
  const inside = ["ip", "-n", name];
  const commands = [
    ["ip", "netns", "add", name],
    ["ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name],
    ["ip", "address", "add", `${runner}/30`, "dev", name],
    ["ip", "link", "set", name, "up"],
    [...inside, "address", "add", `${host}/30`, "dev", "eth0"],
    [...inside, "link", "set", "lo", "up"],
    [...inside, "link", "set", "eth0", "up"],
    // Containers have addresses beyond this machine's end.
    [...inside, "route", "add", "default", "via", runner],
  ];
  for (const command of commands) await output(command);
  return { runner, host };
}

/** What the host has on disk. */
async function furnish(folder: string, name: string, id: number, options: HostOptions): Promise<void> {
  const parts = ["ssh", "bin", "root/bin", "toolbox/bin", "apps", "home/.docker/cli-plugins"];
  for (const part of parts) await mkdir(join(folder, part), { recursive: true });
  // All of it: a single file that is mounted over vanishes when somebody outside replaces the one below.
  await output(["cp", "-a", "/etc", folder]);
  // It knows its own name, as git asks for, and no other.
  await writeFile(join(folder, "etc/hosts"), `127.0.0.1 localhost\n127.0.1.1 ${name}\n`);
  await rm(join(folder, "etc/resolv.conf"), { force: true });
  const group = (await stat(engineSocket())).gid;
  const owner = `${name}:x:${id}:${id}::${join(folder, "home")}:${options.shell ?? "/bin/sh"}\n`;
  await writeFile(join(folder, "etc/passwd"), (await readFile("/etc/passwd", "utf8")) + owner);
  // `*`: no password, and not locked either, which sshd would refuse.
  await writeFile(join(folder, "etc/shadow"), `${await readFile("/etc/shadow", "utf8")}${name}:*:20000:0:99999:7:::\n`, { mode: 0o600 });
  const groups = (await readFile("/etc/group", "utf8"))
    .split("\n")
    .filter(Boolean)
    .filter((line) => line.split(":")[2] !== String(group));
  const bySudo = options.engineBy === "sudo";
  await writeFile(join(folder, "etc/group"), [...groups, `${name}:x:${id}:`, `engine:x:${group}:${bySudo ? "" : name}`, ""].join("\n"));
  const lacking = (program: string): boolean =>
    (LACKING.test(program) && !(bySudo && program === "sudo")) || (options.postgresTools !== true && POSTGRES_TOOLS.test(program));
  for (const place of ["/usr/bin", "/usr/sbin"]) {
    for (const program of await readdir(place)) {
      const link = join(folder, "bin", program);
      if (!lacking(program) && !existsSync(link)) await symlink(join(place, program), link);
    }
  }
  for (const file of [clientIn(options), "toolbox/bin/docker-compose"]) await writeFile(join(folder, file), "");
  for (const key of ["host", "id"])
    await output(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", join(folder, "ssh", key)]);
  await output(["cp", join(folder, "ssh/id.pub"), join(folder, "ssh/authorized_keys")]);
  const config = [
    "Port 22",
    `HostKey ${join(folder, "ssh/host")}`,
    `PidFile none`,
    `AuthorizedKeysFile ${join(folder, "ssh/authorized_keys")}`,
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin no",
    "UsePAM no",
    "StrictModes no",
    "UseDNS no",
    "MaxStartups 100",
    ...(await withoutPenalties()),
    `SetEnv PATH=${join(folder, "bin")}`,
    "Subsystem sftp internal-sftp",
  ];
  await writeFile(join(folder, "ssh/config"), `${config.join("\n")}\n`);
  for (const plugin of await plugins()) await writeFile(join(folder, "home/.docker/cli-plugins", basename(plugin)), "");
  for (const part of ["apps", "home", "home/.docker", "home/.docker/cli-plugins"]) await chown(join(folder, part), id, id);
}

function clientIn({ engineBy }: HostOptions): string {
  return engineBy === "sudo" ? "root/bin/docker" : "bin/docker";
}

/** The client's plugins that deploys need. */
async function plugins(): Promise<readonly string[]> {
  const known = JSON.parse(await docker(["info", "--format", "{{json .ClientInfo.Plugins}}"])) as { Name: string; Path: string }[];
  const needed = known.filter(({ Name }) => Name === "compose" || Name === "buildx");
  return await Promise.all(needed.map(async ({ Path }) => Path));
}

async function boot(name: string, folder: string, options: HostOptions): Promise<ChildProcess> {
  const client = await output(["sh", "-c", `PATH=$1 command -v docker`, "sh", engineEnv()["PATH"] ?? ""]);
  const env = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    HOST_NAME: name,
    HOST_FOLDER: folder,
    HOST_SOCKET: await realpath(engineSocket()),
    HOST_CLIENT: await realpath(client),
    HOST_CLIENT_IN: clientIn(options),
    HOST_PLUGINS: (await plugins()).join("\n"),
    HOST_HIDDEN: outermost([REPOSITORY, tmpdir(), homedir()].filter((each) => existsSync(each))).join("\n"),
    HOST_TOOLS: options.postgresTools === true ? "1" : "",
  };
  const script = fileURLToPath(new URL("host.sh", import.meta.url));
  const words = [
    "netns",
    "exec",
    name,
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child=KILL",
    "--mount-proc",
    "--uts",
    "sh",
    script,
  ];
  // In a session of its own: an interrupt at the terminal must not take it away before what it holds is cleaned up.
  const child = spawn("ip", words, { env, cwd: "/", stdio: "pipe", detached: true });
  let said = "";
  child.stderr.on("data", (part: Buffer) => (said += part.toString()));
  await new Promise<void>((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`the host ended with ${code}: ${said}`)));
    createInterface(child.stdout).on("line", (line) => {
      if (line === "ready") done();
    });
  });
  return child;
}

function outermost(folders: readonly string[]): readonly string[] {
  return folders.filter((one) => !folders.some((other) => one.startsWith(`${other}/`)));
}

/** The process that is the first of the new namespace: the only child of `unshare`, which `ip` became. */
async function firstProcess(child: ChildProcess): Promise<number> {
  return Number(await output(["pgrep", "-P", String(child.pid)]));
}

const RELAY = `
const [port, to] = process.argv.slice(1);
const { connect, createServer } = require("node:net");
createServer((client) => {
  const server = connect(Number(port), to);
  client.on("error", () => server.destroy());
  server.on("error", () => client.resetAndDestroy());
  client.pipe(server).pipe(client);
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
`;

/** The engine publishes ports on this machine; this brings one of them to the host's loopback. */
async function startRelay(name: string, port: number, to: string): Promise<ChildProcess> {
  const words = ["netns", "exec", name, process.execPath, "-e", RELAY, String(port), to];
  const child = spawn("ip", words, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`the relay of port ${port} ended with ${code}`)));
    child.stdout.once("data", () => done());
  });
  return child;
}

async function answering(address: string): Promise<void> {
  for (let turn = 0; turn < 400; turn += 1) {
    const greeted = await new Promise<boolean>((done) => {
      const socket = connect(22, address);
      socket.once("data", () => done(true));
      socket.once("error", () => done(false));
      socket.once("close", () => done(false));
      socket.setTimeout(5_000, () => socket.destroy());
    }).catch(() => false);
    if (greeted) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error("the host's sshd does not answer");
}
