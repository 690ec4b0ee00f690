import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** Where `scripts/engine.mjs` unpacks an engine. */
const UNPACKED = fileURLToPath(new URL("../../.lab/engine", import.meta.url));

/** A real Docker engine with compose v2. */
export interface Engine extends AsyncDisposable {
  /** What makes `docker` and `docker compose` work with it: DOCKER_HOST, DOCKER_CONFIG, PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when it answers; rejects where it does not start. */
  readonly answering: Promise<void>;
}

/** One that nobody else has. */
export interface OwnEngine extends Engine {
  /** Ends it, which stops its containers, and starts it again, as `systemctl restart docker` does. */
  restart(): Promise<void>;
}

/** The engine that is there (DOCKER_HOST, or the machine's own), else a throwaway one of our own, which needs root and comes up. */
export async function openEngine(): Promise<Engine> {
  return (await present()) ?? (await beginEngine());
}

export interface EngineOptions {
  /** All that it keeps lies on a disk of its own, of this size (`900m`), which hosts of the lab can look at. */
  readonly disk?: string;
}

/** The engine of this test run: what `test/lab/containers.ts` opened, as an environment for commands. */
export function engineEnv(): Readonly<Record<string, string>> {
  const text = process.env["SAVEPOINT_LAB_ENGINE"];
  if (text === undefined) throw new Error("no engine: run through vitest's project containers (test/lab/containers.ts opens it)");
  const engine = JSON.parse(text) as { readonly env?: Record<string, string>; readonly missing?: string };
  if (engine.env === undefined)
    throw new Error(`this test needs a Docker engine, and there is none: ${engine.missing ?? "nobody says why"}`);
  return engine.env;
}

/** Runs the engine's client; returns what it said, trimmed. Throws, with its errors, where it fails. */
export async function docker(words: readonly string[], options: { readonly cwd?: string } = {}): Promise<string> {
  const { stdout } = await execute("docker", [...words], {
    ...options,
    env: { ...process.env, ...engineEnv() },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim();
}

/** The path of the engine's socket. */
export function engineSocket(): string {
  return (engineEnv()["DOCKER_HOST"] ?? "unix:///var/run/docker.sock").replace(/^unix:\/\//, "");
}

async function present(): Promise<Engine | undefined> {
  const names = ["DOCKER_HOST", "DOCKER_CONFIG", "PATH"];
  const env = Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  const works = (await answers(env)) && (await succeeds(["compose", "version"], env));
  return works ? { env, answering: Promise.resolve(), [Symbol.asyncDispose]: async () => undefined } : undefined;
}

async function answers(env: Readonly<Record<string, string>>): Promise<boolean> {
  return await succeeds(["info"], env);
}

async function succeeds(words: readonly string[], env: Readonly<Record<string, string>>): Promise<boolean> {
  return await execute("docker", [...words], { env: { ...process.env, ...env }, timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

/** A throwaway engine of its own, whatever others there are: of the unpacked programs, else of this machine's. */
export async function startEngine(options: EngineOptions = {}): Promise<OwnEngine> {
  const engine = await beginEngine(options);
  try {
    await engine.answering;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  return engine;
}

async function beginEngine(options: EngineOptions = {}): Promise<OwnEngine> {
  const root = join(UNPACKED, "root");
  const daemon = [join(root, "usr/sbin/dockerd"), "/usr/sbin/dockerd", "/usr/bin/dockerd"].find((path) => existsSync(path));
  if (daemon === undefined) throw new Error("no Docker engine with compose answers, and none is unpacked: node scripts/setup.mjs ready");
  if (process.getuid?.() !== 0) throw new Error("no Docker engine answers; to start one of their own the tests need root");
  const folder = await mkdtemp(options.disk === undefined ? join(tmpdir(), "savepoint-engine-") : "/srv/spe");
  const path = (...folders: readonly string[]) => [...folders.map((part) => join(root, part)), "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  const unpacked = daemon.startsWith(root);
  const env = {
    DOCKER_HOST: `unix://${join(folder, "docker.sock")}`,
    ...(unpacked ? { DOCKER_CONFIG: join(UNPACKED, "config") } : {}),
    PATH: [...(unpacked ? [join(root, "usr", "bin")] : []), process.env["PATH"]].join(delimiter),
  };
  if (options.disk !== undefined) {
    // Others may look how full it is, as on any server.
    await chmod(folder, 0o711);
    await mkdir(join(folder, "data"));
    await execute("mount", ["-t", "tmpfs", "-o", `size=${options.disk},mode=710`, "tmpfs", join(folder, "data")]);
  }
  // A bridge of its own: engines of other runs, and the machine's own, have theirs.
  const bridge = `sp${process.pid}`;
  await execute("ip", ["link", "add", "name", bridge, "type", "bridge"]);
  await execute("ip", ["address", "add", `10.211.${process.pid % 256}.1/24`, "dev", bridge]);
  const words = [
    `--data-root=${join(folder, "data")}`,
    `--exec-root=${join(folder, "exec")}`,
    `--pidfile=${join(folder, "pid")}`,
    `--host=${env.DOCKER_HOST}`,
    `--bridge=${bridge}`,
    ...(unpacked ? [`--userland-proxy-path=${join(root, "usr", "sbin", "docker-proxy")}`] : []),
    // Nothing outside is changed. Ports are published by the proxy alone, and containers do not reach the internet.
    "--iptables=false",
    "--ip6tables=false",
  ];
  const log = join(folder, "log");
  const output = openSync(log, "w");
  const begin = (): ChildProcess => {
    // In a session of its own: an interrupt at the terminal must not end it before the containers are gone.
    const started = spawn(daemon, words, {
      env: { PATH: path(...(unpacked ? ["firewall", "usr/bin", "usr/sbin"] : [])).join(delimiter), LC_ALL: "C" },
      cwd: folder,
      stdio: ["ignore", output, output],
      detached: true,
    });
    started.unref();
    return started;
  };
  let child = begin();
  // It ends by itself when this process ends, however that happens.
  const script = fileURLToPath(new URL("engine-end.sh", import.meta.url));
  const end = spawn("sh", [script], {
    env: { ...process.env, ...env, ENGINE_FOLDER: folder, ENGINE_BRIDGE: bridge, ENGINE_PID: String(child.pid) },
    cwd: "/",
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
  });
  const answering = untilItAnswers({ env, child, log });
  // Whoever waits for it hears of it; until then it is nobody's unhandled failure.
  answering.catch(() => undefined);
  return {
    env,
    answering,
    async restart() {
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await gone;
      child = begin();
      await untilItAnswers({ env, child, log });
    },
    async [Symbol.asyncDispose]() {
      const gone = new Promise<void>((done) => end.once("exit", () => done()));
      end.stdin?.end();
      await gone;
    },
  };
}

interface Coming {
  readonly env: Readonly<Record<string, string>>;
  readonly child: ChildProcess;
  readonly log: string;
}

async function untilItAnswers({ env, child, log }: Coming): Promise<void> {
  for (let turn = 0; !(await answers(env)); turn += 1) {
    if (child.exitCode !== null || turn >= 600) {
      const said = (await readFile(log, "utf8")).split("\n").slice(-8).join("\n");
      throw new Error(`the Docker engine did not start:\n${said}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}
