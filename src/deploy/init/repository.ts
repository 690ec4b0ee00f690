// deploy/init: from a repository and a host to the first deploy: what is there, what is written, what is still to be done.

import { refusal } from "../../core/failure.ts";
import type { Ports } from "../../core/ports.ts";
import { readText } from "../../machine/files/files.ts";
import { quote } from "../../machine/quote.ts";
import { COMPOSE_NAMES, type ComposeFile, readComposeFile } from "./compose-file.ts";
import { findMigrations, type FoundMigrations, type RepositoryFiles } from "./migration-tools.ts";
import { type OldStep, oldSteps } from "./old-deploys.ts";

/** What a repository is, as far as a deploy must know it. */
export interface Repository {
  /** Its top, where `savepoint.yml` stands. */
  readonly root: string;
  /** The branch that is checked out, or `main`. */
  readonly branch: string;
  readonly head: string | undefined;
  /** `acme/shop`, where it is GitHub's. */
  readonly github: string | undefined;
  /** Its compose file, where there is one. */
  readonly project: ComposeFile | undefined;
  readonly migrations: FoundMigrations | undefined;
  /** What installs its packages, where it has some of Node's. */
  readonly packageManager: string | undefined;
  readonly oldSteps: readonly OldStep[];
}

const LOCK_FILES: readonly (readonly [string, string])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
];

/** Refuses where this is no checkout, or not its top. `composeFile` as settings say it. */
export async function lookAtRepository({ here, cwd }: Pick<Ports, "here" | "cwd">, composeFile: string | undefined): Promise<Repository> {
  const git = async (...words: readonly string[]): Promise<string | undefined> => {
    const { code, stdout } = await here.run({ words: ["git", ...words], cwd, whole: true, repeatable: true });
    return code === 0 ? stdout.replace(/\n$/, "") : undefined;
  };
  const root = await git("rev-parse", "--show-toplevel");
  if (root === undefined) {
    throw refusal(`${cwd} is no checkout of a git repository, or git is not installed here.`, {
      code: "no-checkout",
      hint: "A deploy brings a commit to the host. Call this at the top of the app's checkout; where there is none yet: git init, git add, git commit.",
    });
  }
  const up = await git("rev-parse", "--show-cdup");
  if (up !== "")
    throw refusal(`${cwd} is not the top of its checkout, where savepoint.yml stands.`, {
      code: "inputs",
      hint: `Go there first: ${quote(["cd", root])}`,
    });
  const listed = await git("ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "-z");
  const names = (listed ?? "").split("\0").filter((name) => name !== "");
  const files: RepositoryFiles = { names, read: async (name) => (await readText(here, `${root}/${name}`)) ?? "" };
  const project = await projectOf(files, composeFile);
  const starts = [
    ...(project?.services.map(({ command }) => command) ?? []),
    ...(await textsOf(files, /(^|\/)(Dockerfile[^/]*|[^/]*entrypoint[^/]*|package\.json)$/i)),
  ].join("\n");
  const workflows = names.filter((name) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(name));
  return {
    root,
    branch: (await git("symbolic-ref", "--quiet", "--short", "HEAD")) ?? "main",
    head: await git("rev-parse", "--verify", "--quiet", "HEAD"),
    github: githubName((await git("config", "--get", "remote.origin.url")) ?? ""),
    project,
    migrations: await findMigrations(files, starts),
    packageManager: LOCK_FILES.find(([lock]) => names.includes(lock))?.[1],
    oldSteps: (await Promise.all(workflows.map(async (name) => oldSteps(name, await files.read(name))))).flat(),
  };
}

async function projectOf({ names, read }: RepositoryFiles, said: string | undefined): Promise<ComposeFile | undefined> {
  const first = said
    ?.split("\n")
    .find((line) => line.trim() !== "")
    ?.trim();
  const path = first ?? COMPOSE_NAMES.find((name) => names.includes(name));
  if (path === undefined) return undefined;
  if (!names.includes(path)) throw refusal(`\`compose-file\` names ${path}, which is not in this repository.`, { code: "inputs" });
  return await readComposeFile(path, await read(path));
}

const MOST_TEXTS = 20;

async function textsOf({ names, read }: RepositoryFiles, form: RegExp): Promise<readonly string[]> {
  return await Promise.all(
    names
      .filter((name) => form.test(name))
      .slice(0, MOST_TEXTS)
      .map(read),
  );
}

/** `acme/shop` of an address on github.com, in any of its forms. Pure. */
export function githubName(url: string): string | undefined {
  return /^(?:https:\/\/(?:[^@/]+@)?github\.com\/|(?:ssh:\/\/)?git@github\.com[:/])([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url)?.[1];
}
