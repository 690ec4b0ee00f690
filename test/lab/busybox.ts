import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeFolder } from "./folder.ts";

/** A folder for PATH that holds busybox's own tools and no others, as on an Alpine host; `ash` and `sh` are its shell. */
export interface Busybox extends AsyncDisposable {
  readonly folder: string;
}

/** Throws where busybox is not installed. */
export async function busyboxOnly(): Promise<Busybox> {
  const program = ["/usr/bin/busybox", "/bin/busybox"].find((path) => existsSync(path));
  if (program === undefined) throw new Error("no busybox on this machine: apt-get install busybox");
  const folder = await mkdtemp(join(tmpdir(), "savepoint-busybox-"));
  await chmod(folder, 0o755);
  for (const applet of execFileSync(program, ["--list"], { encoding: "utf8" }).trim().split("\n"))
    await symlink(program, join(folder, applet));
  return { folder, [Symbol.asyncDispose]: async () => await removeFolder(folder) };
}
