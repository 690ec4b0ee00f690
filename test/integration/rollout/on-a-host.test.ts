import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Machine } from "../../../src/core/machine.ts";
import { Secret } from "../../../src/core/secret.ts";
import { openClone } from "../../../src/machine/git/clone.ts";
import { connectSsh } from "../../../src/machine/ssh/ssh.ts";
import { openGitRemote } from "../../../src/release/git-remote.ts";
import { moveStable, readStable } from "../../../src/release/stable.ts";
import { prepareRollout } from "../../../src/rollout/prepare.ts";
import { byCommands } from "../../../src/rollout/command/command.ts";
import { createOrigin, type Origin } from "../../lab/git.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";

const silent = {
  step: async <T>(_: string, body: () => Promise<T>) => await body(),
  say: () => undefined,
  detail: () => undefined,
  notice: () => undefined,
  warning: () => undefined,
  mask: () => undefined,
};
const signal = new AbortController().signal;
const ports = { signal, report: silent, clock: { now: () => new Date(), sleep: async () => await new Promise<void>(() => undefined) } };
let sshd: Sshd;
let host: Machine;
let origin: Origin;

beforeAll(async () => {
  origin = await createOrigin();
  sshd = await startSshd();
  host = await connectSsh(
    { user: sshd.user, host: sshd.host, port: sshd.port, key: new Secret(sshd.key), knownHosts: sshd.knownHosts },
    { terminal: false, home: sshd.home, env: {}, report: silent, signal },
  );
});
afterAll(async () => {
  writeFileSync(join(origin.folder, "end"), "");
  await host[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});

test("a host over SSH fetches, switches, keeps its chatty app running, and marks the version stable", async () => {
  const first = await origin.commitFiles({ "version.txt": "1.0\n", "é 'x'.txt": "1" }, "1.0");
  const clone = await openClone(host, await origin.clone("app dir"));
  const second = await origin.commitFiles({ "version.txt": "1.1\n" }, "1.1");
  const settings = {
    strategy: "command" as const,
    command: 'echo "built $SAVEPOINT_COMMIT" > ../built',
    services: undefined,
    "stop-command": undefined,
    "start-command": `sh -c 'echo $$ > ../app.pid; while [ ! -e ../end ]; do echo tick; sleep 0.02; done' &`,
    transport: "fetch" as const,
  };
  expect(await prepareRollout({ clone, commit: second, settings, ports })).toMatchObject({ previous: first, fetched: true });
  await byCommands({ clone, settings, environment: { SAVEPOINT_COMMIT: second }, ports }).switchTo({ commit: second });
  expect(readFileSync(join(origin.folder, "built"), "utf8")).toBe(`built ${second}\n`);
  expect(readFileSync(join(clone.directory, "version.txt"), "utf8")).toBe("1.1\n");
  const noted = join(origin.folder, "app.pid");
  // The file is there a moment before what is written to it.
  while (!existsSync(noted) || readFileSync(noted, "utf8") === "") await sleep(20);
  const pid = readFileSync(noted, "utf8").trim();
  expect(execFileSync("ps", ["-o", "stat=", "-p", pid], { encoding: "utf8" })).not.toBe("");

  const remote = await openGitRemote(clone);
  const name = { app: "shop", environment: "production", prefix: "" };
  expect(await moveStable({ remote, name, commit: second, at: new Date(), deploy: "d", keepTags: 5 })).toMatchObject({ moved: true });
  expect(await readStable(remote, name)).toBe(second);
});
