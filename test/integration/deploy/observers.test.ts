import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { News } from "../../../src/journal/news.ts";
import { type Flags, openShop, type Run, type RunOptions, type Shop } from "../../lab/shop.ts";

const ADDS = { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" };
const BY_HAND = { confirm: "production", reason: "look" };

/** The command line with these observers; `notes` writes into the file of that name. */
function observed(shop: Shop, observers: string, file = "heard"): RunOptions {
  const program = fileURLToPath(new URL("../../lab/observed.ts", import.meta.url));
  return { program, env: { OBSERVERS: observers, OBSERVED: join(shop.folder, file) } };
}

async function heardIn(shop: Shop, file = "heard"): Promise<readonly News[]> {
  const text = await readFile(join(shop.folder, file), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as News);
}

/** What somebody would be told of it: nothing else is needed to tell these apart. */
function titleOf(told: News): string | undefined {
  if (told.kind === "notice") return told.notice.kind;
  const { fact } = told;
  if (fact.kind === "deploy.opened") return fact.goingBack === true ? "going back" : "started";
  if (fact.kind === "step.failed") return fact.cancelled === true ? "cancelled" : `${fact.step} failed`;
  if (fact.kind !== "deploy.closed") return undefined;
  return { confirmed: "stable", "rolled-back": "rolled back", abandoned: "abandoned", failed: "needs a person" }[fact.as];
}

const newsIn = (heard: readonly News[]): readonly string[] => heard.map(titleOf).filter((news) => news !== undefined);

/** Titles and headlines in their order, without what differs from run to run. */
const storyOf = ({ stderr }: Run): readonly string[] =>
  stderr
    .split("\n")
    .filter((line) => /^\s*[·✓✗]/.test(line) && !line.includes("█"))
    .map((line) => (line.split(":", 1)[0] ?? "").replaceAll(/[0-9a-f]{7,}|\d[\d.]*( ms| s)?/g, "#"));

test("observers that throw, reject, hang, dawdle or change what they hear change neither exit nor order, nor the journal", async () => {
  await using shop = await openShop();
  await shop.deployed();
  const run = async (options?: RunOptions) => {
    const before = (await shop.journal()).length;
    const ended = await shop.run("deploy", {}, options);
    // A line ends with its checksum, which is the line's and not the fact's.
    const facts = (await shop.journal()).slice(before).map((entry) => ({ ...entry, sum: undefined }));
    const did = facts.map((fact) => [fact.kind, fact.step, fact.as].filter((part) => part !== undefined).join(" "));
    return { ended, facts, did };
  };
  const bad = observed(shop, "throws rejects hangs slow changes notes");

  await shop.commit({ files: { NEWS: "1" } });
  const alone = await run();
  await shop.commit({ files: { NEWS: "2" } });
  const with_ = await run(bad);
  expect([with_.ended.code, with_.did]).toEqual([0, alone.did]);
  expect(storyOf(with_.ended)).toEqual(storyOf(alone.ended));
  const heard = await heardIn(shop);
  expect(heard.map((told) => told.kind === "fact" && told.fact)).toEqual(with_.facts);
  expect(heard.map(({ at, owner, deploy }) => ({ at, owner, deploy }))).toEqual(
    with_.facts.map(({ at, owner, deploy }) => ({ at, owner, deploy })),
  );
  for (const name of ["throws", "rejects", "hangs"])
    expect(with_.ended.stderr.match(new RegExp(`Warning: ${name} could not be told what happened`, "gi")), name).toHaveLength(1);

  await shop.commit({ migrations: ADDS, behaviour: { broken: "no" }, timeout: "2s" });
  const failed = await run();
  await shop.commit({ files: { NEWS: "3" }, behaviour: { broken: "no" }, timeout: "2s" });
  const failedWith = await run(bad);
  expect([failedWith.ended.code, failedWith.did]).toEqual([failed.ended.code, failed.did]);
  expect([failed.ended.code, failedWith.ended.json.outputs["rolled-back"]]).toEqual([1, true]);
  expect(storyOf(failedWith.ended)).toEqual(storyOf(failed.ended));
});

test("what is told of can be told apart: started, stable, failed, rolled back, cancelled, needs a person, waiting, backup failed", async () => {
  await using shop = await openShop();
  const news = async (operation: string, flags: Flags = {}, env: RunOptions["env"] = {}): Promise<readonly (string | number | null)[]> => {
    await rm(join(shop.folder, "heard"), { force: true });
    const notes = observed(shop, "notes");
    const { code } = await shop.run(operation, flags, { ...notes, env: { ...notes.env, ...env } });
    return [code, ...newsIn(await heardIn(shop))];
  };
  await shop.commit();
  expect(await news("deploy")).toEqual([0, "started", "stable"]);
  await shop.commit({ migrations: ADDS, behaviour: { broken: "no" }, timeout: "2s" });
  expect(await news("deploy")).toEqual([1, "started", "health failed", "rolled back"]);

  expect(await news("backup", { purpose: "scheduled" })).toEqual([0, "backup.done"]);
  const nowhere = { SAVEPOINT_DATABASE_URL: "postgres://ada:x@127.0.0.1:1/none" };
  expect(await news("backup", { purpose: "manual" }, nowhere)).toEqual([expect.any(Number), "backup.failed"]);
  expect(await news("restore", { backup: "latest", drill: true })).toEqual([0, "drill.done"]);
  expect(await news("restore", { backup: "latest", confirm: "production" })).toEqual([0, "going back", "rolled back"]);
  await shop.commit({ migrations: { "002_x.sql": "-- UP\nSELECT 1;\n" }, behaviour: {} });
  expect(await news("deploy")).toEqual([0, "started", "stable"]);
  expect(await news("rollback", { ...BY_HAND, database: "keep" })).toEqual([0, "going back", "rolled back"]);

  await shop.commit({ files: { NEWS: "slow" }, behaviour: { startMs: 120_000 }, timeout: "120s" });
  const first = shop.start("deploy", {}, observed(shop, "notes", "first"));
  await expect.poll(async () => JSON.stringify(await heardIn(shop, "first"))).toContain('"step":"health"');
  const other = observed(shop, "notes", "second");
  const second = shop.start("deploy", {}, { ...other, env: { ...other.env, SAVEPOINT_RUN: "bob@desk" } });
  await expect.poll(async () => newsIn(await heardIn(shop, "second"))).toEqual(["lock.waiting"]);
  second.child.kill("SIGINT");
  expect((await second.done).code).toBe(130);
  first.child.kill("SIGINT");
  expect((await first.done).code).toBe(130);
  expect(newsIn(await heardIn(shop, "first"))).toEqual(["started", "cancelled"]);
  // Begun anew by the next command, which a workflow's rollback step is.
  expect(await news("rollback", BY_HAND)).toEqual([0, "rolled back"]);

  // In the middle of the deploy the host loses what every start-command needs.
  await shop.commit({ behaviour: {}, profile: { rollout: { command: "sed -i.bak /NODE/d .env" } }, timeout: "2s" });
  expect(await news("deploy")).toEqual([3, "started", "switch failed", "rollback failed", "needs a person"]);
});
