import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, cp, mkdtemp, rm, stat } from "node:fs/promises";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type ComposeShop, openComposeShop } from "../../lab/compose-shop.ts";
import { docker, engineEnv, type OwnEngine, startEngine } from "../../lab/engine.ts";
import { git } from "../../lab/git.ts";
import { type Host, startHost } from "../../lab/host.ts";
import { buildImages } from "../../lab/images.ts";
import { siteOnServer } from "../../lab/site.ts";
import type { Version } from "../../lab/witness.ts";
import { Writers } from "../../lab/writers.ts";
import type { SituationName } from "./cases.ts";
import { placeSync } from "./gate.ts";
import type { Playground, Scene } from "./ground.ts";

const execute = promisify(execFile);
const PROFILE = { backup: { verify: "restore", "max-replaced": 100 }, health: { timeout: "60s", interval: "200ms", successes: 2 } };

/**
 * The lab's shop as a compose project, on a host with a network of its own and an engine that is nobody else's. Cases follow one
 * another: each begins with the version that the one before left.
 */
export async function openCompose(): Promise<Playground> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of undo.toReversed()) await each();
  };
  const shared = process.env["SAVEPOINT_LAB_ENGINE"];
  try {
    const engine = await startEngine();
    undo.push(async () => await engine[Symbol.asyncDispose]());
    const relay = await relayTo(engine.env["DOCKER_HOST"] ?? "");
    undo.push(async () => await relay.close());
    process.env["SAVEPOINT_LAB_ENGINE"] = JSON.stringify({ env: { ...engine.env, DOCKER_HOST: relay.url } });
    undo.push(async () => {
      if (shared === undefined) delete process.env["SAVEPOINT_LAB_ENGINE"];
      else process.env["SAVEPOINT_LAB_ENGINE"] = shared;
    });
    await buildImages();
    const host = await startHost();
    undo.push(async () => await host[Symbol.asyncDispose]());
    await placeSync(join(dirname(host.folder), "bin"));
    return new Compose(engine, host, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** An engine that starts anew has a new socket; the host holds on to one that stays. */
async function relayTo(url: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const to = url.replace(/^unix:\/\//, "");
  const folder = await mkdtemp(join(tmpdir(), "savepoint-relay-"));
  const path = join(folder, "docker.sock");
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect({ path: to, allowHalfOpen: true });
    client.on("error", () => target.destroy());
    target.on("error", () => client.destroy());
    client.pipe(target).pipe(client);
  });
  await new Promise<void>((done) => server.listen(path, done));
  await chown(path, 0, (await stat(to)).gid);
  await chmod(path, 0o660);
  return {
    url: `unix://${path}`,
    async close() {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class Compose implements Playground {
  readonly #engine: OwnEngine;
  readonly #host: Host;
  readonly #close: () => Promise<void>;
  #shop: ComposeShop | undefined;
  /** The one that a case is played with now. */
  #now: ComposeShop | undefined;
  /** What runs, and is stable. */
  #stable: Version | undefined;
  #turn = 10;

  constructor(engine: OwnEngine, host: Host, close: () => Promise<void>) {
    this.#engine = engine;
    this.#host = host;
    this.#close = close;
  }

  async scene(situation: SituationName): Promise<Scene> {
    if (situation === "first") return await this.#firstEver();
    const shop = await this.#settled();
    const before = this.#stable;
    if (before === undefined) throw new Error("nothing is stable");
    const next = await this.#version(before, situation === "unhealthy");
    if (situation === "rollback") await this.#deployed(shop);
    const scene = await this.#sceneOf(shop, { versions: [before, next], situation });
    return {
      ...scene,
      [Symbol.asyncDispose]: async () => {
        await scene[Symbol.asyncDispose]();
        // Where the next one begins.
        const head = await shop.head();
        this.#stable = [before, next].find(({ commit }) => commit === head);
      },
    };
  }

  async #firstEver(): Promise<Scene> {
    const shop = await openComposeShop(this.#host, { fresh: true, profile: PROFILE });
    const commit = await shop.commit({ files: { VERSION: "1" }, message: "The first" });
    const scene = await this.#sceneOf(shop, { versions: [{ commit, columns: ["body", "id"], migrations: ["001"] }], situation: "first" });
    return {
      ...scene,
      [Symbol.asyncDispose]: async () => {
        await scene[Symbol.asyncDispose]();
        await shop[Symbol.asyncDispose]();
      },
    };
  }

  async #sceneOf(shop: ComposeShop, { versions, situation }: { readonly versions: readonly Version[]; readonly situation: SituationName }) {
    this.#turn += 1;
    this.#now = shop;
    await shop.host.run('mkdir -p "$STATE"', { env: { STATE: dirname(shop.stateDir) } });
    const writers = new Writers(shop.url, `note-${this.#turn}`);
    writers.start();
    const commit = versions.at(-1)?.commit ?? "";
    const other = await this.#checkout(shop, commit);
    const known = (await journalOf(shop)).length;
    const deploy = (workflow: string, cwd = shop.checkout) => shop.start("deploy", {}, { cwd, workflow, env: { GITHUB_SHA: commit } });
    const place = { host: shop.host.login, app: shop.app, environment: "production" };
    const hand = { confirm: "production", reason: "it is not wanted", database: "restore" };
    return {
      site: siteOnServer(shop),
      writers,
      stateDir: shop.stateDir,
      versions,
      orNothing: situation === "first",
      start: () =>
        situation === "rollback" ? shop.start("rollback", { ...place, ...hand }, { cwd: dirname(other) }) : deploy(`${this.#turn}00.1`),
      second: () => deploy(`${this.#turn}50.1`, other),
      later: `${this.#turn}00.2`,
      written: async () => (await journalOf(shop)).slice(known),
      restored: async (file: string) => await restored(shop, file),
      [Symbol.asyncDispose]: async () => {
        await writers.stop();
        await rm(dirname(other), { recursive: true, force: true });
      },
    } satisfies Scene;
  }

  /** A shop whose first version is stable. */
  async #settled(): Promise<ComposeShop> {
    if (this.#shop !== undefined && this.#stable !== undefined) return this.#shop;
    const shop = await openComposeShop(this.#host, { profile: PROFILE });
    this.#shop = shop;
    const commit = await shop.commit({ message: "The first" });
    await this.#deployed(shop);
    this.#stable = { commit, columns: ["body", "id"], migrations: ["001"] };
    return shop;
  }

  async #deployed(shop: ComposeShop): Promise<void> {
    const run = await shop.run("deploy");
    if (run.code !== 0) throw new Error(`a version could not be deployed:\n${run.stderr}`);
  }

  async #version(before: Version, broken: boolean): Promise<Version> {
    this.#turn += 1;
    const number = String(100 + this.#turn);
    const commit = await this.#shop?.commit({
      on: before.commit,
      migrations: { [`${number}_change.sql`]: `-- UP\nALTER TABLE notes ADD c_${number} int DEFAULT 1;\n` },
      behaviour: broken ? { broken: "it is not well" } : { query: "SELECT count(*) FROM notes" },
      ...(broken && { timeout: "5s" }),
    });
    return { commit: commit ?? "", columns: [...before.columns, `c_${number}`].sort(), migrations: [...before.migrations, number].sort() };
  }

  /** As each run of a workflow has one. */
  async #checkout(shop: ComposeShop, commit: string): Promise<string> {
    const folder = join(await mkdtemp(join(shop.origin.folder, "run-")), "work");
    await cp(shop.checkout, folder, { recursive: true });
    await git(folder, "checkout", "--quiet", "--detach", commit);
    return folder;
  }

  async cut(): Promise<void> {
    await this.#host.drop();
  }

  async holdNetwork(): Promise<() => Promise<void>> {
    // The host's end of the wire is called like its user.
    const wire = async (state: "up" | "down") => await execute("ip", ["link", "set", this.#host.user, state]);
    await wire("down");
    return async () => void (await wire("up"));
  }

  async killPostgres(): Promise<void> {
    const shop = this.#now;
    const id = (await shop?.containers())?.find(({ service }) => service === "postgres")?.id ?? "";
    process.kill(Number(await docker(["inspect", "--format", "{{.State.Pid}}", id])), "SIGKILL");
    await this.#databaseIsBack();
  }

  async restartEngine(): Promise<void> {
    await this.#engine.restart();
    await this.#databaseIsBack();
  }

  /** By its own `restart`, as on any server. */
  async #databaseIsBack(): Promise<void> {
    for (let turn = 0; turn < 600; turn += 1) {
      if ((await this.#now?.sql("SELECT 1", "postgres").catch(() => undefined)) !== undefined) return;
      await new Promise((again) => setTimeout(again, 100));
    }
    throw new Error("the database did not come back");
  }

  async fillDisk(): Promise<() => Promise<void>> {
    throw new Error("the host's disk is shared here; what a full one does is tried by commands");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#shop?.[Symbol.asyncDispose]();
    } finally {
      await this.#close();
    }
  }
}

async function journalOf(shop: ComposeShop): Promise<Awaited<ReturnType<ComposeShop["journal"]>>> {
  return existsSync(join(shop.stateDir, "journal.jsonl")) ? await shop.journal() : [];
}

/** By the tools beside the database. */
async function restored(shop: ComposeShop, file: string): Promise<readonly string[]> {
  await shop.sql("CREATE DATABASE plain", "postgres");
  try {
    const id = (await shop.containers()).find(({ service }) => service === "postgres")?.id ?? "";
    const inside = "zstd -qdcf | pg_restore --exit-on-error --no-owner -U shop --dbname=plain";
    await execute("sh", ["-c", 'docker exec -i "$1" sh -c "$2" <"$3"', "sh", id, inside, file], {
      env: { ...process.env, ...engineEnv() },
    });
    const rows = await shop.sql(
      "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass('public.notes') AND attnum > 0 AND NOT attisdropped ORDER BY 1",
      "plain",
    );
    return rows.map((row) => String(row["name"]));
  } finally {
    await shop.sql("DROP DATABASE plain WITH (FORCE)", "postgres");
  }
}
