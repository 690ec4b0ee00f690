import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop, type Shop } from "../../lab/shop.ts";

const NOBODY = 65_534;
const BY_HAND = { confirm: "production", reason: "orders fail" };

/** Runs a printed command as whoever pastes it would. */
function paste(command: string): void {
  execFileSync("sh", ["-c", command]);
}

test("a state directory that others may write in, or that is another user's, is refused with the command that mends it", async () => {
  await using shop = await openShop();
  await mkdir(shop.stateDir, { mode: 0o755 });
  for (const [mode, who] of [
    [0o775, "its group"],
    [0o757, "everybody"],
    [0o777, "its group and everybody"],
  ] as const) {
    await chmod(shop.stateDir, mode);
    const run = await shop.run("deploy");
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(`The state directory ${shop.stateDir} on this machine may be written by ${who}`);
    paste(run.json.ways[0].command as string);
    expect((await stat(shop.stateDir)).mode & 0o022).toBe(0);
  }
  expect((await shop.run("deploy")).code).toBe(0);
  await chown(shop.stateDir, NOBODY, NOBODY);
  const theirs = await shop.run("rollback", BY_HAND);
  expect(theirs.code).toBe(2);
  expect(theirs.stderr).toContain(`belongs to another user (number ${NOBODY})`);
  expect((await shop.run("status")).code).not.toBe(2);
  paste((theirs.json.ways[0].command as string).replace(/^sudo /, ""));
  // Others may read it: an install from before, where nothing is lost by that.
  await chmod(shop.stateDir, 0o755);
  await chmod(join(shop.stateDir, "backups"), 0o755);
  await shop.commit({ files: { NEWS: "more" } });
  const again = await shop.run("deploy");
  expect(again.code, again.stderr).toBe(0);
  await chmod(join(shop.stateDir, "backups"), 0o777);
  const backup = await shop.run("backup", { purpose: "manual" });
  expect(backup.code).toBe(2);
  expect(backup.stderr).toContain(join(shop.stateDir, "backups"));
});

test("a second environment in one work tree is refused before anything is touched, and the right name is said", async () => {
  await using shop = await openShop({ profile: { "state-dir": null } });
  await shop.deployed();
  const home = `${shop.folder}/home/.local/state/savepoint`;
  const names = await readdir(home);
  const [app = ""] = names;
  const where = `${shop.appDir} on this machine is the work tree of ${app}/production`;
  const mine = { "app-dir": shop.appDir, "database-url": "env:DATABASE_URL" };
  for (const [operation, flags, right] of [
    ["deploy", { environment: "prodution", "dry-run": true }, "`environment: production`."],
    ["deploy", { environment: "prodution" }, "`environment: production`."],
    ["deploy", { environment: "production", app: "renamed" }, `\`app: ${app}\`.`],
    ["migrate", { environment: "prodution" }, "`environment: production`."],
    ["rollout", { environment: "production", "state-dir": `${home}/shopp/production` }, `\`state-dir: ${home}/${app}/production\`.`],
  ] as const) {
    const health = operation === "deploy" && { "health-command": "true" };
    const run = await shop.run(operation, { ...mine, app, ...health, ...flags }, { cwd: shop.folder });
    expect(run.stderr).toContain(where);
    expect(run.stderr).toContain(`give ${right}`);
    expect(run.code).toBe(2);
    expect((await shop.paste(run.json.ways[0].command)).stderr).toContain(`${app}/production`);
  }
  expect(await readdir(home)).toEqual(names);
  expect(await readdir(`${home}/${app}`)).toEqual(["production"]);
});

test("a second environment is refused in that work tree by whatever name its folder is called", async () => {
  await using shop = await openShop({ profile: { "state-dir": null } });
  await shop.deployed();
  const [app = ""] = await readdir(`${shop.folder}/home/.local/state/savepoint`);
  const [link, above, mounted] = ["link", "above", "mounted"].map((name) => join(shop.folder, name)) as [string, string, string];
  await symlink(shop.appDir, link);
  await symlink(shop.folder, above);
  await mkdir(mounted);
  execFileSync("mount", ["--bind", shop.appDir, mounted]);
  try {
    const own = join(shop.folder, "own");
    execFileSync("git", ["clone", "--quiet", shop.appDir, own]);
    for (const [directory, refused] of [
      [`${shop.appDir}/`, true],
      [`${shop.folder}/home/../app/.`, true],
      [link, true],
      [`${above}/app`, true],
      [mounted, true],
      [own, false],
    ] as const) {
      const run = await shop.run(
        "migrate",
        { "app-dir": directory, app, environment: "staging", "dry-run": true, directory: "migrations" },
        { cwd: shop.folder, env: { SAVEPOINT_DATABASE_URL: shop.database.url } },
      );
      expect([directory, run.stderr.includes(`is the work tree of ${app}/production`)], run.stderr).toEqual([directory, refused]);
    }
  } finally {
    execFileSync("umount", [mounted]);
  }
});

test("links that another user left at our names lead nothing of root's astray", async () => {
  await using shop = await openShop();
  const victim = join(shop.folder, "victim");
  await writeFile(victim, "root's own\n", { mode: 0o600 });
  await mkdir(join(shop.stateDir, "backups"), { recursive: true });
  await mkdir(join(shop.stateDir, "running"));
  for (const name of ["journal.jsonl", "lock", "beat", "identity.json"]) {
    const path = join(shop.stateDir, name);
    execFileSync("rm", ["-f", path]);
    await symlink(victim, path);
    const run = await shop.run("deploy");
    expect(await readFile(victim, "utf8"), name).toBe("root's own\n");
    expect((await stat(victim)).mode & 0o777).toBe(0o600);
    expect(run.stderr).not.toContain("it is a bug");
    expect(run.stdout + run.stderr).not.toContain("root's own");
    execFileSync("rm", ["-f", path]);
    if (run.code === 0) await shop.commit({ files: { NEWS: name } });
  }
});

describe("a journal with a line that is no entry", () => {
  const spoil = async (shop: Shop, change: (lines: string[]) => void): Promise<string> => {
    const path = join(shop.stateDir, "journal.jsonl");
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    change(lines);
    await writeFile(path, `${lines.join("\n")}\n`);
    return path;
  };

  test("that names a step which there is not is a damaged line, told by its number; only a higher format is a newer Savepoint's", async () => {
    await using shop = await openShop();
    await shop.deployed();
    const line = (format: number): string =>
      `{"v":${format},"at":"${new Date().toISOString()}","owner":"1.1","kind":"step.started","step":"migrat","intent":{}}`;
    const path = await spoil(shop, (lines) => lines.push(line(1)));
    const number = (await readFile(path, "utf8")).trimEnd().split("\n").length;
    const run = await shop.run("rollback", BY_HAND);
    expect([run.code, run.json.evidence]).toEqual([2, [`line ${number}: there is no step "migrat"`]]);
    expect(run.stderr).not.toContain("newer");
    expect(run.json.ways[0].command).toContain(`sed -i.damaged ${number}d`);
    await spoil(shop, (lines) => lines.splice(-1, 1, line(3)));
    const newer = await shop.run("rollback", BY_HAND);
    expect([newer.code, newer.stderr]).toEqual([2, expect.stringContaining(`was written by a newer Savepoint (line ${number}: format 3)`)]);
  });

  test("is told by file and line; queries go on, acts refuse, and the printed command leads on", async () => {
    await using shop = await settledShop();
    const { commit } = shop.first;
    const path = await spoil(shop, (lines) => lines.splice(3, 0, '{"v":1,"kind":"deploy.opened"}'));
    const list = await shop.run("list");
    expect(list.code, list.stderr).toBe(0);
    expect(list.stderr).toContain(`Line 4 of the journal ${path} cannot be read (\`at\` is missing) and is passed over.`);
    expect(list.stderr.match(/Line 4/g)).toHaveLength(1);
    // It may have been the opening of this very run's deploy: nobody says that there is nothing to take back.
    const status = await shop.run("status");
    expect([status.code, status.json.ways[0].command]).toEqual([3, expect.stringContaining("sed -i.damaged 4d")]);
    const step = await shop.run("rollback", {}, { workflow: "100.1" });
    expect(step.code).not.toBe(0);
    expect(step.stdout + step.stderr).toContain(`Line 4 of the journal ${path} on this machine cannot be read`);
    await shop.commit({ files: { NEWS: "more" } });
    for (const [operation, flags] of [
      ["deploy", {}],
      ["rollback", BY_HAND],
      ["mark-stable", { commit }],
    ] as const) {
      const run = await shop.run(operation, flags);
      expect(run.code, run.stderr).toBe(2);
      expect(run.stderr).toContain(`Line 4 of the journal ${path} on this machine cannot be read`);
      expect(run.json.ways).toHaveLength(1);
    }
    const refused = await shop.run("deploy");
    paste(refused.json.ways[0].command as string);
    expect(await readFile(`${path}.damaged`, "utf8")).toContain('{"v":1,"kind":"deploy.opened"}');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const run = await shop.run("deploy");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).not.toContain("cannot be read");
  });

  test("stops nothing where it was cut by a crash, stands there twice, or a later deploy settled it", async () => {
    await using shop = await settledShop();
    await spoil(shop, (lines) => {
      lines.splice(2, 0, "somebody's note", "null");
    });
    const path = join(shop.stateDir, "journal.jsonl");
    await shop.commit({ files: { NEWS: "more" } });
    paste((await shop.run("deploy")).json.ways[0].command as string);
    expect((await shop.run("deploy")).code).toBe(0);
    await spoil(shop, (lines) => {
      lines.splice(2, 0, "somebody's note");
      lines.push(lines[4] ?? "", (lines[5] ?? "").slice(0, 50));
    });
    await shop.commit({ files: { NEWS: "again" } });
    const run = await shop.run("deploy");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain(`Line 3 of the journal ${path} cannot be read (it is no JSON)`);
    expect(run.stderr).toContain("(it is there twice)");
    expect(run.stderr).toContain("(it was cut short)");
  });
});

test("an identity that is damaged is told by its file, and the printed command leads on", async () => {
  await using shop = await settledShop();
  const path = join(shop.stateDir, "identity.json");
  for (const text of ["", "{", "null", '{"app":7,"environment":"production","tagPrefix":""}']) {
    await writeFile(path, text);
    const run = await shop.run("rollback", BY_HAND);
    expect(run.code, run.stderr).toBe(2);
    expect(run.stderr).toContain(`${path} on this machine cannot be read`);
    paste(run.json.ways[0].command as string);
    const next = await shop.run("status");
    expect(next.code, next.stderr).toBe(0);
  }
});
