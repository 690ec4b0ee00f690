import { describe, expect, test } from "vitest";
import { FAILURES } from "../../lab/failures.ts";
import { pasteEachWay, waysOf, withTwoVersions } from "../../lab/paste-ways.ts";
import { openShop } from "../../lab/shop.ts";

withTwoVersions();

/** The other half is in `ways-second-half.test.ts`: the two run beside each other. */
describe.each(FAILURES.filter((_, at) => at % 2 === 0))("$about", (failure) => {
  // Some print six ways, and each may take three commands.
  test(`each way that is printed leads to a good state (${failure.codes.join(", ")})`, async () => await pasteEachWay(failure), 400_000);
});

test("a deploy without a database that another left: the printed way takes the code back, and the next one goes on", async () => {
  await using other = await openShop({ profile: { "database-url": null } });
  const { commit } = await other.deployed({ behaviour: { query: "SELECT 1" } });
  await other.commit({ files: { NEWS: "two" }, behaviour: { query: "SELECT 1" } });
  expect((await other.run("rollout", {}, { env: { SAVEPOINT_RUN: "bea@gone" } })).code).toBe(0);
  await other.age(7200);
  const refused = await other.run("deploy");
  const [back] = waysOf(refused);
  expect(back?.means).toBe(`Takes the code back to ${commit.slice(0, 7)}.`);
  expect((await other.paste(back?.command ?? "")).code).toBe(0);
  expect(await other.health()).toMatchObject({ commit });
  await other.commit({ files: { NEWS: "three" }, behaviour: { query: "SELECT 1" } });
  expect((await other.run("deploy")).code).toBe(0);
});
