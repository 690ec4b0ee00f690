import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Manifest } from "../../../src/backup/manifest.ts";
import { planRetention, type RetentionContext, type RetentionPlan, type RetentionRules } from "../../../src/backup/retention.ts";
import { manifest } from "./manifests.ts";

const now = new Date("2026-11-20T12:00:00Z");
const none: RetentionRules = { keepLast: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, minKeep: 1 };
const context: RetentionContext = { now, openDeploys: [], ofThisRun: [], neededByStable: [] };

/** Backups by their age in hours, ids `h<hours>`. */
const aged = (hours: readonly number[], changes: Partial<Manifest> = {}): Manifest[] =>
  hours.map((age) => manifest({ startedAt: new Date(now.getTime() - age * 3_600_000).toISOString(), id: `h${age}`, ...changes }));
const kept = (plan: RetentionPlan): string[] => plan.keep.map((one) => one.manifest.id);
const removed = (plan: RetentionPlan): string[] => plan.remove.map((one) => one.manifest.id);

describe("retention", () => {
  test.each<{ name: string; rules: Partial<RetentionRules>; hours: number[]; keeps: number[] }>([
    { name: "keeps nothing of nothing", rules: {}, hours: [], keeps: [] },
    { name: "keeps the last one though no rule holds it", rules: { minKeep: 0 }, hours: [9000], keeps: [9000] },
    { name: "keeps the newest min-keep, however old", rules: { minKeep: 3 }, hours: [9000, 9001, 9002, 9003], keeps: [9000, 9001, 9002] },
    { name: "keeps the last N", rules: { keepLast: 2 }, hours: [1, 2, 3, 4], keeps: [1, 2] },
    // 12:00 now: 1, 2 and 11 hours ago are today, 13 and 30 yesterday, 37 the day before.
    { name: "keeps the last one of each day, today counted", rules: { keepDaily: 2 }, hours: [1, 2, 11, 13, 30, 37], keeps: [1, 13] },
    {
      name: "keeps 7 days for keep-daily 7, not 7 days that had backups",
      rules: { keepDaily: 7 },
      hours: [1, 24 * 6, 24 * 7, 24 * 8],
      keeps: [1, 24 * 6],
    },
    // 2026-11-20 is a Friday: Monday 00:00 was 108 hours ago.
    { name: "keeps the last one of each ISO week", rules: { keepWeekly: 2 }, hours: [1, 107, 109, 200, 108 + 168], keeps: [1, 109] },
    {
      name: "keeps the last one of each month",
      rules: { keepMonthly: 3 },
      hours: [1, 24 * 19, 24 * 20, 24 * 40, 24 * 51, 24 * 90],
      keeps: [1, 24 * 20, 24 * 51],
    },
    { name: "keeps what any rule holds", rules: { keepLast: 2, keepDaily: 3 }, hours: [1, 2, 13, 14, 37, 61], keeps: [1, 2, 13, 37] },
    {
      name: "drops by age what the rules hold",
      rules: { keepLast: 10, minKeep: 3, maxAgeDays: 1 },
      hours: [1, 23, 25, 26],
      keeps: [1, 23],
    },
    { name: "keeps what is dated in the future", rules: { keepDaily: 1 }, hours: [-30, 1], keeps: [-30, 1] },
    {
      name: "lets what is dated in the future take no place of the others",
      rules: { keepLast: 2, minKeep: 1 },
      hours: [-30, -29, -28, 1, 2, 3],
      keeps: [-30, -29, -28, 1, 2],
    },
  ])("$name", ({ rules, hours, keeps }) => {
    const plan = planRetention(aged(hours), { ...none, ...rules }, context);
    expect(kept(plan)).toEqual(keeps.map((age) => `h${age}`));
    expect(removed(plan)).toEqual(
      hours
        .filter((age) => !keeps.includes(age))
        .sort((a, b) => b - a)
        .map((age) => `h${age}`),
    );
  });

  test("gives every reason for what stays and one for what goes", () => {
    const plan = planRetention(
      aged([1, 2, 13, 500]),
      { ...none, keepLast: 1, keepDaily: 2, minKeep: 2, maxAgeDays: 20 },
      { ...context, neededByStable: ["h1"] },
    );
    expect(plan.keep.map((one) => one.reasons)).toEqual([
      ["needed by latest-stable", "among the newest 2 (min-keep)", "among the last 1 (keep-last)", "last of its day (keep-daily 2)"],
      ["among the newest 2 (min-keep)"],
      ["last of its day (keep-daily 2)"],
    ]);
    expect(plan.remove.map((one) => one.reason)).toEqual(["older than 20 days (max-age-days)"]);
  });

  test("an open deploy's backup outlives even the maximum age", () => {
    const plan = planRetention(aged([9000], { deploy: "d-1" }), { ...none, maxAgeDays: 1 }, { ...context, openDeploys: ["d-1"] });
    expect(plan).toMatchObject({ keep: [{ reasons: ["deploy d-1 is open", "among the newest 1 (min-keep)"] }], remove: [], notes: [] });
  });

  test("what this run made outlives every rule, whatever its date", () => {
    const all = [...aged([9000]), ...aged([1, 2, -50])];
    const plan = planRetention(all, { ...none, maxAgeDays: 1 }, { ...context, ofThisRun: ["h9000"] });
    expect(kept(plan)).toEqual(["h-50", "h1", "h9000"]);
    expect(plan.keep.map((one) => one.reasons[0])).toEqual(["dated in the future", "among the newest 1 (min-keep)", "made by this run"]);
    expect(plan.notes).toEqual([
      "Dated in the future: h-50. A clock ran ahead when they were made, or is behind now; they are kept, and take no place in the keep rules.",
    ]);
  });

  test("the order in which they were made decides what is newest and how old it is, not the clock", () => {
    const numbered = (hours: number, number: number): Manifest[] => aged([hours], { number });
    // The third was made under a clock two years behind, the fourth under one an hour behind.
    const all = [...numbered(5, 1), ...numbered(4, 2), ...numbered(17_520, 3), ...numbered(4.5, 4), ...aged([3])];
    expect(kept(planRetention(all, { ...none, keepLast: 2, maxAgeDays: 30 }, context))).toEqual(["h4.5", "h17520"]);
  });

  test("the maximum age takes what latest-stable needs, and the last one, loudly", () => {
    const plan = planRetention(aged([9000], { deploy: "d-1" }), { ...none, maxAgeDays: 1 }, { ...context, neededByStable: ["d-1"] });
    expect(removed(plan)).toEqual(["h9000"]);
    expect(plan.notes).toEqual(["max-age-days takes the last pre-deploy backup of app (h9000): none is left"]);
  });

  test("what latest-stable needs stays, named by backup or by deploy", () => {
    const all = [...aged([1, 500]), ...aged([600], { deploy: "d-1" }), ...aged([700])];
    expect(kept(planRetention(all, none, { ...context, neededByStable: ["h500", "d-1"] }))).toEqual(["h1", "h500", "h600"]);
  });

  test("the total size takes the oldest of what only the keep rules hold", () => {
    const all = aged([1, 2, 3, 4, 5], { sizeBytes: 100 });
    const plan = planRetention(all, { ...none, keepLast: 5, minKeep: 1, maxTotalSize: 300 }, { ...context, neededByStable: ["h5"] });
    expect(kept(plan)).toEqual(["h1", "h2", "h5"]);
    expect(plan.remove[0]?.reason).toBe("the oldest beyond 300 B (max-total-size)");
    expect(plan.notes).toEqual([]);
  });

  test("a total size that cannot be met is said", () => {
    const plan = planRetention(aged([1, 2, 3], { sizeBytes: 100 }), { ...none, keepLast: 5, minKeep: 2, maxTotalSize: 150 }, context);
    expect(kept(plan)).toEqual(["h1", "h2"]);
    expect(plan.notes).toEqual(["max-total-size 150 B cannot be met for app: 200 B are protected"]);
  });

  test("purposes are counted apart", () => {
    const all = [...aged([1, 2]), ...aged([3, 4], { purpose: "scheduled" }), ...aged([5, 6], { purpose: "manual" })];
    expect(kept(planRetention(all, { ...none, keepLast: 1 }, context))).toEqual(["h1", "h3", "h5"]);
  });

  test("one purpose's rules leave the others' backups alone, the maximum age excepted", () => {
    const all = [...aged([1, 2, 3]), ...aged([4, 5, 900], { purpose: "scheduled" })];
    const plan = planRetention(all, { ...none, keepLast: 1, maxAgeDays: 30 }, { ...context, purpose: "pre-deploy" });
    expect(removed(plan)).toEqual(["h900", "h3", "h2"]);
    expect(plan.keep.at(-1)?.reasons).toEqual(["scheduled: left to its own rules"]);
  });

  test("another database in the same folder is counted apart, also one whose name begins alike", () => {
    const staging = aged([3, 4], { database: { ...manifest().database, name: "app_staging" } });
    const elsewhere = aged([5, 6], { database: { ...manifest().database, system: "42" } });
    const plan = planRetention([...aged([1, 2]), ...staging, ...elsewhere], { ...none, keepLast: 1, maxTotalSize: 0 }, context);
    expect(kept(plan)).toEqual(["h1", "h3", "h5"]);
  });
});

describe("whatever the backups and rules", () => {
  const backups = fc
    .uniqueArray(
      fc.record({
        minutes: fc.integer({ min: -2000, max: 80_000 }),
        sizeBytes: fc.integer({ min: 1, max: 1000 }),
        purpose: fc.constantFrom("pre-deploy", "scheduled", "manual"),
        deploy: fc.option(fc.constantFrom("d-1", "d-2", "d-3"), { nil: undefined }),
        name: fc.constantFrom("app", "app_staging"),
      }),
      { selector: (one) => one.minutes, maxLength: 30 },
    )
    .map((all) =>
      all.map(({ minutes, name, ...rest }) =>
        manifest({
          ...rest,
          id: `m${minutes}`,
          startedAt: new Date(now.getTime() - minutes * 60_000).toISOString(),
          database: { ...manifest().database, name },
        }),
      ),
    );
  const few = fc.integer({ min: 0, max: 5 });
  const anyRules: fc.Arbitrary<RetentionRules> = fc.record({
    keepLast: few,
    keepDaily: few,
    keepWeekly: few,
    keepMonthly: few,
    minKeep: few,
    maxAgeDays: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    maxTotalSize: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined }),
  });
  const anyContext: fc.Arbitrary<RetentionContext> = fc.record({
    now: fc.constant(now),
    openDeploys: fc.subarray(["d-1", "d-2"]),
    ofThisRun: fc.subarray(["d-2", "m90"]),
    neededByStable: fc.subarray(["d-3", "m100"]),
    purpose: fc.constantFrom("pre-deploy", "scheduled", undefined),
  });
  const always = (check: (plan: RetentionPlan, all: Manifest[], rules: RetentionRules, given: RetentionContext) => void): void => {
    fc.assert(
      fc.property(backups, anyRules, anyContext, (all, rules, given) => check(planRetention(all, rules, given), all, rules, given)),
    );
  };

  test("each backup is either kept with a reason or removed with one", () => {
    always((plan, all) => {
      expect([...plan.keep, ...plan.remove].map((one) => one.manifest.id).sort()).toEqual(all.map((one) => one.id).sort());
      for (const one of plan.keep) expect(one.reasons.length).toBeGreaterThan(0);
      for (const one of plan.remove) expect(one.reason).not.toBe("");
    });
  });

  test("what an open deploy or this run took is never removed", () => {
    always((plan, _, __, { openDeploys, ofThisRun }) => {
      for (const { manifest: gone } of plan.remove) {
        expect([...openDeploys, ...ofThisRun]).not.toContain(gone.deploy);
        expect(ofThisRun).not.toContain(gone.id);
      }
    });
  });

  test("never fewer than min-keep stay, nor none, of a database and purpose, but for the maximum age", () => {
    always((plan, all, rules) => {
      for (const name of ["app", "app_staging"]) {
        for (const purpose of ["pre-deploy", "scheduled", "manual"]) {
          const of = (one: Manifest): boolean => one.database.name === name && one.purpose === purpose;
          const young = all.filter(
            (one) => of(one) && !plan.remove.some((gone) => gone.manifest === one && gone.reason.includes("max-age-days")),
          );
          expect(plan.keep.filter((one) => of(one.manifest)).length).toBeGreaterThanOrEqual(
            Math.min(young.length, Math.max(1, rules.minKeep)),
          );
        }
      }
    });
  });

  test("nothing older than the maximum age stays but what an open deploy or this run took", () => {
    always((plan, _, rules, given) => {
      for (const { manifest: one } of plan.keep) {
        const old = rules.maxAgeDays !== undefined && now.getTime() - Date.parse(one.startedAt) > rules.maxAgeDays * 86_400_000;
        const held = [...given.openDeploys, ...given.ofThisRun];
        if (old) expect(held.some((id) => id === one.deploy || id === one.id)).toBe(true);
      }
    });
  });

  test("a second plan over what stayed removes nothing", () => {
    always((plan, _, rules, given) => {
      expect(
        planRetention(
          plan.keep.map((one) => one.manifest),
          rules,
          given,
        ).remove,
      ).toEqual([]);
    });
  });

  test("the order in which they are listed does not matter", () => {
    always((plan, all, rules, given) => {
      expect(planRetention(all.toReversed(), rules, given).remove).toEqual(plan.remove);
    });
  });
});
