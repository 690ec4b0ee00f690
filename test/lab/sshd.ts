import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./postgres.ts";
import { removeFolder } from "./folder.ts";

const execute = promisify(execFile);
const PROGRAM = "/usr/sbin/sshd";

export type HostKeyType = "ed25519" | "ecdsa" | "rsa";

export interface SshdOptions {
  /** More lines for sshd_config; the first line for an option wins, and these come first. */
  readonly config?: readonly string[];
  /** The host's keys; one of each type. Default: ed25519. */
  readonly hostKeys?: readonly HostKeyType[];
  /** Log in as a throwaway user who is not root. Needs root to make one. */
  readonly plainUser?: boolean;
  /** The login shell of the throwaway user. Default: /bin/sh. */
  readonly shell?: string;
  /** Whether an address is turned away for a while after refused logins, as OpenSSH does from 9.8 on. Default: no. */
  readonly penalties?: boolean;
  /** The environment of commands, beyond sshd's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A real OpenSSH server on 127.0.0.1 with throwaway keys. */
export interface Sshd extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The home folder of the user. */
  readonly home: string;
  /** The client's private key, as text. */
  readonly key: string;
  /** The same key in a file, for OpenSSH's own client. */
  readonly keyFile: string;
  /** known_hosts lines for all of the host's keys. */
  readonly knownHosts: string;
  /** `SHA256:…` of the first host key. */
  readonly fingerprint: string;
  /** The host keys' public lines (`ssh-ed25519 AAAA…`), by type. */
  readonly publicKeys: Readonly<Partial<Record<HostKeyType, string>>>;
  /** What sshd logged so far. */
  log(): Promise<string>;
  /** Kills the server's side of all connections; the commands that run stay alive. */
  drop(): void;
  /** Ends the listener and all connections. */
  stop(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
}

let users = 0;

/** Starts sshd. Throws where OpenSSH's server is not installed. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (!existsSync(PROGRAM)) throw new Error("no OpenSSH server on this machine: apt-get install openssh-server");
  const folder = await mkdtemp(join(tmpdir(), "savepoint-sshd-"));
  await chmod(folder, 0o755);
  const port = await freePort();
  const types = options.hostKeys ?? ["ed25519"];
  await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", join(folder, "id")]);
  for (const type of types) await execute("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", join(folder, `host_${type}`)]);
  await execute("cp", [join(folder, "id.pub"), join(folder, "authorized_keys")]);
  const account =
    options.plainUser === true ? await makeUser(options.shell ?? "/bin/sh") : { name: userInfo().username, home: userInfo().homedir };
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true });
  // With a shell level bash does not read the user's own .bashrc, which may be slow and is not what is tested.
  const env = Object.entries({ SHLVL: "2", ...options.env }).map(([name, value]) => `"${name}=${value}"`);
  const config = [
    ...(options.config ?? []),
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...types.map((type) => `HostKey ${join(folder, `host_${type}`)}`),
    "PidFile none",
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "UsePAM no",
    "StrictModes no",
    // Many logins at once, and logins that are refused, are a test's daily bread.
    "MaxStartups 100",
    ...(options.penalties === true ? [] : await withoutPenalties()),
    `SetEnv ${env.join(" ")}`,
    "Subsystem sftp internal-sftp",
  ];
  await writeFile(join(folder, "sshd_config"), `${config.join("\n")}\n`);
  await execute(PROGRAM, ["-t", "-f", join(folder, "sshd_config")]);
  const publicKeys: Partial<Record<HostKeyType, string>> = {};
  for (const type of types)
    publicKeys[type] = (await readFile(join(folder, `host_${type}.pub`), "utf8")).split(" ").slice(0, 2).join(" ").trim();
  const { stdout: listed } = await execute("ssh-keygen", ["-lf", join(folder, `host_${types[0]}.pub`)]);
  const server = new Server(folder, port);
  const lab: Sshd = {
    host: "127.0.0.1",
    port,
    user: account.name,
    home: account.home,
    key: await readFile(join(folder, "id"), "utf8"),
    keyFile: join(folder, "id"),
    knownHosts: `${Object.values(publicKeys)
      .map((line) => `[127.0.0.1]:${port} ${line}`)
      .join("\n")}\n`,
    fingerprint: /SHA256:\S+/.exec(listed)?.[0] ?? "",
    publicKeys,
    log: async () => await readFile(join(folder, "log"), "utf8"),
    drop: () => server.drop(),
    stop: async () => await server.stop(),
    start: async () => await server.start(),
    restart: async () => {
      await server.stop();
      await server.start();
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      if (options.plainUser === true) await removeUser(account.name);
      await removeFolder(folder);
    },
  };
  await server.start();
  return lab;
}

/** Whether this machine's server turns addresses away after refused logins: OpenSSH does from 9.8 on. */
export async function knowsPenalties(): Promise<boolean> {
  return await execute(PROGRAM, ["-T", "-f", "/dev/null", "-o", "PerSourcePenalties=no", "-h", "/dev/null"]).then(
    () => true,
    (error: { readonly stderr?: string }) => error.stderr?.includes("Bad configuration option") !== true,
  );
}

/** What switches that off; an older server refuses to know the option. */
export async function withoutPenalties(): Promise<readonly string[]> {
  return (await knowsPenalties()) ? ["PerSourcePenalties no"] : [];
}

class Server {
  readonly #folder: string;
  readonly #port: number;
  #listener: ChildProcess | undefined;
  readonly #atExit = (): void => {
    this.drop();
    this.#listener?.kill("SIGKILL");
  };

  constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  async start(): Promise<void> {
    const { PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" } = process.env;
    this.#listener = spawn(PROGRAM, ["-D", "-f", join(this.#folder, "sshd_config"), "-E", join(this.#folder, "log")], {
      stdio: "ignore",
      env: { PATH },
    });
    process.once("exit", this.#atExit);
    for (let turn = 0; turn < 200; turn += 1) {
      if (this.#listener.exitCode !== null) throw new Error(`sshd ended at once: ${await readFile(join(this.#folder, "log"), "utf8")}`);
      if (await answers(this.#port)) return;
      await new Promise((done) => setTimeout(done, 25));
    }
    throw new Error("sshd does not answer");
  }

  async stop(): Promise<void> {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    process.off("exit", this.#atExit);
    const gone = new Promise((done) => listener.once("exit", done));
    const sessions = sessionsOf(listener.pid);
    listener.kill("SIGTERM");
    for (const session of sessions) kill(session);
    await gone;
  }

  drop(): void {
    for (const session of sessionsOf(this.#listener?.pid)) kill(session);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The processes that serve connections: one each, or, from OpenSSH 9.8 on, two, of which the second one talks. */
function sessionsOf(listener: number | undefined): number[] {
  const first = childrenOf(listener);
  return [...first, ...first.flatMap((child) => childrenOf(child).filter((pid) => nameOf(pid).startsWith("sshd")))];
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8");
  } catch {
    // It ended while we looked.
    return "";
  }
}

function childrenOf(parent: number | undefined): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent;
      } catch {
        // It ended while we looked.
        return false;
      }
    });
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
    socket.once("close", () => done(false));
  });
}

async function makeUser(shell: string): Promise<{ name: string; home: string }> {
  users += 1;
  const name = `sp${process.pid}x${users}`;
  // `*`: no password, and not locked either, which sshd would refuse.
  await execute("useradd", ["--create-home", "--password", "*", "--shell", shell, name]);
  const { stdout } = await execute("getent", ["passwd", name]);
  return { name, home: stdout.split(":")[5] ?? `/home/${name}` };
}

async function removeUser(name: string): Promise<void> {
  // A process of the user's that a test left running would keep the account.
  await execute("sh", ["-c", `pkill -KILL -u "$1"; sleep 0.1; userdel --force --remove "$1" 2>/dev/null`, "sh", name]);
}
