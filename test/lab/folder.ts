import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MEMORY = "/dev/shm";
const ROOM = 2 * 1024 ** 3;

/**
 * A new folder for clusters, repositories and states: in memory, where this machine has room there for a whole test run. To
 * make a database is to make a thousand files, which costs four times as much on a disk, and a disk waits at each sync.
 * Outside of a test run (a bench measures a disk, too) it is where all temporary files are.
 */
export async function labFolder(prefix: string): Promise<string> {
  return await mkdtemp(join(process.env["SAVEPOINT_LAB_FOLDERS"] ?? tmpdir(), prefix));
}

/** Where a test run's folders are made. Memory must be large enough, and programs must be allowed to run there. */
export function placeOfFolders(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ROOM && programsRunIn(MEMORY) ? MEMORY : tmpdir();
}

function programsRunIn(place: string): boolean {
  const folder = mkdtempSync(join(place, "savepoint-try-"));
  try {
    const program = join(folder, "program");
    writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
    execFileSync(program);
    return true;
  } catch {
    // A mount without `exec`, as a container's /dev/shm has it.
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
