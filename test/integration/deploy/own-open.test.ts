import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import type { Run, Shop } from "../../lab/shop.ts";

const ADDS = { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" };

function first(status: Run): string {
  return (status.json.ways[0]?.command ?? "") as string;
}

/** Which operation a printed command runs. */
function operationOf(command: string): string {
  return /(?:savepoint|cli\.js) ([\w-]+) /.exec(command)?.[1] ?? command;
}

async function expectGood(shop: Shop, commit: string): Promise<void> {
  const status = await shop.run("status");
  expect(status.json.outputs).toMatchObject({ state: "idle", schema: "one", running: commit });
  expect(status.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit });
}

test("status over a deploy of one's own prints the step that goes on with it, until it is stable", async () => {
  await using shop = await settledShop();
  const commit = await shop.commit({ migrations: ADDS });
  expect((await shop.run("backup")).code).toBe(0);
  const elsewhere = await shop.run("status", { "state-dir": shop.stateDir, app: "shop" }, { cwd: shop.folder });
  expect(elsewhere.stderr).toContain(
    "with the next step of your deploy, within 30 min 0 s of its last step (lock-lease), from where its settings are",
  );
  expect(elsewhere.json.ways).toEqual([]);
  const ran: string[] = [];
  for (;;) {
    const status = await shop.run("status");
    if (status.json.outputs.state === "idle") break;
    expect(status.code).toBe(0);
    ran.push(operationOf(first(status)));
    expect(status.stderr).toContain(`with \`${ran.at(-1)}\`, the next step of your deploy`);
    // Where the reader stands: its settings are in that folder.
    expect((await shop.paste(first(status), { cwd: shop.checkout })).code).toBe(0);
  }
  expect(ran).toEqual(["migrate", "rollout", "health-check", "mark-stable"]);
  await expectGood(shop, commit);
});

test("within a run status names the run's next step; to others it is not theirs", async () => {
  await using shop = await settledShop();
  await shop.commit({ migrations: ADDS });
  for (const step of ["backup", "migrate"]) expect((await shop.run(step, {}, { workflow: "100.1" })).code).toBe(0);
  const mine = await shop.run("status", {}, { workflow: "100.1" });
  expect(mine.stderr).toContain("with `rollout`, the next step of this run's deploy");
  expect(operationOf(first(mine))).toBe("rollout");
  const other = await shop.run("status");
  expect(other.stderr).not.toContain("goes on");
  expect(operationOf(first(other))).toBe("rollback");
});

test("a deploy of one's own whose step failed goes on with a rollback, and that is what is printed", async () => {
  await using shop = await settledShop();
  await shop.commit({ migrations: { "002_x.sql": "-- UP\nALTER TABLE nothing ADD x int;\n" } });
  expect((await shop.run("backup")).code).toBe(0);
  expect((await shop.run("migrate")).code).toBe(1);
  const status = await shop.run("status");
  expect(status.code).toBe(3);
  expect(status.stderr).toContain("with a rollback: `migrate` failed");
  expect(operationOf(first(status))).toBe("rollback");
  expect((await shop.paste(first(status))).code).toBe(0);
  await expectGood(shop, shop.first.commit);
});

test("while a step of one's own runs, status says that it is waited for, and prints no step", async () => {
  await using shop = await settledShop();
  await shop.commit({ profile: { rollout: { command: "while [ ! -e ../go-on ]; do sleep 0.05; done" } } });
  const running = shop.start("rollout");
  const switches = async (): Promise<number> =>
    (await shop.journal()).filter(({ kind, step }) => kind === "step.started" && step === "switch").length;
  for (const before = await switches(); (await switches()) === before;) await new Promise((again) => setTimeout(again, 50));
  const status = await shop.run("status");
  expect(status.stderr).toContain("when what runs has ended: another command of ada@desk is running switch on shop/production");
  expect(status.json.ways.map(({ command }: { readonly command: string }) => operationOf(command))).not.toContain("health-check");
  await writeFile(join(shop.folder, "go-on"), "");
  expect((await running.done).code).toBe(0);
});

test("a deploy of one's own that was left for longer than lock-lease is not continued: only a rollback is printed", async () => {
  await using shop = await settledShop();
  await shop.commit({ migrations: ADDS });
  for (const step of ["backup", "migrate"]) expect((await shop.run(step)).code).toBe(0);
  await shop.age(2400);
  const status = await shop.run("status");
  expect(status.code).toBe(3);
  expect(status.stderr).not.toContain("the next step");
  expect(operationOf(first(status))).toBe("rollback");
});
