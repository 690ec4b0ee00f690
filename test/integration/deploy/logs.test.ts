import { appendFile, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sharedSection } from "../../../src/config/shared.ts";
import { SHARED } from "../../../src/core/input.ts";
import type { Report } from "../../../src/core/report.ts";
import { Settings } from "../../../src/core/settings.ts";
import { openEnvironment } from "../../../src/deploy/environment/environment.ts";
import { followJournal } from "../../../src/deploy/lock/follow-journal.ts";
import { realPorts } from "../../../src/faces/ports.ts";
import { connectSsh } from "../../../src/machine/ssh/ssh.ts";
import { silentReport, targetOf, workflowWorld } from "../../lab/machines.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import { startSshd } from "../../lab/sshd.ts";
import { removeFolder } from "../../lab/folder.ts";

test("whoever follows a run elsewhere reads each entry, through a host that goes away, to the end, and ends as it did", async () => {
  await using shop = await settledShop();
  await using host = await startSshd();
  const [go, afar] = [join(shop.folder, "go"), join(shop.folder, "afar")];
  await mkdir(afar);
  const wait = `while [ ! -e ${go} ]; do sleep 0.1; done`;
  const commit = await shop.commit({ behaviour: { crash: "no" }, timeout: "2s", profile: { hooks: { "before-rollout": wait } } });
  const deploy = shop.start("deploy", {}, { workflow: "100.1" });
  await expect.poll(async () => (await shop.journal()).at(-1)).toMatchObject({ kind: "step.started", step: "switch" });

  const where = { host: `${host.user}@${host.host}:${host.port}`, "state-dir": shop.stateDir, environment: "production" };
  const env = { SAVEPOINT_SSH_KEY: host.key, SAVEPOINT_SSH_KNOWN_HOSTS: host.knownHosts };
  const following = shop.start("logs", { ...where, follow: true }, { cwd: afar, env });
  let told = "";
  following.child.stderr?.on("data", (chunk: Buffer) => void (told += chunk.toString()));
  await expect.poll(() => told).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}switch begins$/m);
  await host.restart();
  await expect.poll(() => told).toContain("was lost and made again.");
  // Without --follow it tells what there is, and how one goes on.
  const now = await shop.run("logs", where, { cwd: afar, env });
  expect([now.code, now.json.outputs.end]).toEqual([0, undefined]);
  const pasted = shop.paste(now.json.next, { env });
  await writeFile(go, "");

  const [ended, seen, again] = await Promise.all([deploy.done, following.done, pasted]);
  expect([ended.code, seen.code, again.code]).toEqual([1, 1, 1]);
  expect(seen.json).toMatchObject({ operation: "logs", exit: 1, outputs: { end: "rolled-back" } });
  expect(seen.json.details.deploy).toMatchObject({ commit, owner: "100.1" });
  for (const text of [/backup is done: \S+/, /health failed: /, /rollback begins/, /the deploy is closed as rolled-back, on /])
    expect(seen.stderr).toMatch(text);
  // Each entry once, and nothing that the deploy was given.
  const lines = seen.stderr.split("\n").filter((line) => /^\d{4}-/.test(line));
  expect(new Set(lines).size).toBe(lines.length);
  expect(seen.json.details.entries.map(({ text }: { readonly text: string }) => text.split("\n")[0])).toEqual(
    lines.map((line) => line.slice(21)),
  );
  expect(seen.stdout + seen.stderr).not.toContain("sleep 0.1");
  expect(seen.stdout + seen.stderr).not.toContain(host.key.split("\n")[1]);
});

test("where nothing is open, logs tells of the last deploy, or of the one that is named, and changes nothing", async () => {
  await using shop = await settledShop();
  const before = await shop.journal();
  const last = await shop.run("logs", { follow: true });
  expect(last).toMatchObject({ code: 0, json: { outputs: { end: "confirmed" } } });
  expect(last.stderr).toMatch(/ mark|is marked stable \(stable-/);
  const { deploy } = last.json.outputs;
  expect((await shop.run("logs", { deploy })).json.outputs).toEqual(last.json.outputs);
  expect(await shop.run("logs", { deploy: "none" })).toMatchObject({
    code: 2,
    json: { code: "usage", hint: expect.stringContaining(deploy) },
  });
  expect(await shop.journal()).toEqual(before);
});

test("the journal shows each line with its number, what undoes a step, and what is damaged; followed, until it is stopped", async () => {
  await using shop = await settledShop();
  const path = join(shop.stateDir, "journal.jsonl");
  const entries = await shop.journal();
  const run = await shop.run("journal");
  expect([run.code, run.json.outputs]).toEqual([0, { lines: entries.length, damaged: 0 }]);
  const lines = run.json.details.lines as { readonly line: number; readonly kind: string; readonly text: string }[];
  expect(lines.map(({ line, kind }) => [line, kind])).toEqual(entries.map(({ kind }, index) => [index + 1, kind]));
  expect(run.stderr).toMatch(
    /^ +\d+ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}switch begins; what undoes it: the version before is started again$/m,
  );
  const following = shop.start("journal", { follow: true });
  let told = "";
  following.child.stderr?.on("data", (chunk: Buffer) => void (told += chunk.toString()));
  await expect.poll(() => told, { timeout: 60_000 }).toContain(`${entries.length}  `);
  const before = await readFile(path, "utf8");
  await appendFile(path, `${before.split("\n")[0]?.replace('"owner":"', '"owner":"x')}\n`);
  await expect
    .poll(() => told, { timeout: 60_000 })
    .toContain(`${entries.length + 1}  is no entry: its checksum is not that of what it says`);
  following.child.kill("SIGINT");
  const ended = await following.done;
  expect([ended.code, ended.json.outputs, ended.json.next]).toEqual([
    3,
    { lines: entries.length + 1, damaged: 1 },
    expect.stringContaining(`sed -i.damaged ${entries.length + 1}d`),
  ]);
  expect(ended.json.details.lines).toHaveLength(entries.length + 1);
});

test("a host that is away for longer than a connection is kept up is connected to anew, and told of once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-logs-"));
  try {
    await using host = await startSshd();
    const root = join(folder, "state");
    await mkdir(root);
    const line = (kind: string, more: object) =>
      `${JSON.stringify({ v: 1, at: new Date().toISOString(), owner: "a@desk", deploy: "d1", kind, ...more })}\n`;
    await writeFile(join(root, "journal.jsonl"), line("deploy.opened", { commit: "a".repeat(40), settings: {} }));
    const said: string[] = [];
    const sizes: number[] = [];
    const open = async (report: Report) => {
      const ports = {
        ...realPorts({ env: {}, cwd: folder, terminal: true, program: ["savepoint"], report, signal: new AbortController().signal }),
        connect: async () => await connectSsh(targetOf(host), { ...workflowWorld, patienceMs: 200 }),
      };
      const raw = { host: `${host.user}@${host.host}:${host.port}`, "state-dir": root };
      const settings = new Settings([{ source: "flags", raw: { [SHARED]: raw } }], undefined);
      const profile = { app: "shop", environment: "production", only: true };
      return await openEnvironment({ settings, ports, profile, inputs: settings.read({ shared: sharedSection }) }, { state: "optional" });
    };
    await using first = await open({ ...silentReport, say: (text: string) => void said.push(text) });
    said.length = 0;
    const following = followJournal(first, open, async (journal) => {
      const { entries, deploys } = await journal.read();
      sizes.push(entries.length);
      return deploys[0]?.end !== undefined;
    });
    await expect.poll(() => sizes).toEqual([1]);
    await host.stop();
    await expect.poll(() => said).toHaveLength(1);
    await appendFile(join(root, "journal.jsonl"), line("deploy.closed", { as: "confirmed", why: "tried" }));
    // Away for more than one try.
    const tries = sizes.length;
    await new Promise((done) => setTimeout(done, 6000));
    expect(sizes).toHaveLength(tries);
    await host.start();
    await following;
    expect(said).toEqual([
      expect.stringMatching(/^The host does not answer; it is asked again for 10 min 0 s: /),
      "The host answers again.",
    ]);
    expect(sizes).toEqual([1, 2]);
  } finally {
    await removeFolder(folder);
  }
});
