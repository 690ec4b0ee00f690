/**
 * A Docker engine with compose v2 and buildx for the tests, on a machine that has none: Debian's packages unpacked below
 * `.lab/engine`. Nothing is installed, nothing outside that folder is written. Plain JavaScript, for any Node from 20 on.
 * It is started by `test/lab/engine.ts`.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const BASE = join(dirname(dirname(fileURLToPath(import.meta.url))), ".lab", "engine");
/** Of this system's own release: a newer one may want a newer libc. They are linked to the system's libraries or bring theirs. */
const OWN = [
  "runc",
  "tini",
  "iptables",
  "libip4tc2",
  "libip6tc2",
  "libxtables12",
  "libnetfilter-conntrack3",
  "libnfnetlink0",
  "libnftnl11",
  "libmnl0",
];
/** Static programs: any release's will do. Compose v2 came to Debian with 13. */
const ANY = ["docker.io", "containerd", "docker-cli", "docker-compose", "docker-buildx"];
/** How Ubuntu calls the same; its docker.io has the client too. */
const UBUNTU = ["docker.io", "containerd", "docker-compose-v2", "docker-buildx"];

/** Whether an engine that has compose v2 answers already. */
export function engineAnswers(env = process.env) {
  const quiet = (words) => spawnSync("docker", words, { env, stdio: "ignore", timeout: 20_000 }).status === 0;
  return quiet(["info"]) && quiet(["compose", "version"]);
}

/** Whether one is unpacked here. */
export function engineUnpacked() {
  return ["sbin/dockerd", "bin/runc", "bin/tini-static"].every((program) => existsSync(join(BASE, "root", "usr", program)));
}

/** Unpacks one; throws, with what went wrong, where that cannot be done. Needs apt-get; takes some 10 s. */
export function unpackEngine() {
  const work = `${BASE}.new`;
  rmSync(work, { recursive: true, force: true });
  const [root, archives] = [join(work, "root"), join(work, "archives")];
  mkdirSync(root, { recursive: true });
  mkdirSync(archives);
  // A fresh system's package lists may be empty or old.
  run(["apt-get", "-qq", "update"]);
  const system = readFileSync("/etc/os-release", "utf8");
  if (/^ID=ubuntu$/m.test(system)) download(archives, [], [...OWN, ...UBUNTU]);
  else {
    download(archives, [], OWN);
    download(archives, suite(join(work, "apt"), "trixie"), ANY);
  }
  for (const name of readdirSync(archives)) run(["dpkg-deb", "-x", join(archives, name), root]);
  const plugins = join(work, "config", "cli-plugins");
  mkdirSync(plugins, { recursive: true });
  for (const name of ["docker-compose", "docker-buildx"]) {
    const place = ["usr/libexec", "usr/lib"].find((folder) => existsSync(join(root, folder, "docker", "cli-plugins", name)));
    if (place === undefined) throw new Error(`the packages carry no ${name}`);
    symlinkSync(join("..", "..", "root", place, "docker", "cli-plugins", name), join(plugins, name));
  }
  wrapFirewall(root);
  rmSync(archives, { recursive: true });
  rmSync(join(work, "apt"), { recursive: true, force: true });
  rmSync(BASE, { recursive: true, force: true });
  renameSync(work, BASE);
}

/** Package lists of one suite of Debian alone, in a folder of their own; the options that make apt-get use them. */
function suite(folder, name) {
  for (const part of ["lists/partial", "cache/archives/partial", "sources"]) mkdirSync(join(folder, part), { recursive: true });
  const sources = "/etc/apt/sources.list.d/debian.sources";
  const uri = existsSync(sources) ? /^URIs:\s*(\S+)/m.exec(readFileSync(sources, "utf8"))?.[1] : undefined;
  const lines = [
    "Types: deb",
    `URIs: ${uri ?? "http://deb.debian.org/debian"}`,
    `Suites: ${name}`,
    "Components: main",
    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
  ];
  writeFileSync(join(folder, "sources", "engine.sources"), `${lines.join("\n")}\n`);
  const options = [
    "Dir::Etc::sourcelist=/dev/null",
    `Dir::Etc::sourceparts=${join(folder, "sources")}`,
    `Dir::State::lists=${join(folder, "lists")}`,
    `Dir::Cache=${join(folder, "cache")}`,
  ].flatMap((option) => ["-o", option]);
  run(["apt-get", ...options, "-o", "APT::Sandbox::User=root", "-qq", "update"]);
  return options;
}

function download(folder, options, packages) {
  run(["apt-get", ...options, "-o", "APT::Sandbox::User=root", "-qq", "download", ...packages], folder);
}

/** iptables looks for its libraries in the system's folders. */
function wrapFirewall(root) {
  const folder = join(root, "firewall");
  mkdirSync(folder);
  const libraries = join(root, "usr", "lib", `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`);
  for (const name of ["iptables", "ip6tables"]) {
    // The folder's name changes when it is whole; only then does anything run.
    const [at, program] = [libraries, join(root, "usr", "sbin", "xtables-nft-multi")].map((path) => path.replace(`${BASE}.new`, BASE));
    writeFileSync(join(folder, name), `#!/bin/sh\nLD_LIBRARY_PATH='${at}' XTABLES_LIBDIR='${at}/xtables' exec '${program}' ${name} "$@"\n`);
    chmodSync(join(folder, name), 0o755);
  }
}

function run([program, ...words], cwd = "/") {
  const { status, stderr, error } = spawnSync(program, words, { cwd, stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${error?.message ?? stderr.trim()}`);
}
