import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop } from "../../lab/shop.ts";

test("a backup of another cluster, as on a new server, is restored by hand where that is said, and only there", async () => {
  await using shop = await settledShop();
  await shop.database.sql("INSERT INTO notes (body) VALUES ('before')");
  const made = await shop.run("backup", { purpose: "manual" });
  const { savepoint: backup, "backup-file": file } = made.json.outputs as { savepoint: string; "backup-file": string };
  const manifest = JSON.parse(await readFile(`${file}.json`, "utf8")) as { database: { system: string } };
  manifest.database.system = "42";
  await writeFile(`${file}.json`, JSON.stringify(manifest));
  await shop.database.sql("DELETE FROM notes");

  const asked = await shop.run("restore", { backup, confirm: "production" });
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain("is not of this database");
  expect(asked.json.hint).toContain("`foreign: true`");
  expect((await shop.run("status")).json.outputs.state).toBe("idle");
  expect((await shop.run("restore", { backup, drill: "true" })).code).toBe(2);
  // What an earlier drill left that was killed: a whole copy.
  const left = `${shop.database.name}_drill_20260101T000000Z`;
  await shop.database.superuser(`CREATE DATABASE "${left}" OWNER "${new URL(shop.database.url).username}"`, "postgres");
  expect((await shop.run("restore", { backup, drill: "true", foreign: "true" })).code).toBe(0);
  expect(await shop.database.superuser(`SELECT FROM pg_database WHERE datname = '${left}'`, "postgres")).toEqual([]);
  // What is printed for a drill drills.
  for (const flags of [{}, { backup: "none such" }, { backup, foreign: "true", "dry-run": true as const }]) {
    const printed = await shop.run("restore", { ...flags, drill: "true" });
    const shown = [
      ...((printed.json.evidence ?? []) as string[]),
      ...((printed.json.ways ?? []) as { command: string }[]).map(({ command }) => command),
    ];
    const commands = shown.filter((line) => / restore /.test(line));
    expect(commands.length, printed.stderr).toBeGreaterThan(0);
    for (const command of commands) expect(command).toContain(" --drill");
  }
  expect(await shop.database.sql("SELECT body FROM notes")).toEqual([]);

  const done = await shop.run("restore", { backup, confirm: "production", foreign: "true" });
  expect(done.code, done.stderr).toBe(0);
  expect(await shop.database.sql("SELECT body FROM notes")).toEqual([{ body: "before" }]);
});

test("a restore on which the app is not healthy prints how the replaced database comes back; a side that a killed one left is dropped", async () => {
  await using shop = await openShop({ profile: { health: { timeout: "2s" } } });
  // Of the database as it was before the first deploy: empty.
  const { savepoint: backup } = (await shop.run("backup", { purpose: "manual" })).json.outputs;
  await shop.deployed();
  await shop.database.sql("INSERT INTO notes (body) VALUES ('written since')");
  // Where no app is known, a restore is a step beside any deploy.
  const side = `${shop.database.name}_restore_20260101T000000Z`;
  await shop.database.superuser(`CREATE DATABASE "${side}" OWNER "${new URL(shop.database.url).username}"`, "postgres");
  const killed = { v: 1, at: new Date().toISOString(), owner: "x", kind: "step.started", step: "restore", intent: { backup, side } };
  await appendFile(join(shop.stateDir, "journal.jsonl"), `${JSON.stringify(killed)}\n`);

  const run = await shop.run("restore", { backup, confirm: "production" });
  expect(run.code, run.stderr).toBe(3);
  expect(await shop.database.superuser(`SELECT FROM pg_database WHERE datname = '${side}'`, "postgres")).toEqual([]);
  const status = await shop.run("status");
  expect(status.code).toBe(3);
  const replaced = run.json.outputs["replaced-database"] as string;
  expect((status.json.ways as { command: string }[])[1]?.command).toContain(`--backup ${replaced} `);
  const back = await shop.paste(run.json.next as string);
  expect(back.code, back.stderr).toBe(0);
  expect(await shop.database.sql("SELECT body FROM notes")).toEqual([{ body: "written since" }]);
  expect((await shop.run("status")).code).toBe(0);
});

test("run twice, a restore that leaves code and schema apart is red twice, and what it left is not believed", async () => {
  await using shop = await settledShop();
  const first = shop.first;
  const backup = (await shop.run("backup", { purpose: "manual" })).json.outputs.savepoint as string;
  const wider = { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n" };
  const second = await shop.deployed({ migrations: wider });
  for (const time of ["first", "second"]) {
    const run = await shop.run("restore", { backup, confirm: "production" });
    expect(run.code, `${time}: ${run.stderr}`).toBe(3);
    expect(run.stderr).toContain("code and schema are apart");
    // What was live before is not lost from sight: where it is, and the command that brings it back.
    expect(run.stderr).toContain(`is kept as ${run.json.outputs["replaced-database"]}`);
    expect(run.json.ways.map((way: { readonly command: string }) => way.command).join("\n")).toContain(
      `--backup ${run.json.outputs["replaced-database"]} --confirm production`,
    );
  }
  // A deploy over it is taken back to what there was, and that is not taken for the version's own schema either.
  await shop.commit({
    migrations: { "003_more.sql": "-- UP\nALTER TABLE notes ADD more int;\n" },
    behaviour: { broken: "no" },
    timeout: "1s",
  });
  const failed = await shop.run("deploy");
  expect(failed.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored", commit: second.commit });
  expect((await shop.run("restore", { backup, confirm: "production" })).code).toBe(3);
  // What is printed leads out of it.
  const back = await shop.run("rollback", { confirm: "production", reason: "apart", to: first.commit, database: "keep" });
  expect(back.code, back.stderr).toBe(0);
  const again = await shop.run("restore", { backup, confirm: "production" });
  expect(again.code, again.stderr).toBe(0);
});

test("a rollback to a backup that was made while code and schema were apart says so before and after it, is red, and teaches nothing", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  const { savepoint: fits } = (await shop.run("backup", { purpose: "manual" })).json.outputs;
  await shop.commit({ migrations: { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n" } });
  expect((await shop.run("migrate")).code).toBe(0);
  const standing = async () => (await shop.run("status")).json.outputs.schema;
  expect(await standing()).toBe("apart");
  const { savepoint: to } = (await shop.run("backup", { purpose: "scheduled" })).json.outputs;
  const told = { confirm: "production", reason: "as it was", to } as const;

  // Its name alone goes to the version's own schema, which it is not.
  const unsaid = await shop.run("rollback", told);
  expect(unsaid.code, unsaid.stderr).toBe(2);
  expect(unsaid.stderr).toContain("on another schema than the target's");
  const ways: readonly { readonly command: string; readonly means: string }[] = unsaid.json.ways;
  expect(ways[0]?.command).toContain(` --to ${fits} --database restore `);
  const odd = ways.find(({ command }) => command.includes(` --to ${to} --database restore `));
  expect(odd?.means).toContain("code and schema would be apart");
  const dry = await shop.run("rollback", { to, database: "restore", "dry-run": true });
  expect(dry.stderr).toContain(`its schema is none that ${commit.slice(0, 7)} was proven on`);

  const run = await shop.paste(odd?.command ?? "");
  expect(run.code, run.stderr).toBe(3);
  expect(run.stderr).toContain("and now code and schema are apart");
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit });
  expect((await shop.journal()).filter(({ kind, during }) => kind === "version.seen" && during === "rollback")).toEqual([]);
  expect(await standing()).toBe("apart");

  // The last way that it prints asks for the version's own schema, and there is a backup of that.
  const asked = await shop.paste(run.json.ways.at(-1).command);
  const back = await shop.paste(asked.json.next);
  expect(back.code, back.stderr).toBe(0);
  expect(await standing()).toBe("one");
});

test("a restore that cannot bring switched-off foreign keys back leaves code and schema one version's, and status says so", async () => {
  await using shop = await openShop();
  await shop.deployed({ migrations: { "002_child.sql": "-- UP\nCREATE TABLE child (note int REFERENCES notes);\n" } });
  await shop.database.superuser("ALTER TABLE child DISABLE TRIGGER ALL");
  await shop.deployed({ files: { NEWS: "keys are off" } });
  const { savepoint: backup } = (await shop.run("backup", { purpose: "manual" })).json.outputs;
  const run = await shop.run("restore", { backup, confirm: "production" });
  expect(run.code, run.stderr).toBe(0);
  const status = await shop.run("status");
  expect(status.json.outputs).toMatchObject({ schema: "one" });
  expect(status.code).toBe(0);
});

test("a restore that is not confirmed shows what it would do and the whole command, as its dry run does; the list tells how one goes there", async () => {
  await using shop = await settledShop();
  const one = shop.first;
  const two = await shop.deployed({ migrations: { "002_more.sql": "-- UP\nALTER TABLE notes ADD more int;\n" } });
  await shop.database.sql("INSERT INTO notes (body) VALUES ('on two')");
  const before = JSON.stringify(await shop.journal());
  const listed = await shop.run("list");
  expect(listed.json.next).toContain(` --to ${one.tag} `);
  const { command } = listed.json.ways[1];
  expect(command).toMatch(/ restore .*--backup \S+ /);
  const asked = await shop.paste(command);
  expect(asked.code).toBe(2);
  expect(asked.json.evidence.join("\n")).toContain("public.notes: 1 now, 0 in the savepoint");
  expect(asked.json.evidence.join("\n")).toContain(`Code and schema would be apart: ${two.commit.slice(0, 7)} runs`);
  const dry = await shop.run("restore", { backup: "latest", "dry-run": true });
  expect(dry.stderr).toContain("Code and schema would be apart");
  expect(dry.json.ways).toEqual(asked.json.ways);
  expect(asked.json.next).toContain(" --confirm production ");
  // What there is, each with its whole command, where none was said, or one that there is not.
  const replaced = `${shop.database.name}_failed_20261120143022`;
  await shop.database.sql(`CREATE DATABASE "${replaced}"`);
  for (const flags of [{}, { backup: "20261120T143022Z-gone" }]) {
    const refused = await shop.run("restore", flags);
    expect(refused.code).toBe(2);
    const ways = refused.json.ways as readonly { readonly command: string; readonly means: string }[];
    expect(ways.at(-1)?.means).toMatch(new RegExp(`^Shows what bringing back ${replaced} would do, .* ago\\.$`));
    const back = await shop.paste(ways.at(-1)?.command ?? "");
    expect(back.json).toMatchObject({ exit: 2, code: "not-confirmed", next: expect.stringContaining(`--backup ${replaced} `) });
    const newest = refused.json.next as string;
    expect(ways[0]?.means).toMatch(/^Shows what restoring the backup \S+ .* UTC.*, (?:just now|\d+ min ago), would do\.$/);
    expect((await shop.paste(newest)).json.evidence.join("\n")).toMatch(/public\.notes: 1 now, \d in the savepoint/);
  }
  await shop.database.sql(`DROP DATABASE "${replaced}"`);
  expect(JSON.stringify(await shop.journal())).toBe(before);
  const drill = await shop.run("restore", { drill: true });
  expect((await shop.paste(drill.json.next)).code).toBe(0);
});
