import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";

test("a copy that a proof made and that stayed is dropped by whatever takes the lock next, however that deploy ended", async () => {
  await using shop = await settledShop();
  await shop.commit({ profile: { backup: { verify: "restore" } } });
  expect((await shop.run("deploy")).code).toBe(0);
  const { name, url } = shop.database;
  const started = (await shop.journal()).filter(({ kind, step }) => kind === "step.started" && step === "backup");
  const side = started.at(-1).intent.side as string;
  expect(side).toMatch(new RegExp(`^${name}_verify_`));
  const databases = async (): Promise<unknown[]> => await shop.database.superuser(`SELECT FROM pg_database WHERE datname = '${side}'`);
  expect(await databases()).toEqual([]);

  const backup = (await shop.run("list")).json.details.backups[0].id as string;
  await shop.commit();
  for (const [operation, flags] of [
    ["deploy", {}],
    ["rollback", { confirm: "production", reason: "to look", database: "restore" }],
    ["restore", { backup, confirm: "production" }],
  ] as const) {
    // As where its maker was killed, or the server did not drop it in time.
    await shop.database.superuser(`CREATE DATABASE "${side}" OWNER "${new URL(url).username}"`, "postgres");
    const run = await shop.run(operation, flags);
    expect(run.code, run.stderr).toBe(0);
    expect(await databases(), operation).toEqual([]);
  }
});
