import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { forAct, openWorkflowRunner } from "./act.ts";
import { git } from "./git.ts";
import type { Host } from "./host.ts";
import { answers, REPOSITORY } from "./new-app.ts";
import { CLI, COMPILED, NODE } from "./program.ts";
import { removeFolder } from "./folder.ts";

const AUTHOR = {
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

interface GithubEnvironment {
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly branches: readonly string[];
}

/** A developer's desk: OpenSSH and git as they are, `gh` as a stand-in, and a home folder with nothing but a key. */
export class Desk implements AsyncDisposable {
  readonly checkout: string;
  readonly home: string;
  readonly #bin: string;
  readonly #folder: string;

  constructor(folder: string, checkout: string) {
    this.#folder = folder;
    this.checkout = checkout;
    this.home = join(folder, "home");
    this.#bin = join(folder, "bin");
  }

  async furnish(host: Host): Promise<void> {
    for (const place of [this.#bin, join(this.home, ".ssh")]) await mkdir(place, { recursive: true });
    for (const end of ["", ".pub"])
      await writeFile(join(this.home, `.ssh/id_ed25519${end}`), await readFile(`${host.keyFile}${end}`), { mode: 0o600 });
    // OpenSSH's own client does not look in HOME.
    const ssh = `exec /usr/bin/ssh -F none -i "${this.home}/.ssh/id_ed25519" -o UserKnownHostsFile="${this.home}/.ssh/known_hosts" -o BatchMode=yes "$@"`;
    const gh = `exec '${NODE}' '${fileURLToPath(new URL("gh.cjs", import.meta.url))}' "$@"`;
    for (const [name, text] of Object.entries({ ssh, gh })) await writeFile(join(this.#bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  get env(): Readonly<Record<string, string>> {
    return {
      PATH: `${this.#bin}:${dirname(NODE)}:${process.env["PATH"]}`,
      HOME: this.home,
      USER: "ada",
      LC_ALL: "C.UTF-8",
      GIT_CONFIG_NOSYSTEM: "1",
      GH_STATE: join(this.#folder, "github.json"),
      GH_REPOSITORY: REPOSITORY,
      GH_CLI: CLI,
      SAVEPOINT_RUN: "ada@desk",
      ...AUTHOR,
      ...COMPILED,
    };
  }

  run(...words: readonly string[]): {
    readonly code: number | null;
    readonly said: string;
    readonly ways: readonly string[];
    readonly open: readonly string[];
  } {
    const { status, stdout, stderr } = spawnSync(NODE, [CLI, ...words, "--json"], { cwd: this.checkout, encoding: "utf8", env: this.env });
    const told = JSON.parse(stdout || "{}") as {
      readonly ways?: readonly { command: string }[];
      readonly outputs?: Readonly<Record<string, unknown>>;
    };
    return {
      code: status,
      said: stdout + stderr,
      ways: told.ways?.map(({ command }) => command) ?? [],
      open: (told.outputs?.["still-open"] ?? []) as readonly string[],
    };
  }

  /** Pastes a printed command as it stands; another look of init may find more to be done. */
  paste(command: string): string {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: this.checkout, encoding: "utf8", env: this.env });
    expect(status === 3 && command.includes(" init ") ? 0 : status, `${command}\n${stdout}${stderr}`).toBe(0);
    return stdout + stderr;
  }

  /** What `gh` was told so far. */
  async github(): Promise<{ readonly environments: Readonly<Record<string, GithubEnvironment>>; readonly rulesets?: readonly unknown[] }> {
    return JSON.parse(await readFile(this.env["GH_STATE"] ?? "", "utf8"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.#folder);
  }
}

/** The deploy workflow of the checkout, in a real runner, with no more than what `gh` was given. */
export async function deployByWorkflow(desk: Desk, port: number): Promise<void> {
  const { checkout } = desk;
  const path = join(checkout, ".github/workflows/deploy.yml");
  await writeFile(path, forAct(await readFile(path, "utf8")));
  await git(checkout, "commit", "--quiet", "--all", "--message", "As act takes it");
  const { secrets, variables } = (await desk.github()).environments["production"] ?? { secrets: {}, variables: {} };
  await using runner = await openWorkflowRunner();
  const ended = await runner.run({
    checkout,
    workflow: "deploy.yml",
    event: "push",
    runId: 1001,
    secrets,
    vars: variables,
    env: { GITHUB_REPOSITORY: REPOSITORY },
  });
  expect(ended.green ? "green" : ended.log).toBe("green");
  expect(await answers(port)).toMatchObject({ commit: await git(checkout, "rev-parse", "HEAD") });
}
