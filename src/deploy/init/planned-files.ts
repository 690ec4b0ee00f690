import type { Machine } from "../../core/machine.ts";
import { Failure } from "../../core/failure.ts";
import type { Block } from "../../core/outcome.ts";
import { makeDirectory, readText, writeText } from "../../machine/files/files.ts";

/** A file of the checkout as it is to be, and what is there. */
export interface PlannedFile {
  /** From the checkout's top. */
  readonly path: string;
  readonly text: string;
  /** `kept`: it is somebody's own, and does what it is to do. */
  readonly state: "new" | "same" | "differs" | "kept";
  /** Of one that differs: the lines of `diff -u`. */
  readonly difference: readonly string[];
}

export interface CheckoutPlace {
  readonly here: Machine;
  readonly root: string;
}

/** Compares what is to be with what is there. `keep`: whether what is there is to stay, though it differs. */
export async function planFile(
  { here, root }: CheckoutPlace,
  { path, text, keep }: { readonly path: string; readonly text: string; readonly keep: (there: string) => boolean },
): Promise<PlannedFile> {
  const there = await readText(here, `${root}/${path}`);
  if (there === undefined) return { path, text, state: "new", difference: [] };
  if (there === text) return { path, text, state: "same", difference: [] };
  if (keep(there)) return { path, text, state: "kept", difference: [] };
  return { path, text, state: "differs", difference: await differenceOf({ here, root }, path, text) };
}

/** Writes a file whole or not at all, with the folders it lacks. */
export async function writePlanned({ here, root }: CheckoutPlace, { path, text }: Pick<PlannedFile, "path" | "text">): Promise<void> {
  const folder = path.replace(/\/?[^/]*$/, "");
  if (folder !== "") await makeDirectory(here, `${root}/${folder}`, { mode: 0o755 });
  await writeText(here, `${root}/${path}`, text, { mode: 0o644 });
}

/** As git shows it: what is there against what is to be. */
async function differenceOf({ here, root }: CheckoutPlace, path: string, text: string): Promise<readonly string[]> {
  const words = ["git", "diff", "--no-index", "--no-color", "--no-ext-diff", "--no-textconv", "--", path, "-"];
  const { code, stdout, stderr } = await here.run({ words, cwd: root, stdin: text, whole: true });
  if (code !== 1)
    throw new Failure(`Git cannot compare ${path} with what it is to be (exit ${code}).`, {
      code: "git-failed",
      evidence: stderr.split("\n"),
    });
  const lines = stdout.trimEnd().split("\n");
  return [`--- ${path}, as it is`, `+++ ${path}, as it is to be`, ...lines.slice(lines.findIndex((line) => line.startsWith("@@")))];
}

/** What would become of a file that is there. */
export function differenceBlock({ path, difference }: PlannedFile): Block {
  return { kind: "code", title: `${path} is there, and stays as it is. It would be changed so`, lines: difference };
}

/** A new file, whole. */
export function textBlock({ path, text }: PlannedFile): Block {
  return { kind: "code", title: path, lines: text.trimEnd().split("\n") };
}
