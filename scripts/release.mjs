/**
 * The parts of a release (CONTRIBUTING.md, A release), each safe to run again. Plain JavaScript without dependencies: two
 * of them run beside a token that may write, where no package of others is installed.
 *
 * `assets FOLDER` refuses a version that cannot be released, and puts checksum, licences, packed tarball and notes beside the
 * `cli.js` that was built there; both programs then say their commit and its day.
 * `tag` commits the tree with its owner filled in, and pushes `vX.Y.Z` at it: never over another commit.
 * `move` moves `vX` there, if nobody else moved it meanwhile. Below 1.0.0 any version may break what was: there nothing moves,
 * and the released pages and workflows say the whole version instead of the major one to come.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What users read and run; tests and scripts go on speaking of the placeholder. */
const FILLED = [".github", "actions", "dist", "docs", "examples", "package.json", "src", "*.md"];
/** What stands there until then (src/version.ts). */
const UNBUILT = "COMMIT, DAY OF THE RELEASE";
const [command = "", folder = ""] = process.argv.slice(2);
const commands = { assets, tag, move };
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const name = `v${version}`;
const major = name.split(".")[0];
/** What the tree says, and what stands there in a release: a tag that is there. */
const said = major === "v0" ? "v1" : major;
const used = major === "v0" ? name : major;

try {
  if (commands[command] === undefined) throw new Error(`say what to do: ${Object.keys(commands).join(", ")}`);
  commands[command]();
} catch (error) {
  console.error(`release: ${error.message}.`);
  process.exitCode = 1;
}

function assets() {
  const notes = releasable();
  const filled = fill();
  stamp([join(folder, "cli.js"), ...readdirSync(join("dist", "shared")).map((name) => join("dist", "shared", name))]);
  writeFileSync(join(folder, "cli.js.sha256"), `${sumOf(join(folder, "cli.js"))}  cli.js\n`);
  copyFileSync(join("dist", "LICENSES.txt"), join(folder, "LICENSES.txt"));
  writeFileSync(join(folder, "notes.md"), notes);
  run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder]);
  console.log(`${name}: the files are in ${folder}; the owner is filled in, in ${filled.length} files`);
  if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `tag=${name}\n`);
}

/** Writes into the programs that are published, and in no commit, from which commit they are and of what day that is (UTC). */
function stamp(files) {
  const from = run("git", ["log", "-1", "--abbrev=12", "--date=format-local:%Y-%m-%d", "--format=%h, %cd"], { TZ: "UTC" });
  const stamped = files.filter((file) => {
    const text = readFileSync(file, "utf8");
    if (!text.includes(UNBUILT)) return false;
    writeFileSync(file, text.replaceAll(UNBUILT, from));
    return true;
  });
  if (stamped.length !== 2) throw new Error(`cli.js and one file of dist/shared say of which commit they are; found ${stamped.length}`);
}

function tag() {
  const commit = releaseCommit();
  const there = remote(name);
  if (there === commit) return console.log(`${name} is at ${commit} already`);
  if (there !== undefined) throw new Error(`${name} is at ${there} already, and a released version never moves`);
  push(commit, name, "");
}

function move() {
  if (major === "v0") return console.log(`${name} comes before 1.0.0: no tag moves`);
  const commit = releaseCommit();
  if (remote(name) !== commit) throw new Error(`${name} is not at ${commit}`);
  const there = remote(major);
  if (there === commit) return console.log(`${major} is at ${commit} already`);
  push(commit, major, there ?? "");
}

/** The notes of this version; throws where it cannot be one. */
function releasable() {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`the version is ${version}; it must be three numbers`);
  const section = readFileSync("CHANGELOG.md", "utf8")
    .split(/^## /m)
    .find((text) => text.split(/\s/)[0] === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section ${version}`);
  const others = run("git", ["grep", "-hoE", "OWNER/savepoint[^ `]*@v[0-9]+", "--", ...FILLED]).split("\n");
  if (others.some((use) => !use.endsWith(`@${said}`))) throw new Error(`the pages and workflows do not all say @${said}`);
  return section.split("\n").slice(1).join("\n").trim();
}

/** Puts this repository's name where the placeholder stands; returns the files. */
function fill() {
  const repository = process.env.GITHUB_REPOSITORY ?? "";
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error("GITHUB_REPOSITORY does not say whose this is");
  const files = run("git", ["grep", "-lE", "OWNER/savepoint|@OWNER", "--", ...FILLED]).split("\n");
  for (const file of files) {
    const text = readFileSync(file, "utf8")
      .replaceAll(/(OWNER\/savepoint[^ `"]*)@v\d+/g, `$1@${used}`)
      .replaceAll("OWNER/savepoint", repository);
    writeFileSync(file, text.replaceAll("@OWNER", `@${repository.split("/")[0]}`));
  }
  return files;
}

/** This commit with the owner filled in, on top of it. Made again it is the same, as its time is that of the one below. */
function releaseCommit() {
  const [base, date] = run("git", ["log", "-1", "--format=%H %ct"]).split(" ");
  if (run("git", ["status", "--porcelain", "--untracked-files=no"]) !== "") throw new Error("the tree has changes of its own");
  run("git", ["add", "--", ...fill()]);
  const tree = run("git", ["write-tree"]);
  run("git", ["reset", "--quiet", "--hard", base]);
  const who = { NAME: "Savepoint release", EMAIL: "savepoint@users.noreply.github.com", DATE: `${date} +0000` };
  const env = Object.fromEntries(
    Object.entries(who).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]),
  );
  return run("git", ["commit-tree", tree, "-p", base, "-m", `Savepoint ${version}`], env);
}

function remote(tagName) {
  const line = run("git", ["ls-remote", "origin", `refs/tags/${tagName}`], credentials());
  return line === "" ? undefined : line.split("\t")[0];
}

/** Only if the tag is still where it was seen (empty: nowhere). */
function push(commit, tagName, seen) {
  const ref = `refs/tags/${tagName}`;
  run("git", ["push", "--quiet", `--force-with-lease=${ref}:${seen}`, "origin", `${commit}:${ref}`], credentials());
  console.log(`${tagName} is at ${commit}`);
}

/** The token stands in the environment of the one git that talks to GitHub: in no argument, no file. */
function credentials() {
  const token = process.env.RELEASE_TOKEN;
  if (!token) return {};
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return {
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.https://github.com/.extraheader",
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basic}`,
  };
}

function sumOf(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function run(program, words, more = {}) {
  const { RELEASE_TOKEN: _, ...env } = process.env;
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: "utf8", env: { ...env, ...more } });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${words[0]} failed: ${stderr.trim()}`);
  return stdout.trim();
}
