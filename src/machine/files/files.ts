// machine/files: files that are written whole or not at all, on any machine.

import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { Failure, refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { FileScript, inScript } from "./script.ts";

/** What a folder holds. Sizes are bytes, times milliseconds since the epoch. */
export interface FolderEntry {
  readonly name: string;
  readonly size: number;
  readonly kind: "file" | "directory" | "other";
  readonly modified: number;
}

/** The text of a file, or undefined where there is none. Throws a Failure where it may not be read. */
export async function readText(machine: Machine, path: string): Promise<string | undefined> {
  const { code, stdout } = await inScript(machine, FileScript.read, [path], { allowed: ["missing"], all: true, repeatable: true });
  return code === "missing" ? undefined : stdout;
}

/** Publishes a file whole or not at all, and durably. The mode is 0600 where none is given; the folder must exist. */
export async function writeText(machine: Machine, path: string, text: string, options: { readonly mode?: number } = {}): Promise<void> {
  const words = [path, octal(options.mode ?? 0o600), String(Buffer.byteLength(text)), unguessable()];
  await inScript(machine, FileScript.write, words, { stdin: text, repeatable: true });
}

/** Whether there is anything of that name. */
export async function exists(machine: Machine, path: string): Promise<boolean> {
  const { code } = await inScript(machine, FileScript.exists, [path], { allowed: ["missing"], repeatable: true });
  return code === "ok";
}

/** Makes a folder and the parents it lacks, mode 0700 where none is given. One that exists is left as it is. */
export async function makeDirectory(machine: Machine, path: string, options: { readonly mode?: number } = {}): Promise<void> {
  await inScript(machine, FileScript.makeDirectory, [path, octal(options.mode ?? 0o700)], { repeatable: true });
}

/** What a folder holds, by name; nothing where there is no folder. Symbolic links are followed, broken ones are `other`. */
export async function listFolder(machine: Machine, path: string): Promise<readonly FolderEntry[]> {
  const { code, stdout } = await inScript(machine, FileScript.list, [path], { allowed: ["missing"], all: true, repeatable: true });
  if (code === "missing") return [];
  const fields = stdout.split("\0");
  const entries: FolderEntry[] = [];
  // Kinds and names take turns; only in a kind's place `end` is the end.
  const end = fields.findIndex((field, at) => at % 2 === 0 && field === "end");
  const stats = (fields[end + 1] ?? "").split("\n");
  let line = 0;
  for (let at = 0; at < end; at += 2) {
    // A broken link has nothing to tell.
    const [size = 0, seconds = 0] = fields[at] === "l" ? [] : (stats[line++] ?? "").split(" ").map(Number);
    entries.push({ kind: kindOf(fields[at]), name: fields[at + 1] ?? "", size, modified: seconds * 1000 });
  }
  return entries;
}

function kindOf(letter: string | undefined): FolderEntry["kind"] {
  if (letter === "f") return "file";
  return letter === "d" ? "directory" : "other";
}

/** Removes a file or a folder with all in it; a missing one is fine. Refuses `/`, an empty path, and the home folder or its parents. */
export async function remove(machine: Machine, path: string): Promise<void> {
  const plain = posix.normalize(path).replace(/(?<=.)\/+$/, "");
  if (path === "" || plain === "/" || !plain.startsWith("/"))
    throw refusal(`${JSON.stringify(path)} is not removed.`, { code: "refused-path" });
  await inScript(machine, FileScript.remove, [plain], { repeatable: true });
}

/** Renames within one file system, over a file of the new name, and makes it durable. */
export async function rename(machine: Machine, from: string, to: string): Promise<void> {
  await inScript(machine, FileScript.rename, [from, to]);
}

/** Free bytes, for this user, of the file system on which the path is or would be. */
export async function freeBytes(machine: Machine, path: string): Promise<number> {
  const { stdout } = await inScript(machine, FileScript.free, [path], { repeatable: true });
  return numberIn(stdout, `The free space of ${path}`) * 1024;
}

/** Bytes. */
export async function fileSize(machine: Machine, path: string): Promise<number> {
  const { stdout } = await inScript(machine, FileScript.size, [path], { repeatable: true });
  return numberIn(stdout, `The size of ${path}`);
}

/** Lower-case hexadecimal, of all the file's bytes. Rejects with Cancelled when the signal says so. */
export async function sha256(machine: Machine, path: string, options: { readonly signal?: AbortSignal } = {}): Promise<string> {
  const { stdout } = await inScript(machine, FileScript.sha256, [path], { ...options, repeatable: true });
  const sum = /^[0-9a-f]{64}/.exec(stdout)?.[0];
  if (sum === undefined)
    throw new Failure(`The checksum of ${path} on ${machine.name} cannot be read.`, {
      code: "tool-failed",
      evidence: [stdout.slice(0, 200)],
    });
  return sum;
}

/** The login user's home folder. */
export async function home(machine: Machine): Promise<string> {
  const { stdout } = await inScript(machine, FileScript.home, ["~"], { repeatable: true });
  return stdout;
}

/** Absolute and without `..`: `~` is the login user's home; a relative path starts there on a host, and here in the working folder. */
export async function resolvePath(machine: Machine, path: string): Promise<string> {
  if (path.startsWith("/")) return tidy(path);
  if (path === "~" || path.startsWith("~/")) return tidy(posix.join(await home(machine), path.slice(1)));
  if (path.startsWith("~"))
    throw refusal(`${JSON.stringify(path)}: another user's home is not looked up.`, { code: "refused-path", hint: "Give the full path." });
  if (path === "") throw refusal("The path is empty.", { code: "refused-path" });
  const { stdout } = machine.local
    ? await inScript(machine, FileScript.here, ["."], { repeatable: true })
    : await inScript(machine, FileScript.home, ["~"], { repeatable: true });
  return tidy(posix.join(stdout, path));
}

function tidy(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/+$/, "");
}

/** A part of a name that nobody else can know before. */
function unguessable(): string {
  return randomBytes(8).toString("hex");
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function numberIn(text: string, what: string): number {
  const number = Number(text.trim());
  if (text.trim() === "" || !Number.isSafeInteger(number))
    throw new Failure(`${what} cannot be read.`, { code: "tool-failed", evidence: [text.slice(0, 200)] });
  return number;
}
