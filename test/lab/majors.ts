import { existsSync } from "node:fs";
import { chmod, cp } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { RELEASES, serverFolder } from "../../scripts/servers.mjs";
import { labFolder } from "./folder.ts";
import { type Cluster, startCluster } from "./postgres.ts";

/** The major versions of PostgreSQL on which what differs among them is tried. */
export const MAJORS: readonly number[] = Object.keys(RELEASES).map(Number);

/** A throwaway cluster of a major version. Debian's own where it is there, else the one that the set-up installed. */
export async function startMajor(major: number): Promise<Cluster> {
  const programs = serverFolder(major);
  if (!existsSync(join(programs, "initdb")))
    throw new Error(`there is no server of PostgreSQL ${major} (${programs}): node scripts/setup.mjs ready`);
  return await startCluster({ programs: programs.startsWith("/usr/") ? programs : await within(programs) });
}

/** Where the user that a server runs as can reach them: a home's cache is its owner's alone. */
async function within(programs: string): Promise<string> {
  const folder = await labFolder("savepoint-server-");
  await chmod(folder, 0o755);
  await cp(dirname(programs), folder, { recursive: true, verbatimSymlinks: true });
  return join(folder, basename(programs));
}
