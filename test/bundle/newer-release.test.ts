import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NODE } from "../lab/program.ts";
import { openTmux } from "../lab/tmux.ts";

const SLOW = fileURLToPath(new URL("../lab/slow-program.ts", import.meta.url));
const SAID = /Savepoint 1\.3\.0 is out, and this is 1\.2\.3: http\S+\/releases\/latest\./;

let place = "";
let server: Server;
let asked: string[] = [];
/** Where the stand-in for GitHub leads; undefined: it accepts, and never answers. */
let leadsTo: string | undefined;

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "savepoint-newer-"));
  asked = [];
  leadsTo = "v1.3.0";
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (leadsTo !== undefined) response.writeHead(302, { location: `https://github.com/acme/savepoint/releases/tag/${leadsTo}` }).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(place, { recursive: true, force: true });
});

/** Runs a command at a terminal until it has asked (or for as long as it takes), and returns what was seen. */
async function seenAt(env: Readonly<Record<string, string>> = {}, flags = "", asks = true): Promise<string> {
  const until = join(place, "until");
  await rm(until, { force: true });
  const releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}/releases`;
  const before = asked.length;
  await using terminal = await openTmux({ cwd: place, env: { SLOW_UNTIL: until, SLOW_RELEASES: releases, ...env }, columns: 150 });
  await terminal.type(`${NODE} ${SLOW} slow ${flags}; echo "exit $?"`, "Enter");
  if (asks) {
    await expect.poll(() => asked.length).toBe(before + 1);
    if (leadsTo !== undefined) await expect.poll(async () => await noted()).toBe(true);
  } else
    await expect
      .poll(async () => (await terminal.seen()) + (await readFile(join(place, "out"), "utf8").catch(() => "")))
      .toContain("Said in between.");
  await writeFile(until, "");
  await expect.poll(async () => await terminal.seen()).toContain("exit 0");
  return await terminal.seen();
}

/** Whether it was noted in the last hour that somebody was asked. */
async function noted(): Promise<boolean> {
  const note = await stat(join(place, ".cache", "savepoint", "asked-for-a-release")).catch(() => undefined);
  return note !== undefined && Date.now() - note.mtimeMs < 60 * 60_000;
}

test("a newer release is told of at a terminal, below the result, once a day", async () => {
  expect(await seenAt()).toMatch(new RegExp(`✓ It was slow\\.\\n${SAID.source}[^]*exit 0`));
  expect(asked).toEqual(["HEAD /releases/latest"]);
  expect(await seenAt({}, "", false)).not.toMatch(SAID);
  expect(asked).toHaveLength(1);
  const yesterday = new Date(Date.now() - 25 * 60 * 60_000);
  await utimes(join(place, ".cache", "savepoint", "asked-for-a-release"), yesterday, yesterday);
  expect(await seenAt()).toMatch(SAID);
});

test.each(["v1.2.3", "v1.1.9", "v1.3.0-rc.1", "nightly", "v1.3.0/../../x"])("what is no newer release is not told of: %s", async (tag) => {
  leadsTo = tag;
  expect(await seenAt()).not.toContain("is out");
});

test.each([
  ["CI", { CI: "true" }, ""],
  ["the variable that forbids it", { SAVEPOINT_NO_UPDATE_CHECK: "1" }, ""],
  ["--quiet", {}, "--quiet"],
  ["a result that goes into a file", {}, ">out 2>&1; cat out; true"],
] as const)("nobody is asked with %s", async (_, env, flags) => {
  const seen = await seenAt({ ...env }, flags, false);
  expect(seen).toContain("It was slow.");
  expect(seen).not.toMatch(SAID);
  expect(asked).toEqual([]);
});

test("a server that never answers holds nobody up, and is asked again", async () => {
  leadsTo = undefined;
  expect(await seenAt()).not.toContain("is out");
  expect(await noted()).toBe(false);
});
