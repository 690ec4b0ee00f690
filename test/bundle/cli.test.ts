import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { buildOneFile } from "../lab/one-file.ts";
import { NODE } from "../lab/program.ts";
import { openShop } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";

const execute = promisify(execFile);

test("the one file, copied alone into an empty folder, asks and takes back over SSH with nothing but the host and the keys", async () => {
  await using shop = await openShop({ profile: { "state-dir": null } });
  const [home, alone] = [join(shop.folder, "host-home"), join(shop.folder, "alone")];
  for (const folder of [home, alone, join(alone, ".ssh")]) await mkdir(folder);
  await using host = await startSshd({ env: { HOME: home } });
  const [first, second] = [
    await shop.deployed({ profile: { "state-dir": join(home, ".local/state/savepoint/shop/production") } }),
    await shop.deployed({}),
  ];
  // The folder that it stands in says that its files are modules.
  await writeFile(join(alone, "package.json"), '{ "type": "module" }');
  await buildOneFile(join(alone, "savepoint.js"));
  await writeFile(join(alone, ".ssh", "known_hosts"), host.knownHosts);
  await writeFile(join(alone, ".ssh", "id_ed25519"), host.key, { mode: 0o600 });
  const run = async (...words: readonly string[]) => {
    const where = ["--host", `${host.user}@${host.host}:${host.port}`, "--environment", "production", "--json"];
    const { stdout } = await execute(NODE, [join(alone, "savepoint.js"), ...words, ...where], {
      cwd: alone,
      env: { PATH: process.env["PATH"], HOME: alone, USER: "ada" },
    });
    return JSON.parse(stdout) as { readonly outputs: Readonly<Record<string, unknown>> };
  };
  expect((await run("status")).outputs).toMatchObject({ state: "idle", running: second.commit, stable: second.commit });
  const back = await run("rollback", "--confirm", "production", "--reason", "orders fail");
  expect(back.outputs).toMatchObject({ "rolled-back": true, commit: first.commit, "database-action": "kept" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: first.commit });
  expect((await run("status")).outputs).toMatchObject({ state: "idle", running: first.commit, stable: first.commit });
});
