import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
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

const RUN = /^savepoint-run-(\d+)$/;

/** Makes the folder that all folders of this test run are made in, and takes away those of runs that were killed. */
export function folderOfRun(): string {
  const place = placeOfFolders();
  sweep(place);
  const folder = join(place, `savepoint-run-${process.pid}`);
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(join(folder, OF), numbersOf());
  return folder;
}

/** Whose process numbers a folder is called by: a container that shares this memory has its own, and sees none of ours. */
const OF = ".of";

function numbersOf(): string {
  return readlinkSync("/proc/self/ns/pid");
}

function isOfOthers(folder: string): boolean {
  try {
    return readFileSync(join(folder, OF), "utf8") !== numbersOf();
  } catch {
    // It was made before this was noted.
    return false;
  }
}

/** A run that was killed leaves its cluster, its apps, and gigabytes of memory. */
function sweep(place: string): void {
  for (const name of readdirSync(place)) {
    const run = RUN.exec(name)?.[1];
    if (run === undefined || (run !== String(process.pid) && existsSync(`/proc/${run}`))) continue;
    if (isOfOthers(join(place, name))) continue;
    endAllIn(join(place, name));
    rmSync(join(place, name), { recursive: true, force: true });
  }
}

/** Ends every process that works in a folder: servers, the app in all its versions, and what a killed command left. */
export function endAllIn(folder: string): void {
  for (const pid of allIn(folder)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended while we looked, or is another user's.
    }
  }
}

function allIn(folder: string): readonly number[] {
  const others = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return others.map(Number).filter((pid) => {
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      return (cwd === folder || cwd.startsWith(`${folder}/`)) && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(" Z ");
    } catch {
      return false;
    }
  });
}

/**
 * Ends what works in a folder, and takes the folder away. What is ended may still write for a moment on a busy machine: that is
 * waited for. Who goes on all the same is named.
 */
export async function removeFolder(folder: string): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    endAllIn(folder);
    try {
      await rm(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
      if (turn >= 300) throw new Error(`${folder} is still written to, perhaps by: ${whoIs(folder).join("; ")}`, { cause: error });
    }
    await new Promise((again) => setTimeout(again, 100));
  }
}

/** Who works in the folder, or was told of it. */
function whoIs(folder: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const told = words.includes(folder) || readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder);
        return told || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) ? [`${pid} ${words}`] : [];
      } catch {
        return [];
      }
    });
}

/** Memory must be large enough, and programs must be allowed to run there. */
function placeOfFolders(): string {
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
