import { existsSync } from "node:fs";
import { chmod, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Proxy, startProxy } from "./proxy.ts";
import type { Change, Run, Shop } from "./shop.ts";
import type { WayName } from "./way-names.ts";
import { resealed } from "./sealed.ts";

/** Two versions of one shop, with a migration between them that can go down. */
export interface Versions {
  readonly one: { readonly commit: string; readonly tag: string };
  readonly two: { readonly commit: string; readonly tag: string };
}

/** A failure that prints ways on: how it comes about, from the second version, and what a person mends before a way is pasted. */
export interface FailureKind {
  /** The failure's codes; a rollback's is the one that its ways follow from. */
  readonly codes: readonly string[];
  /** The same, where the journal has to have kept it of the rollback that failed. */
  readonly kept?: string;
  readonly about: string;
  /** What it prints, in order. */
  readonly prints: readonly WayName[];
  /** Several commands where each of them is refused and prints the same. */
  readonly begin: (shop: Shop, versions: Versions) => Promise<Run | readonly Run[]>;
  readonly mend?: (shop: Shop) => Promise<void>;
  /** Ends what it started beside the shop. */
  readonly end?: () => Promise<void>;
  /** What a person puts right who ends the deploy as it stands. */
  readonly putRight?: (shop: Shop) => Promise<void>;
}

/** The way to the database, where a failure is in it. */
let network: Proxy | undefined;

const BY = { confirm: "production", reason: "orders fail" };
const BEA = { env: { SAVEPOINT_RUN: "bea@gone" } };
const ADDS = { "003_y.sql": "-- UP\nALTER TABLE notes ADD y int;\n-- DOWN\nALTER TABLE notes DROP y;\n" };

/** A new version; what only another failure needs is not in it. */
async function version(shop: Shop, change: Change = {}): Promise<string> {
  const { rollout = {}, ...profile } = (change.profile ?? {}) as { readonly rollout?: object };
  return await shop.commit({
    files: { NEWS: change.message ?? "three" },
    ...change,
    profile: { ...profile, rollout: { command: null, ...rollout } },
  });
}

/** A version that changes the schema at its start, rolled out without a savepoint, and not healthy. */
async function withoutSavepoint(shop: Shop, startSql: string): Promise<Run> {
  await version(shop, { behaviour: { startSql, broken: "no" } });
  await shop.run("rollout");
  for (let turn = 0; turn < 400 && (await shop.health())?.status !== 500; turn += 1) await new Promise((again) => setTimeout(again, 50));
  return await shop.run("rollback");
}

/** A file of the state, overwritten or with a line more. */
async function damaged(shop: Shop, file: string, flag: "w" | "a" = "w"): Promise<Run> {
  await writeFile(join(shop.stateDir, file), "{nonsense}\n", { flag });
  return await shop.run("mark-stable");
}

export const FAILURES: readonly FailureKind[] = [
  {
    codes: ["restore-not-said", "not-confirmed"],
    about: "a rollback by hand that was told too little",
    prints: ["down", "restore", "keep"],
    begin: async (shop, { one }) => await shop.run("rollback", { to: one.tag }),
  },
  {
    codes: ["no-target", "target-unknown"],
    about: "a target that nothing is called",
    prints: ["list"],
    begin: async (shop) => await shop.run("rollback", { ...BY, to: "v99" }),
  },
  {
    codes: ["version-unknown"],
    about: "a backup that does not say which version ran",
    prints: ["restore alone"],
    async begin(shop) {
      const { savepoint } = (await shop.run("backup", { purpose: "manual" })).json.outputs as { readonly savepoint: string };
      const backups = join(shop.stateDir, "backups");
      for (const file of (await readdir(backups)).filter((one) => one.endsWith(".json"))) {
        const manifest = JSON.parse(await readFile(join(backups, file), "utf8")) as { readonly id: string };
        if (manifest.id === savepoint) await writeFile(join(backups, file), JSON.stringify({ ...manifest, from: undefined }));
      }
      return await shop.run("rollback", { ...BY, to: savepoint });
    },
  },
  {
    codes: ["blocked", "recovery-asks"],
    about: "a deploy that another left",
    prints: ["look", "unlock", "unlock, confirmed", "recover, said"],
    async begin(shop) {
      await version(shop, { migrations: ADDS });
      for (const step of ["backup", "migrate"]) await shop.run(step, {}, BEA);
      await shop.age(7200);
      const restore = await shop.run("restore", { backup: "latest", confirm: "production" });
      const unlock = await shop.run("unlock", { confirm: "production" });
      return [await shop.run("deploy"), restore, await shop.run("migrate"), unlock, await shop.run("recover")];
    },
  },
  {
    codes: ["command-failed"],
    kept: "command-failed",
    about: "an app that can be started no more",
    prints: ["status", "once mended", "unlock"],
    async begin(shop) {
      await version(shop, { migrations: ADDS, profile: { rollout: { command: "sed -i.bak /NODE/d .env" } } });
      return await shop.run("deploy");
    },
    mend: async (shop) => {
      if (existsSync(join(shop.appDir, ".env.bak"))) await rename(join(shop.appDir, ".env.bak"), join(shop.appDir, ".env"));
    },
  },
  {
    codes: ["unhealthy-at-target"],
    about: "an outage outside of code and database",
    prints: ["start", "ask", "down", "restore", "keep"],
    async begin(shop) {
      await version(shop, { timeout: "1s", profile: { rollout: { command: ": >outage" } } });
      return await shop.run("deploy");
    },
    mend: async (shop) => await rm(join(shop.appDir, "outage"), { force: true }),
  },
  {
    codes: ["backup-broken", "restore-failed"],
    about: "a savepoint that was damaged meanwhile",
    prints: ["down", "keep", "another backup", "unlock"],
    async begin(shop) {
      await version(shop, { migrations: ADDS });
      for (const step of ["backup", "migrate"]) await shop.run(step);
      const backups = join(shop.stateDir, "backups");
      const newest =
        (await readdir(backups))
          .filter((file) => file.endsWith(".dump"))
          .toSorted()
          .at(-1) ?? "";
      await truncate(join(backups, newest), 10);
      return await shop.run("rollback");
    },
  },
  {
    codes: ["no-way-back"],
    kept: "no-way-back",
    about: "a schema that was changed without a savepoint",
    prints: ["another backup", "keep", "unlock"],
    begin: async (shop) => await withoutSavepoint(shop, "ALTER TABLE notes ADD started int"),
  },
  {
    codes: ["unhealthy-and-apart"],
    about: "a version that is not healthy on the schema that was kept",
    prints: ["another backup", "unlock"],
    putRight: async (shop) => void (await shop.database.sql("ALTER TABLE other RENAME TO notes")),
    async begin(shop) {
      await withoutSavepoint(shop, "ALTER TABLE notes RENAME TO other");
      return await shop.run("rollback", { ...BY, database: "keep" });
    },
  },
  {
    codes: ["tags-refused"],
    about: "tags that a rule refuses",
    prints: ["tags"],
    async begin(shop) {
      await shop.origin.refuse("refs/tags/*", "GH013: Repository rule violations found");
      await version(shop);
      return await shop.run("deploy");
    },
    mend: async (shop) => await shop.origin.allowAll(),
  },
  {
    codes: ["journal-damaged"],
    about: "a line of the journal that cannot be read",
    prints: ["lines out"],
    begin: async (shop) => await damaged(shop, "journal.jsonl", "a"),
  },
  {
    codes: ["lock-damaged"],
    about: "a lock that cannot be read",
    prints: ["lock away"],
    begin: async (shop) => await damaged(shop, "lock"),
  },
  {
    codes: ["identity-damaged"],
    about: "a state that does not say whose it is",
    prints: ["identity away"],
    begin: async (shop) => await damaged(shop, "identity.json"),
  },
  {
    codes: ["state-unsafe"],
    about: "a state directory that others can write to",
    prints: ["close the folder"],
    async begin(shop) {
      await chmod(shop.stateDir, 0o777);
      return await shop.run("mark-stable");
    },
  },
  {
    codes: ["state-unsafe"],
    about: "a link where the lock is to be",
    prints: ["link away"],
    async begin(shop) {
      await symlink(join(shop.folder, "elsewhere"), join(shop.stateDir, "lock"));
      return await shop.run("mark-stable");
    },
  },
  {
    codes: ["half-way"],
    about: "a deploy of one's own that failed at a step",
    putRight: async (shop) => void (await shop.commit({ files: { "migrations/004_z.sql": null } })),
    prints: ["look", "unlock"],
    async begin(shop) {
      await version(shop, { migrations: { ...ADDS, "004_z.sql": "-- UP\nALTER TABLE nothing ADD z int;\n" } });
      await shop.run("backup");
      const failed = await shop.run("migrate");
      return [failed, await shop.run("deploy"), await shop.run("rollback", { "dry-run": true }), await shop.run("status")];
    },
  },
  {
    codes: ["no-target"],
    about: "a deploy over a version that is known to have failed",
    prints: ["failed before", "another backup", "unlock"],
    async begin(shop) {
      const bad = await version(shop, { migrations: ADDS, behaviour: { broken: "no" }, timeout: "1s" });
      await shop.run("deploy");
      // Somebody puts it back by hand.
      await shop.byHand("stop");
      await shop.checkOut(bad);
      await shop.database.sql("ALTER TABLE notes ADD hand int");
      await shop.byHand("start");
      await version(shop, { behaviour: { broken: "still not" }, timeout: "1s" });
      return [await shop.run("deploy"), await shop.run("rollback")];
    },
  },
  {
    codes: ["schema-differs"],
    kept: "schema-differs",
    about: "a schema that somebody changes while it is taken back",
    prints: ["restore", "keep", "another backup", "unlock"],
    mend: async (shop) => await rm(join(shop.appDir, "beside"), { force: true }),
    async begin(shop) {
      await version(shop, { migrations: ADDS });
      for (const step of ["backup", "migrate"]) await shop.run(step);
      await writeFile(join(shop.appDir, "beside"), `. ./.env; psql -qc "CREATE TABLE beside_$$ ()" "$DATABASE_URL"\n`);
      return await shop.run("rollback");
    },
  },
  {
    codes: ["schema-unknown"],
    kept: "schema-unknown",
    about: "a schema that an earlier version of Savepoint recorded, and DOWN as the only way said",
    prints: ["look", "unlock"],
    async begin(shop) {
      await version(shop, { migrations: ADDS });
      for (const step of ["rollout", "migrate"]) await shop.run(step);
      const journal = join(shop.stateDir, "journal.jsonl");
      const text = await readFile(journal, "utf8");
      await writeFile(journal, resealed(text.replaceAll(/("fingerprint": ?)"[0-9.]+:([0-9a-f]{64})"/g, '$1"$2"')));
      return await shop.run("rollback", { ...BY, database: "down" });
    },
  },
  {
    // Refused before the lock is taken: the journal has nothing of it.
    codes: ["connection-lost"],
    about: "a database that cannot be reached, over an open deploy",
    prints: ["status", "look", "unlock"],
    async begin(shop) {
      const port = new URL(shop.database.url).port;
      network ??= await startProxy(Number(port));
      network.open(true);
      const env = join(shop.appDir, ".env");
      await writeFile(env, (await readFile(env, "utf8")).replace(`:${port}/`, `:${network.port}/`));
      await version(shop, { migrations: ADDS });
      for (const step of ["backup", "migrate"]) await shop.run(step);
      network.open(false);
      network.cut();
      return await shop.run("rollback");
    },
    mend: async () => network?.open(true),
    end: async () => await network?.[Symbol.asyncDispose](),
  },
  {
    codes: ["not-confirmed"],
    about: "a restore that was not confirmed, and a list",
    prints: ["restore, confirmed", "to a stable version", "what a restore would do"],
    begin: async (shop) => [await shop.run("restore", { backup: "latest" }), await shop.run("list")],
  },
  {
    codes: ["apart"],
    about: "code and schema that a restore by hand left apart",
    prints: ["code to the schema", "undo the restore", "schema to the code"],
    begin: async (shop) => [await shop.run("restore", { backup: "latest", confirm: "production" }), await shop.run("status")],
  },
  {
    codes: ["apart"],
    about: "a failed deploy's database that was brought back",
    prints: ["undo the restore", "schema to the code"],
    async begin(shop) {
      await version(shop, { migrations: ADDS, profile: { rollout: { command: "exit 1" } } });
      const failed = await shop.run("deploy");
      const backup = String(failed.json.outputs["replaced-database"]);
      return [await shop.run("restore", { backup, confirm: "production" }), await shop.run("status")];
    },
  },
  {
    codes: ["drill"],
    about: "a drill of what is no backup",
    prints: ["list"],
    async begin(shop, { one }) {
      const back = await shop.run("rollback", { ...BY, to: one.tag, database: "restore" });
      return await shop.run("restore", { backup: String(back.json.outputs["replaced-database"]), drill: true });
    },
  },
];
