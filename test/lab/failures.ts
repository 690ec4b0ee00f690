import { existsSync } from "node:fs";
import { chmod, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Change, Run, Shop } from "./shop.ts";

/** Two versions of one shop, with a migration between them that can go down. */
export interface Versions {
  readonly one: { readonly commit: string; readonly tag: string };
  readonly two: { readonly commit: string; readonly tag: string };
}

/** A failure that prints ways on: how it comes about, from the second version, and what a person mends before a way is pasted. */
export interface FailureKind {
  /** The failure's codes; a rollback's is the one that its ways follow from. */
  readonly codes: readonly string[];
  readonly about: string;
  readonly begin: (shop: Shop, versions: Versions) => Promise<Run>;
  readonly mend?: (shop: Shop) => Promise<void>;
  /** What a person puts right who ends the deploy as it stands. */
  readonly putRight?: (shop: Shop) => Promise<void>;
}

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
    begin: async (shop, { one }) => await shop.run("rollback", { to: one.tag }),
  },
  {
    codes: ["no-target", "target-unknown"],
    about: "a target that nothing is called",
    begin: async (shop) => await shop.run("rollback", { ...BY, to: "v99" }),
  },
  {
    codes: ["version-unknown"],
    about: "a backup that does not say which version ran",
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
    codes: ["blocked"],
    about: "a deploy that another left",
    async begin(shop) {
      await version(shop, { migrations: ADDS });
      for (const step of ["backup", "migrate"]) await shop.run(step, {}, BEA);
      await shop.age(7200);
      return await shop.run("deploy");
    },
  },
  {
    codes: ["command-failed"],
    about: "an app that can be started no more",
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
    async begin(shop) {
      await version(shop, { timeout: "1s", profile: { rollout: { command: ": >outage" } } });
      return await shop.run("deploy");
    },
    mend: async (shop) => await rm(join(shop.appDir, "outage"), { force: true }),
  },
  {
    codes: ["backup-broken", "restore-failed"],
    about: "a savepoint that was damaged meanwhile",
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
    about: "a schema that was changed without a savepoint",
    begin: async (shop) => await withoutSavepoint(shop, "ALTER TABLE notes ADD started int"),
  },
  {
    codes: ["unhealthy-and-apart"],
    about: "a version that is not healthy on the schema that was kept",
    putRight: async (shop) => void (await shop.database.sql("ALTER TABLE other RENAME TO notes")),
    async begin(shop) {
      await withoutSavepoint(shop, "ALTER TABLE notes RENAME TO other");
      return await shop.run("rollback", { ...BY, database: "keep" });
    },
  },
  {
    codes: ["tags-refused"],
    about: "tags that a rule refuses",
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
    begin: async (shop) => await damaged(shop, "journal.jsonl", "a"),
  },
  { codes: ["lock-damaged"], about: "a lock that cannot be read", begin: async (shop) => await damaged(shop, "lock") },
  {
    codes: ["identity-damaged"],
    about: "a state that does not say whose it is",
    begin: async (shop) => await damaged(shop, "identity.json"),
  },
  {
    codes: ["state-unsafe"],
    about: "a state directory that others can write to",
    async begin(shop) {
      await chmod(shop.stateDir, 0o777);
      return await shop.run("mark-stable");
    },
  },
];
