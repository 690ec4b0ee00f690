import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import type { Shop } from "../../lab/shop.ts";

/** Somebody's `git commit` in the app's clone, whose editor is open as long as the file is there: it holds git's lock. */
async function committing({ appDir, folder }: Shop): Promise<{ readonly git: ChildProcess; readonly editor: string }> {
  const editor = join(folder, "editor-is-open");
  await writeFile(editor, "");
  const env = { PATH: process.env["PATH"], HOME: folder, GIT_EDITOR: `while [ -e '${editor}' ]; do sleep 0.05; done; :` };
  const who = ["-c", "user.name=bea", "-c", "user.email=bea@example.com"];
  const git = spawn("git", ["-C", appDir, ...who, "commit", "--all", "--allow-empty"], { env, stdio: "ignore" });
  await expect.poll(() => existsSync(join(appDir, ".git", "index.lock"))).toBe(true);
  return { git, editor };
}

test("a deploy waits for somebody's git commit whose editor is open, names it while the app still runs, and goes on", async () => {
  await using shop = await settledShop();
  const next = await shop.commit({ files: { NEWS: "next" } });
  const { git, editor } = await committing(shop);
  const run = shop.start("deploy");
  let said = "";
  run.child.stderr?.on("data", (text: string) => (said += text));
  const waits = `Waiting, while the app still runs: ${join(shop.appDir, ".git", "index.lock")} is held by git (process ${git.pid}).`;
  await expect.poll(() => said).toContain(waits);
  expect(await shop.health()).toMatchObject({ status: 200, commit: shop.first.commit });
  await Promise.all([rm(editor), once(git, "close")]);
  const { code } = await run.done;
  expect(code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: next });
});

test("one that does not end fails the deploy before the app is stopped, and keeps no rollback from its end", async () => {
  await using shop = await settledShop();
  await shop.commit({ migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" } });
  const { git, editor } = await committing(shop);
  const run = await shop.run("deploy");
  expect(run.json.message).toContain("another git command works there");
  expect(run.stderr).toContain(`is held by git (process ${git.pid})`);
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: shop.first.commit });
  expect(run.code).toBe(1);
  expect(await shop.health()).toMatchObject({ status: 200, commit: shop.first.commit });
  expect((await shop.run("status")).json.outputs).toMatchObject({ state: "idle", schema: "one" });
  await Promise.all([rm(editor), once(git, "close")]);
});
