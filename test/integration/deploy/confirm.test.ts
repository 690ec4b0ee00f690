import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop, type Shop } from "../../lab/shop.ts";

const execute = promisify(execFile);
const UNSAID = { confirm: "" };

/** Pastes a printed command into the checkout's shell. */
async function paste(shop: Shop, command: string): Promise<string> {
  const env = { ...process.env, SAVEPOINT_RUN: "ada@desk", HOME: join(shop.folder, "home"), GITHUB_RUN_ID: "" };
  const { stdout, stderr } = await execute("sh", ["-c", command], { cwd: shop.checkout, env });
  return stdout + stderr;
}

test("a deploy at a terminal shows its plan, touches nothing, and prints the whole command that carries it out", async () => {
  await using shop = await settledShop();
  const migrations = { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n-- DOWN\nALTER TABLE notes DROP wide;\n" };
  const two = await shop.commit({ migrations, message: "Wider notes" });
  const before = await shop.journal();
  const run = await shop.run("deploy", { ...UNSAID, "health-successes": "4", "backup-keep-last": "7" });
  expect(run).toMatchObject({
    code: 2,
    json: { message: `Deploying ${two.slice(0, 7)} to shop/production needs a confirmation. Nothing was touched.` },
  });
  for (const part of [
    /^ +code +1 commit, from \w{7} to \w{7}$/m,
    /^ +backup +\S+ \(\S+ MB on disk\) is dumped to \S+\/state\/backups on .*, proven by `verify: \w+`$/m,
    /^ +migrations +1 migration pending: 002 \((?:1 additive|risks unknown without PostgreSQL's parser)\)$/m,
    /^ +rollout +by stop-command, start-command; the code is fetched by the host$/m,
    /^ +health +GET http:\/\/127\.0\.0\.1:\d+\/health: 4 passes in a row within 30\.0 s$/m,
    /^ +tags +latest-stable and a dated stable-… move to it$/m,
    /^ +if it fails +code and database go back to \w{7}$/m,
    /^ +\w{7} Wider notes$/m,
    /ALTER TABLE notes ADD/,
  ])
    expect(run.stderr).toMatch(part);
  expect(await shop.journal()).toEqual(before);
  expect((await shop.run("status")).json.details.lock).toEqual({ state: "free" });

  const command = run.json.next as string;
  expect(command).toMatch(
    / deploy --environment production --backup-keep-last 7 --health-successes 4 --commit [0-9a-f]{40} --confirm production /,
  );
  // What stands last is what is pasted, and what was committed meanwhile is not deployed by it.
  expect(run.stderr.trimEnd().split("\n").slice(-3).join("\n")).toContain(command);
  await shop.commit({ files: { "later.txt": "later" } });
  expect(await paste(shop, command)).toContain(`${two.slice(0, 7)} is deployed and stable on shop/production`);
  expect(await shop.head()).toBe(two);
});

test("another environment's name is refused, in a workflow as well; a workflow needs none", async () => {
  await using shop = await openShop();
  await shop.commit();
  const wrong = /^`confirm` is "staging", and the environment is production\./;
  expect(await shop.run("deploy", { confirm: "staging" })).toMatchObject({ code: 2, json: { message: expect.stringMatching(wrong) } });
  expect(existsSync(shop.stateDir)).toBe(false);
  const inWorkflow = await shop.run("deploy", { confirm: "staging" }, { workflow: "100.1" });
  expect(inWorkflow).toMatchObject({ code: 2, json: { message: expect.stringMatching(wrong) } });
  expect((await shop.run("deploy", {}, { workflow: "100.1" })).code).toBe(0);
});

test("a first deploy that is not confirmed leaves the host's empty folder as it is", async () => {
  await using shop = await openShop({ profile: { rollout: { transport: "push" } } });
  for (const name of await readdir(shop.appDir)) if (name !== ".env") await rm(join(shop.appDir, name), { recursive: true });
  await shop.commit();
  const run = await shop.run("deploy", UNSAID);
  expect(run).toMatchObject({ code: 2, json: { message: "A deploy to shop/production needs a confirmation. Nothing was touched." } });
  expect(await readdir(shop.appDir)).toEqual([".env"]);
  expect(existsSync(shop.stateDir)).toBe(false);
});

test("what stands in the way of a deploy is said before a confirmation is asked for", async () => {
  await using shop = await openShop({ profile: { health: { url: null, "expect-version": null } } });
  await shop.commit();
  const run = await shop.run("deploy", UNSAID);
  expect(run).toMatchObject({ code: 2, json: { message: expect.stringContaining("No health check is given") } });
});
