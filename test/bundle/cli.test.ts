import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOneFile } from "../lab/one-file.ts";
import { NODE } from "../lab/program.ts";
import { openShop } from "../lab/shop.ts";
import { type Sshd, startSshd } from "../lab/sshd.ts";

const execute = promisify(execFile);
const BUILT = join(import.meta.dirname, "../../dist/cli.js");

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

const KEYS = [
  ["rsa", "", "file"],
  ["ecdsa", "", "file"],
  ["ed25519", "", "file"],
  ["rsa", "it's $ecret ☃", "file"],
  ["ecdsa", "it's $ecret ☃", "file"],
  ["ed25519", "it's $ecret ☃", "file"],
  ["rsa", "", "agent"],
  ["ecdsa", "", "agent"],
  ["ed25519", "", "agent"],
] as const;

describe("what is bundled of SSH logs in, on a host that is known by a key of the same type,", () => {
  let folder: string;
  let host: Sshd;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "savepoint-keys-"));
    host = await startSshd({ hostKeys: ["rsa", "ecdsa", "ed25519"], config: [`AuthorizedKeysFile ${join(folder, "authorized_keys")}`] });
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(KEYS)("with a key of type %s, passphrase %j, by %s", async (type, passphrase, by) => {
    const home = await mkdtemp(join(folder, "home-"));
    const key = join(home, "key");
    await execute("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-f", key]);
    // Nobody else's: what an earlier one was let in with is of no use.
    await copyFile(`${key}.pub`, join(folder, "authorized_keys"));
    const socket = join(home, "agent.sock");
    const agent = by === "agent" ? spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" }) : undefined;
    try {
      if (agent !== undefined) {
        await expect.poll(() => existsSync(socket)).toBe(true);
        await execute("ssh-add", ["-q", key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      }
      const given = { SAVEPOINT_SSH_KEY: await readFile(key, "utf8"), ...(passphrase !== "" && { SAVEPOINT_SSH_PASSPHRASE: passphrase }) };
      const words = ["status", "--host", `${host.user}@${host.host}:${host.port}`, "--state-dir", join(home, "state"), "--app", "shop"];
      const known = { SAVEPOINT_SSH_KNOWN_HOSTS: `[${host.host}]:${host.port} ${host.publicKeys[type]}` };
      const ended = execute(NODE, [BUILT, ...words, "--environment", "production", "--json"], {
        cwd: home,
        env: { PATH: process.env["PATH"], HOME: home, USER: "ada", ...known, ...(by === "agent" ? { SSH_AUTH_SOCK: socket } : given) },
      });
      // It was let in, and looked around there.
      const { stdout } = await ended.catch((error: { readonly stdout: string }) => error);
      expect(JSON.parse(stdout)).toMatchObject({ code: "no-state" });
    } finally {
      agent?.kill();
    }
  });
});
