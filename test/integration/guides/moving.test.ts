import { execFile } from "node:child_process";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { inlineOf } from "../../lab/page.ts";
import { settledShop } from "../../lab/settled-shop.ts";

const PAGE = "docs/from-a-shell-script.md";
const execute = promisify(execFile);

test("what the moving guide says of files, names, the confirmation and HEAD~1 is so", async () => {
  await using shop = await settledShop();
  const backups = join(shop.stateDir, "backups");
  // A file of the old script's, in the very folder.
  await copyFile(join(shop.appDir, "server.cjs"), join(backups, "backup-2020-01-01.sql.gz"));

  // A version that never got stable lies between: HEAD~1 of the next one.
  await shop.commit({ behaviour: { crash: "no such setting" }, timeout: "2s" });
  expect((await shop.run("deploy")).code).toBe(1);
  const failed = await shop.head();
  expect(failed).toBe(shop.first.commit);
  const second = await shop.commit({ timeout: "30s" });

  // At a terminal a deploy wants to be confirmed.
  const unread = await shop.run("deploy", { confirm: "" });
  expect(unread.code).toBe(2);
  expect(unread.stderr).toContain("--confirm production");
  expect(await shop.head()).toBe(shop.first.commit);
  expect((await shop.run("deploy")).code).toBe(0);
  expect(await shop.head()).toBe(second);

  // Back goes to the stable version, over the one that failed.
  const plan = await shop.run("rollback", { "dry-run": true });
  expect(plan.json.outputs).toMatchObject({ commit: shop.first.commit });
  const asBefore = await shop.run("rollback", { to: "HEAD~1", reason: "as before", confirm: "production" });
  expect(asBefore.code).toBe(2);
  expect(await shop.head()).toBe(second);

  const names = await readdir(backups);
  expect(names).toContain("backup-2020-01-01.sql.gz");
  const dumps = names.filter((name) => name.endsWith(".dump"));
  expect(dumps.length).toBeGreaterThan(1);
  for (const name of dumps) {
    expect(name).toMatch(/^pre-deploy_\d{8}T\d{6}Z_[0-9a-f]{7}\.dump$/);
    expect(names).toContain(`${name}.json`);
  }
  const command = await inlineOf(PAGE, String.raw`zstd -dcf NAME.dump \| pg_restore --file=-`);
  const { stdout } = await execute("sh", ["-c", command.replace(String.raw`\|`, "|").replace("NAME.dump", dumps.toSorted().at(-1) ?? "")], {
    cwd: backups,
  });
  expect(stdout).toContain("CREATE TABLE public.notes");
});
