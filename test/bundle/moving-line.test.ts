import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NODE } from "../lab/program.ts";
import { openTmux } from "../lab/tmux.ts";

const SLOW = fileURLToPath(new URL("../lab/slow-program.ts", import.meta.url));
const MOVES = /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /m;

let place = "";
beforeEach(async () => void (place = await mkdtemp(join(tmpdir(), "savepoint-terminal-"))));
afterEach(async () => await rm(place, { recursive: true, force: true }));

const until = () => join(place, "until");
const call = (flags = "") => `${NODE} ${SLOW} slow ${flags}`;

test("at a terminal one line moves below all that is said, never wider than the screen, and is gone in the end", async () => {
  await using terminal = await openTmux({ cwd: place, env: { SLOW_UNTIL: until() }, columns: 60 });
  await terminal.type(call(), "Enter");
  await expect.poll(async () => await terminal.seen()).toContain("Warning: Said in between.");
  await expect.poll(async () => await terminal.seen()).toMatch(MOVES);
  const lines = (await terminal.seen()).trimEnd().split("\n");
  // Once, at the end, on one line of the screen: what is too long is cut, wide characters counted as two.
  expect(lines.filter((line) => MOVES.test(line))).toHaveLength(1);
  expect(lines.at(-1)).toMatch(/^. Back up 店舗データベース: dumped \d+ MB of 店+… \(\d+ s\)$/);
  expect(lines.slice(-3, -1)).toEqual(["  a line above", "Warning: Said in between."]);
  // A terminal that grows is filled at once.
  await terminal.resize(150, 30);
  await expect.poll(async () => await terminal.seen()).toMatch(/店, and more than fits on it \(\d+ s\)$/m);
  await writeFile(until(), "");
  await expect.poll(async () => await terminal.seen()).toMatch(/✓ It was slow\.\n\$ *$/m);
  expect(await terminal.seen()).not.toMatch(MOVES);
});

test.each([
  ["Ctrl-C", ["C-c"], "⏹ "],
  ["Ctrl-C twice", ["C-c", "C-c"], "stopping safely"],
] as const)("%s leaves the terminal as it was: no line, and a cursor to type with", async (_, keys, said) => {
  await using terminal = await openTmux({ cwd: place, env: { SLOW_UNTIL: until() } });
  await terminal.type(`${call()}; echo "exit $?"`, "Enter");
  await expect.poll(async () => await terminal.seen()).toMatch(MOVES);
  await terminal.type(...keys);
  await expect.poll(async () => await terminal.seen()).toContain("exit 130");
  expect(await terminal.seen()).toContain(said);
  expect(await terminal.seen()).not.toMatch(MOVES);
  expect(await terminal.ask("cursor_flag")).toBe("1");
});

test.each([
  ["NO_COLOR", { NO_COLOR: "1" }, true],
  ["TERM=dumb", { TERM: "dumb" }, false],
  ["CI", { CI: "true" }, false],
  ["--quiet", {}, false],
] as const)("with %s it moves only where it may", async (how, env, moves) => {
  await using terminal = await openTmux({ cwd: place, env: { SLOW_UNTIL: until(), ...env } });
  await terminal.type(call(how === "--quiet" ? how : ""), "Enter");
  await expect.poll(async () => await terminal.seen()).toContain("Warning: Said in between.");
  if (moves) await expect.poll(async () => await terminal.seen()).toMatch(MOVES);
  else expect(await terminal.seen()).not.toMatch(MOVES);
  expect((await terminal.seen()).includes("a line above")).toBe(how !== "--quiet");
});

test("what is piped has no control character, whatever else is wanted", async () => {
  const run = execFile(NODE, [SLOW, "slow"], { env: { PATH: process.env["PATH"], SLOW_UNTIL: until(), CLICOLOR: "1" } });
  let told = "";
  for (const stream of [run.stdout, run.stderr]) stream?.on("data", (text: string) => void (told += text));
  await expect.poll(() => told).toContain("Said in between.");
  await writeFile(until(), "");
  await expect.poll(() => run.exitCode).toBe(0);
  expect(told).toContain("✓ It was slow.");
  expect(told).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
});
