import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";

const RUN = { workflow: "300.1" };

test("a health check whose deploy was taken back meanwhile is red, and says by whom; one of another run is not", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ files: { NEWS: "more" } });
  expect((await shop.run("rollout", {}, RUN)).code).toBe(0);
  await shop.age(120);
  const back = await shop.run("rollback", { confirm: "production", reason: "orders fail" });
  expect(back.code, back.stderr).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit });
  const flags = { "expect-version": "json:commit", commit };
  const red = await shop.run("health-check", flags, RUN);
  expect(red.code).toBe(1);
  expect(red.stderr).toMatch(
    /This run's deploy \S+ was taken back by ada@desk at \S+ \S+ UTC: orders fail\. Whatever answers now, it is not what this run deployed\./,
  );
  expect(red.json.outputs).toMatchObject({ healthy: false });
  expect((await shop.run("health-check", flags, { workflow: "301.1" })).code).toBe(0);
});

test("after this run's own rollback a health check tells how the version gone back to is", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ files: { NEWS: "more" } });
  expect((await shop.run("rollout", {}, RUN)).code).toBe(0);
  expect((await shop.run("rollback", {}, RUN)).code).toBe(0);
  expect((await shop.run("health-check", { commit }, RUN)).code).toBe(0);
});

test("a health check that was still asking when its deploy was taken back is red", async () => {
  await using shop = await settledShop();
  await shop.commit({ files: { NEWS: "more" } });
  expect((await shop.run("rollout", {}, RUN)).code).toBe(0);
  const { child, done } = shop.start("health-check", { timeout: "5m", interval: "1s", successes: 7 }, RUN);
  await expect.poll(async () => (await shop.journal()).at(-1)?.kind).toBe("step.started");
  child.kill("SIGSTOP");
  await shop.age(120);
  const back = await shop.run("rollback", { confirm: "production", reason: "orders fail" });
  expect(back.code, back.stderr).toBe(0);
  child.kill("SIGCONT");
  const red = await done;
  expect(red.code).toBe(1);
  expect(red.stderr).toContain("The lock of shop/production was taken by ada@desk while this step worked");
  expect(red.stderr).toMatch(/was taken back by ada@desk at \S+ \S+ UTC: orders fail/);
});
