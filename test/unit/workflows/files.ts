import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "yaml";

/** The repository. */
export const ROOT = resolve(import.meta.dirname, "../../..");

/** What a called workflow takes and gives. */
interface CallTrigger {
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
}

export interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly queue?: string };
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly on: { readonly workflow_call?: CallTrigger; readonly workflow_dispatch?: CallTrigger | null };
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly env?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The workflows that others call. */
export const CALLED = globSync(".github/workflows/{deploy,rollback,backup,recover}.yml", { cwd: ROOT });

/** The workflows that check this repository. */
export const OURS = globSync(".github/workflows/*.yml", { cwd: ROOT, exclude: CALLED });

/** The settings that others copy. */
export const SETTINGS = globSync("examples/savepoint*.yml", { cwd: ROOT });

/** The workflows that others copy. */
export const COPIED = globSync("examples/*.yml", { cwd: ROOT, exclude: SETTINGS });

export const PAGES = globSync(["*.md", "docs/*.md", "docs/decisions/*.md", "actions/*/README.md", ".github/*.md"], { cwd: ROOT });

/** A file of this repository, as text. */
export async function read(path: string): Promise<string> {
  return await readFile(join(ROOT, path), "utf8");
}

export async function workflow(path: string): Promise<Workflow> {
  return parse(await read(path)) as Workflow;
}

/** The declaration of an action of ours (`OWNER/savepoint/actions/backup@v1`); undefined for somebody else's. */
export async function ownAction(
  uses: string,
): Promise<{ readonly inputs: Readonly<Record<string, unknown>>; readonly outputs: Readonly<Record<string, unknown>> } | undefined> {
  const folder = /^OWNER\/savepoint(?:\/(actions\/[^@]+))?@v1$/.exec(uses)?.[1];
  if (!uses.startsWith("OWNER/savepoint") || uses.includes("/.github/")) return undefined;
  return parse(await read(join(folder ?? "", "action.yml")));
}

/** Everything in a document that looks like a step, however deep. */
export function stepsIn(value: unknown): readonly Step[] {
  if (typeof value !== "object" || value === null) return [];
  return [...("uses" in value ? [value as Step] : []), ...Object.values(value).flatMap((inner) => stepsIn(inner))];
}
