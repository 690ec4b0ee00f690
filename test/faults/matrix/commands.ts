import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { endAllIn, labFolder } from "../../lab/folder.ts";
import { git } from "../../lab/git.ts";
import { type Cluster, startCluster } from "../../lab/postgres.ts";
import { type Proxy, startProxy } from "../../lab/proxy.ts";
import { copyShop, type ShopCopy } from "../../lab/shop-copy.ts";
import { openShop, type Shop } from "../../lab/shop.ts";
import { siteOf } from "../../lab/site.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";
import type { Version } from "../../lab/witness.ts";
import { Writers } from "../../lab/writers.ts";
import type { SituationName } from "./cases.ts";
import { placeSync } from "./gate.ts";
import type { Playground, Scene } from "./ground.ts";

const execute = promisify(execFile);
/** Of the disk that the whole host lies on. */
const DISK = "192m";

interface Parts {
  readonly folder: string;
  readonly disk: string;
  /** Where the states that cases begin with are kept: not on the host's disk. */
  readonly copies: string;
  readonly cluster: Cluster;
  readonly sshd: Sshd;
  readonly proxy: Proxy;
  readonly shop: Shop;
}

/** The versions of the shop, and the state before each situation. */
interface Prepared {
  readonly first: Version;
  readonly good: Version;
  readonly broken: Version;
  readonly copies: Readonly<Record<"fresh" | "settled" | "over", ShopCopy>>;
}

/**
 * The lab's shop by commands over SSH: its host is this machine behind a proxy, on a disk of its own; its PostgreSQL is its own.
 * What each case begins with is made once and copied. One of these in a process: its cluster is what the lab's databases are in.
 */
export async function openCommands(): Promise<Playground> {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-faults-"));
  const disk = join(folder, "disk");
  const undo: (() => Promise<unknown>)[] = [async () => await rm(folder, { recursive: true, force: true })];
  const before = { port: process.env["SAVEPOINT_LAB_PGPORT"], folders: process.env["SAVEPOINT_LAB_FOLDERS"] };
  const close = async (): Promise<void> => {
    for (const each of undo.toReversed()) await each();
  };
  try {
    const copies = await labFolder("savepoint-copies-");
    undo.push(async () => await rm(copies, { recursive: true, force: true }));
    const cluster = await startCluster();
    undo.push(async () => await cluster.remove());
    await mkdir(disk);
    await execute("mount", ["-t", "tmpfs", "-o", `size=${DISK},mode=755`, "tmpfs", disk]);
    undo.push(async () => {
      endAllIn(disk);
      await execute("umount", ["--lazy", disk]);
    });
    await placeSync(join(folder, "bin"));
    const sshd = await startSshd({ env: { PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? "/usr/bin:/bin"}` } });
    undo.push(async () => await sshd[Symbol.asyncDispose]());
    const proxy = await startProxy(sshd.port);
    undo.push(async () => await proxy[Symbol.asyncDispose]());
    setEnv("SAVEPOINT_LAB_PGPORT", String(cluster.port));
    setEnv("SAVEPOINT_LAB_FOLDERS", disk);
    undo.push(async () => {
      setEnv("SAVEPOINT_LAB_PGPORT", before.port);
      setEnv("SAVEPOINT_LAB_FOLDERS", before.folders);
    });
    const shop = await openShop({
      profile: {
        host: `${sshd.user}@127.0.0.1:${proxy.port}`,
        backup: { verify: "restore", "max-replaced": 100 },
        health: { timeout: "30s", interval: "100ms" },
      },
    });
    undo.push(async () => shop.leave());
    const ground = new Commands({ folder, disk, copies, cluster, sshd, proxy, shop }, close);
    await ground.prepare();
    return ground;
  } catch (error) {
    await close();
    throw error;
  }
}

function setEnv(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

class Commands implements Playground {
  readonly #parts: Parts;
  readonly #close: () => Promise<void>;
  #prepared: Prepared | undefined;

  constructor(parts: Parts, close: () => Promise<void>) {
    this.#parts = parts;
    this.#close = close;
  }

  get #reach() {
    const { sshd, proxy } = this.#parts;
    const host = sshd.knownHosts.replaceAll(`:${sshd.port} `, `:${proxy.port} `);
    return { host: `${sshd.user}@127.0.0.1:${proxy.port}`, env: { SAVEPOINT_SSH_KEY: sshd.key, SAVEPOINT_SSH_KNOWN_HOSTS: host } };
  }

  async scene(situation: SituationName): Promise<Scene> {
    if (this.#prepared === undefined) throw new Error("nothing is prepared");
    const { first, good, broken, copies } = this.#prepared;
    const { shop, folder } = this.#parts;
    const begins = { good: "settled", unhealthy: "settled", rollback: "over", first: "fresh" } as const;
    endAllIn(shop.folder);
    await copies[begins[situation]].back();
    const site = siteOf(shop, this.#reach);
    const writers = new Writers(shop.url);
    writers.start();
    if (situation !== "first") while (writers.confirmed().length < 3) await new Promise((again) => setTimeout(again, 50));
    const deploys = { good, unhealthy: broken, rollback: good, first }[situation];
    const checkouts = await Promise.all(["one", "other"].map(async (name) => await this.#checkout(deploys.commit, join(folder, name))));
    const known = await journalOf(shop);
    const deploy = (cwd = "", workflow = "100.1") =>
      shop.start("deploy", {}, { cwd, workflow, env: { ...this.#reach.env, GITHUB_SHA: deploys.commit } });
    const hand = { confirm: "production", reason: "it is not wanted", database: "restore" };
    const place = { "state-dir": shop.stateDir, environment: "production", host: this.#reach.host };
    return {
      site,
      writers,
      stateDir: shop.stateDir,
      versions: situation === "first" ? [first] : [first, situation === "unhealthy" ? broken : good],
      orNothing: situation === "first",
      later: "100.2",
      start: () =>
        situation === "rollback" ? shop.start("rollback", { ...place, ...hand }, { cwd: "/", env: this.#reach.env }) : deploy(checkouts[0]),
      second: () => deploy(checkouts[1], "300.1"),
      written: async () => (await journalOf(shop)).slice(known.length),
      restored: async (file) => await this.#restored(file),
      [Symbol.asyncDispose]: async () => {
        await writers.stop();
      },
    };
  }

  /** Each version, and the states that cases begin with. */
  async prepare(): Promise<void> {
    const { shop } = this.#parts;
    const version = (commit: string, more: readonly string[] = [], migrations: readonly string[] = []): Version => ({
      commit,
      columns: ["body", ...more, "id"].sort(),
      migrations: ["001", ...migrations],
    });
    const adds = (column: string) => `-- UP\nALTER TABLE notes ADD ${column} int DEFAULT 1;\n`;
    const first = version(await shop.commit({ files: { VERSION: "1" }, message: "The first" }));
    const fresh = await copyShop(shop, this.#parts.copies);
    const deployed = async (): Promise<void> => {
      const run = await shop.run("deploy", {}, { env: this.#reach.env });
      if (run.code !== 0) throw new Error(`a version could not be deployed:\n${run.stderr}`);
    };
    await deployed();
    const broken = version(
      await shop.commit({ migrations: { "003_three.sql": adds("three") }, behaviour: { broken: "it is not well" }, timeout: "2s" }),
      ["three"],
      ["003"],
    );
    const good = version(await shop.commit({ on: first.commit, migrations: { "002_two.sql": adds("two") } }), ["two"], ["002"]);
    const settled = await copyShop(shop, this.#parts.copies);
    await deployed();
    const over = await copyShop(shop, this.#parts.copies);
    this.#prepared = { first, good, broken, copies: { fresh, settled, over } };
  }

  /** As each run of a workflow has one. */
  async #checkout(commit: string, folder: string): Promise<string> {
    await rm(folder, { recursive: true, force: true });
    await cp(this.#parts.shop.checkout, folder, { recursive: true });
    await git(folder, "checkout", "--quiet", "--detach", commit);
    return folder;
  }

  async #restored(file: string): Promise<readonly string[]> {
    const { cluster, shop } = this.#parts;
    const sql = async (text: string, database: string) => await shop.database.superuser(text, database);
    await sql("CREATE DATABASE plain", "postgres");
    try {
      // -f: what is not compressed by it goes through.
      const words = ["-c", 'set -o pipefail; zstd -qdcf "$1" | "$2" --exit-on-error --no-owner --dbname="$3"', "bash"];
      await execute("bash", [...words, file, join(cluster.bin, "pg_restore"), cluster.url("plain")]);
      const rows = await sql(
        "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass('public.notes') AND attnum > 0 AND NOT attisdropped ORDER BY 1",
        "plain",
      );
      return rows.map((row) => String(row["name"]));
    } finally {
      await sql("DROP DATABASE plain WITH (FORCE)", "postgres");
    }
  }

  async cut(): Promise<void> {
    this.#parts.proxy.cut();
  }

  async holdNetwork(): Promise<() => Promise<void>> {
    const heal = this.#parts.proxy.hold();
    return async () => heal();
  }

  async killPostgres(): Promise<void> {
    await this.#parts.cluster.stop("immediate");
    await this.#parts.cluster.start();
  }

  async restartEngine(): Promise<void> {
    throw new Error("no engine runs here");
  }

  async fillDisk(): Promise<() => Promise<void>> {
    const ballast = join(this.#parts.disk, "ballast");
    // Until nothing goes on it any more.
    await execute("sh", ["-c", 'cat /dev/zero >"$1" 2>/dev/null; true', "sh", ballast]);
    return async () => await rm(ballast, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

async function journalOf(shop: Shop): Promise<Awaited<ReturnType<Shop["journal"]>>> {
  return existsSync(join(shop.stateDir, "journal.jsonl")) ? await shop.journal() : [];
}
