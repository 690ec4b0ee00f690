import { describe, expect, test } from "vitest";
import { judgeTakeover, type Sight, type AppStart } from "../../../src/health/takeover.ts";
import { parseSight } from "../../../src/machine/process/listeners.ts";
import { parseStarted } from "../../../src/rollout/started.ts";

/** Process 1 is the machine's first, 100 the old app, 200 what the start-command left. It began at tick 5000. */
const BEGUN: AppStart = { boot: "b", since: 5000, first: 5000, own: { pid: 200, start: 5010 } };

/** `pid parent start`, with `*` where it works in app-dir and `+` where it holds the port. */
function sight(...processes: readonly string[]): Sight {
  const rows = processes.map((text) => ({
    marks: text.replaceAll(/[^*+Z]/g, ""),
    numbers: text.replaceAll(/[*+Z]/g, "").trim().split(" "),
  }));
  const pidsWith = (mark: string): readonly number[] =>
    rows.filter(({ marks }) => marks.includes(mark)).map(({ numbers }) => Number(numbers[0]));
  return {
    boot: "b",
    holders: pidsWith("+"),
    hidden: false,
    processes: new Map(
      rows.map(({ numbers: [pid, parent, start], marks }) => [
        Number(pid),
        { parent: Number(parent), start: Number(start), dead: marks.includes("Z") },
      ]),
    ),
    inFolder: new Set(pidsWith("*")),
    programs: new Map(),
  };
}

const judged = (seen: Sight, begun = BEGUN, kept = false): string => judgeTakeover(seen, begun, { port: 3000, kept }).state;

describe("the old version answers", () => {
  test("where it holds the port still, and what was started has ended", () => {
    const told = judgeTakeover(sight("1 0 0", "100 1 40 +*"), BEGUN, { port: 3000, kept: false });
    expect(told).toEqual({
      state: "old",
      reason:
        "the old version answers: port 3000 is still held by process 100, which was there before the start, and the process that was started (200) has ended",
    });
  });
  test.each([
    ["ended before it could be looked at", { ...BEGUN, own: { pid: 200, start: undefined } }, sight("100 1 40 +*")],
    ["waits to be buried", BEGUN, sight("100 1 40 +*", "200 1 5010 *Z")],
    ["left its number to another process", BEGUN, sight("100 1 40 +*", "200 1 9000")],
  ] as const)("what was started %s", (_, begun, seen) => expect(judged(seen, begun)).toBe("old"));
  test("what was started is there, and has not taken over: waited for", () => {
    expect(judged(sight("100 1 40 +*", "200 1 5010 *"))).toBe("waiting");
    const same = { ...sight("100 1 40 +", "200 1 5010"), programs: new Map([100, 200].map((pid) => [pid, "/usr/bin/node"])) };
    expect(judged(same)).toBe("waiting");
  });
});

describe("nobody is called old falsely:", () => {
  test.each([
    ["what was started holds the port", sight("200 1 5010 +*")],
    ["a child of it does", sight("200 1 5010 *", "201 200 5020 +*")],
    ["a service manager started it", sight("1 0 0", "300 1 5030 +*")],
  ] as const)("%s", (_, seen) => expect(judged(seen)).toBe("new"));
  test.each([
    ["a supervisor's master stays, and its workers are new", sight("100 1 40 +*", "101 100 5050")],
    ["a proxy that stays holds the port, and the app behind it is new", sight("100 1 40 +", "300 1 5030 *")],
    ["a proxy that stays holds the port, and what was started lives", sight("100 1 40 +", "200 1 5010 *")],
    ["the port is held by another user's process", { ...sight("100 1 40 *"), hidden: true }],
    ["nobody holds it", sight("100 1 40 *")],
    ["the machine was started anew", { ...sight("100 1 40 +*"), boot: "c" }],
  ] as const)("%s: it is not known", (_, seen) => expect(judged(seen)).toBe("unknown"));
  test("the start-command left no process of its own (systemctl, pm2): it is not known", () =>
    expect(judged(sight("100 1 40 +*"), { ...BEGUN, own: undefined })).toBe("unknown"));
  test("the process from before the deploy, gone back to, is what ran before; a failed version's is not", () => {
    const begun = { ...BEGUN, first: 3000 };
    expect(judged(sight("100 1 40 +*"), begun, true)).toBe("new");
    expect(judged(sight("100 1 4000 +*"), begun, true)).toBe("old");
  });
});

test("starts are read back by their deploy, the last one and when the first began", () => {
  const text = "d1 b 100 11 101\nd2 b 200 21 201\nd2 b 300 -\nd2 b 400 41 \n";
  expect(parseStarted(text, "d1")).toEqual({ boot: "b", since: 100, first: 100, own: { pid: 11, start: 101 } });
  expect(parseStarted(text, "d2")).toEqual({ boot: "b", since: 400, first: 200, own: { pid: 41, start: undefined } });
  expect(parseStarted("d2 b 300 - \n", "d2")).toEqual({ boot: "b", since: 300, first: 300, own: undefined });
  expect(parseStarted(text, "d3")).toBeUndefined();
});

test("what the machine prints of a port is read back", () => {
  const text =
    "caller 9\nboot b\nholder 7\nhidden\nprocess 7 1 40 S\nprocess 8 1 50 Z\nprocess 9 8 60 R\nworks 7\nworks 8\nprogram 7 /opt/my app/node\n";
  expect(parseSight(text)).toEqual({
    boot: "b",
    holders: [7],
    hidden: true,
    processes: new Map([
      [7, { parent: 1, start: 40, dead: false }],
      [8, { parent: 1, start: 50, dead: true }],
      [9, { parent: 8, start: 60, dead: false }],
    ]),
    inFolder: new Set([7]),
    programs: new Map([[7, "/opt/my app/node"]]),
  });
});
