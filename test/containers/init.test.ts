import { spawnSync } from "node:child_process";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { forAct, openWorkflowRunner } from "../lab/act.ts";
import { createOrigin, git } from "../lab/git.ts";
import { type Host, startHost } from "../lab/host.ts";
import { NODE_IMAGE, POSTGRES_IMAGE } from "../lab/images.ts";
import { needs } from "../lab/needs.ts";
import { freePort } from "../lab/postgres.ts";
import { CLI, COMPILED, NODE } from "../lab/program.ts";

await needs("engine", "host", "act");

const REPOSITORY = "acme/shop";
const AUTHOR = {
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

function filesOfApp(port: number): Readonly<Record<string, string>> {
  return {
    "behaviour.json": "{}",
    Dockerfile: `FROM ${NODE_IMAGE}\nCOPY server.cjs behaviour.json ./\nARG COMMIT\nENV COMMIT=$COMMIT LISTEN=0.0.0.0 PORT=3000\nCMD ["node", "server.cjs"]\n`,
    "compose.yml": `services:
  web:
    build: { context: ., args: { COMMIT: "\${SAVEPOINT_COMMIT:-by-hand}" } }
    environment: { DATABASE_URL: "postgres://shop:\${DB_PASSWORD}@postgres/shop" }
    ports: ["${port}:3000"]
    healthcheck: { test: "node -e \\"fetch('http://127.0.0.1:3000/health').then(r => process.exit(r.ok ? 0 : 1))\\"", interval: 1s, start_period: 60s }
    depends_on: { postgres: { condition: service_healthy } }
  postgres:
    image: ${POSTGRES_IMAGE}
    command: ["-c", "fsync=off"]
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: "\${DB_PASSWORD}" }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: pg_isready -q -h 127.0.0.1, interval: 1s, start_period: 120s }
volumes: { data: {} }
`,
    ".gitignore": ".env\n",
    "migrations/001_notes.sql": "-- UP\nCREATE TABLE notes (id serial PRIMARY KEY, body text);\n-- DOWN\nDROP TABLE notes;\n",
  };
}

/** A developer's desk: OpenSSH and git as they are, `gh` as a stand-in, and a home folder with nothing but a key. */
class Desk implements AsyncDisposable {
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
    await writeFile(join(this.home, ".ssh/id_ed25519"), host.key, { mode: 0o600 });
    // OpenSSH's own client does not look in HOME.
    const ssh = `exec /usr/bin/ssh -F none -i "${this.home}/.ssh/id_ed25519" -o UserKnownHostsFile="${this.home}/.ssh/known_hosts" -o BatchMode=yes "$@"`;
    const gh = `exec '${NODE}' '${fileURLToPath(new URL("../lab/gh.cjs", import.meta.url))}' "$@"`;
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

  async github(): Promise<{
    readonly environments: Readonly<
      Record<
        string,
        { readonly secrets: Record<string, string>; readonly variables: Record<string, string>; readonly branches: readonly string[] }
      >
    >;
  }> {
    return JSON.parse(await readFile(this.env["GH_STATE"] ?? "", "utf8"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function emptyHost(): Promise<Host> {
  const host = await startHost();
  // As on any server, keys are in the user's own home.
  const keys = join(dirname(host.keyFile), "authorized_keys");
  await host.run(`umask 077; mkdir .ssh; printf '%s\\n' "$KEY" >.ssh/authorized_keys`, {
    env: { KEY: (await readFile(keys, "utf8")).trim() },
  });
  await rm(keys);
  await symlink(join(host.home, ".ssh/authorized_keys"), keys);
  return host;
}

async function answers(port: number): Promise<unknown> {
  return await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(5000) }).then(
    async (response) => await response.json(),
    (error: unknown) => String(error),
  );
}

test.each([
  ["pasted, one command after the other", false],
  ["carried out by --apply", true],
] as const)("from an empty host and a repository with a compose file to a green deploy by what init prints alone: %s", async (_, apply) => {
  await using host = await emptyHost();
  await using origin = await createOrigin({ onDisk: true });
  const port = await freePort();
  const name = `shop${process.pid}${apply ? "b" : "a"}`;
  const server = await readFile(new URL("../lab/shop-server.cjs", import.meta.url), "utf8");
  await origin.commitFiles({ "server.cjs": server, ...filesOfApp(port) }, "First version");
  const checkout = join(origin.folder, "work");
  // A repository of GitHub's by its name; what is pushed goes to the one on this disk.
  await git(checkout, "remote", "set-url", "origin", `https://github.com/${REPOSITORY}.git`);
  await git(checkout, "config", `url.${origin.url}.insteadOf`, `https://github.com/${REPOSITORY}.git`);
  await using desk = new Desk(join(origin.folder, "desk"), checkout);
  await desk.furnish(host);
  await host.publish(port);
  const appDir = join(host.folder, name);
  try {
    const flags = ["--host", host.login, "--app-dir", appDir, ...(apply ? ["--apply", "--backup"] : [])];
    // A key that nobody compared is not believed, and what is offered is shown.
    let look = desk.run("init", ...flags);
    expect(look.open, look.said).toEqual(["host"]);
    expect(look.ways.join("\n")).toMatch(/ --trust SHA256:/);
    const rounds: string[][] = [];
    while (look.code !== 0 && rounds.length < 9) {
      expect([look.code, look.ways.length > 0], look.said).toEqual([3, true]);
      rounds.push([...look.open]);
      for (const command of look.ways) desk.paste(command);
      look = desk.run("init", ...flags);
    }
    expect(look.code, look.said).toBe(0);
    expect(rounds).toEqual(apply ? [["host"]] : [["host"], ["deploy key", "clone", "GitHub, production"], [".env"], ["database"]]);
    // Nothing secret was said, and GitHub holds what the workflows want.
    const key = await readFile(join(desk.home, ".ssh/savepoint-shop-production"), "utf8");
    const { production, ...others } = (await desk.github()).environments;
    expect(production).toMatchObject({ secrets: { SSH_KEY: key }, variables: { SSH_HOST: host.login }, branches: ["main"] });
    expect(production?.variables["SSH_KNOWN_HOSTS"]).toBe(host.knownHosts.trim());
    expect(Object.keys(others)).toEqual(apply ? ["production-backup"] : []);
    expect(look.said).not.toContain(key.split("\n")[1]);
    // The last ones commit, push, and deploy from here.
    const before = await git(checkout, "rev-parse", "HEAD");
    for (const command of look.ways) desk.paste(command);
    const commit = await git(checkout, "rev-parse", "HEAD");
    expect(commit).not.toBe(before);
    expect(await answers(port)).toMatchObject({ status: "ok", commit });
    expect((await origin.refs()).has("refs/tags/latest-stable")).toBe(true);
    // Once all is done there is nothing to do, and nothing is written.
    const last = desk.run("init", ...flags);
    expect([last.code, last.open]).toEqual([0, []]);
    expect(await git(checkout, "status", "--porcelain")).toBe("");
    if (!apply) await deployByWorkflow(desk, port);
  } finally {
    await host.run("docker compose down --volumes --remove-orphans --timeout=1", { cwd: appDir }).catch(() => undefined);
  }
});

/** The workflow that init wrote, in a real runner, with no more than what `gh` was given. */
async function deployByWorkflow(desk: Desk, port: number): Promise<void> {
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
