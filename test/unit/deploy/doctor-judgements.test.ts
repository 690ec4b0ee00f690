import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Prerequisite, DoctorWorld } from "../../../src/deploy/doctor/world.ts";
import { judgeClock } from "../../../src/deploy/doctor/clock.ts";
import { judgeCompose } from "../../../src/deploy/doctor/compose.ts";
import { judgeDisk } from "../../../src/deploy/doctor/disk.ts";
import { examine } from "../../../src/deploy/doctor/examine.ts";
import { passes, type Examination } from "../../../src/deploy/doctor/examination.ts";
import { readHostLook } from "../../../src/deploy/doctor/host-look.ts";
import { judgeRuleset, type Ruleset } from "../../../src/deploy/doctor/tag-rules.ts";
import { findingLines } from "../../../src/faces/findings.ts";

function examination(about: string, look: Examination["look"], needs: readonly Prerequisite[] = []): Examination {
  return { about, of: "environment", needs, why: "It matters.", look };
}

test("an examination that throws could not look, says why, and ends none of the others", async () => {
  const world = {
    heard: ["A line is odd.", "It is told."],
    told: new Set(["It is told."]),
    host: async () => await Promise.reject(new Failure("no route")),
  } as unknown as DoctorWorld;
  const found = await examine(
    [
      examination("first", async () => {
        throw new TypeError("nothing of that kind");
      }),
      examination("second", async () => [passes("Well.")], ["host"]),
      examination("third", async () => [passes("Well.")]),
    ],
    world,
  );
  expect(found).toEqual([
    { state: "unseen", about: "first", seen: "Could not look: nothing of that kind", why: "It matters." },
    { state: "unseen", about: "second", seen: "Could not look: the host is not reached.", why: "It matters." },
    { state: "pass", about: "third", seen: "Well." },
    { state: "warn", about: "besides", seen: "A line is odd." },
  ]);
});

test("the log has what fails first, why it matters, and each command alone on its line", () => {
  const mends = [{ command: "chmod go-w /x", means: "Takes that away:" }];
  expect(
    findingLines([
      { state: "pass", about: "clock", seen: "Right." },
      { state: "unseen", about: "fetch", seen: "Could not look: no clone.", why: "It matters." },
      { state: "fail", about: "state directory", seen: "others may write there", why: "They decide.", mends },
    ]),
  ).toEqual([
    "✗ state directory: Others may write there.",
    "    They decide.",
    "    Takes that away:",
    "      chmod go-w /x",
    "? fetch: Could not look: no clone.",
    "    It matters.",
    "✓ clock: Right.",
  ]);
});

test.each([
  [0, "pass"],
  [-9_000, "pass"],
  [60_000, "warn"],
  [-3_600_000, "fail"],
] as const)("a clock that is %i ms off: %s", (ahead, state) => expect(judgeClock(ahead).state).toBe(state));

test("of a host's clock no more is believed than a trip and whole seconds let be told", () => {
  const ahead = (second: number) => readHostLook(`now\t${second}\n`, { before: 100_000, after: 103_000 }).aheadMs;
  expect([99, 100, 102, 103].map((second) => ahead(second))).toEqual([0, 0, 0, 0]);
  expect(ahead(110)).toBe(7_000);
  expect(ahead(90)).toBe(-9_000);
});

test.each([
  [95, 1_000_000_000, "warn"],
  [95, 50_000_000_000, undefined],
  [80, 1_000_000_000, undefined],
] as const)("a disk that is %i%% full with %i bytes free: %s", (usedPercent, freeBytes, state) =>
  expect(judgeDisk({ path: "/x", near: "/x", writable: true, usedPercent, freeBytes })?.state).toBe(state),
);

test.each([
  ["v2.19.1", "fail"],
  ["1.29.2", "fail"],
  ["2.20.0", undefined],
  ["v5.0.1-desktop.1", undefined],
] as const)("compose %s: %s", (version, state) => expect(judgeCompose(version)?.state).toBe(state));

const RULES: Ruleset = {
  id: 7,
  name: "tags",
  enforcement: "active",
  conditions: { ref_name: { include: ["refs/tags/*"], exclude: [] } },
  rules: [{ type: "deletion" }, { type: "update" }],
};

test.each([
  ["moving is forbidden", RULES, "", "moved"],
  ["all refs are meant", { ...RULES, conditions: { ref_name: { include: ["~ALL"] } } }, "staging/", "moved"],
  ["others are meant", { ...RULES, conditions: { ref_name: { include: ["refs/tags/v*"] } } }, "", undefined],
  ["one star is no depth", RULES, "staging/", undefined],
  ["ours are left out", { ...RULES, conditions: { ref_name: { include: ["~ALL"], exclude: ["refs/tags/**stable*"] } } }, "", undefined],
  ["only removing is forbidden", { ...RULES, rules: [{ type: "deletion" }] }, "", undefined],
  ["the token may pass it by", { ...RULES, current_user_can_bypass: "always" }, "", undefined],
] as const)("a ruleset for tags, where %s", (_, ruleset, prefix, seen) => {
  const judged = judgeRuleset(ruleset, prefix, "example/shop");
  if (seen === undefined) return expect(judged).toBeUndefined();
  return expect(judged).toMatchObject({ state: "fail", seen: expect.stringContaining(seen) });
});
