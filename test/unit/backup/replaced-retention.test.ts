import { expect, test } from "vitest";
import { planReplaced, type ReplacedContext, type ReplacedRules } from "../../../src/backup/replaced-retention.ts";
import type { ReplacedDatabase } from "../../../src/postgres/replaced-databases.ts";

const now = new Date("2026-11-20T12:00:00Z");
const ago = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
const rules: ReplacedRules = { keepReplaced: 3, keepReplacedDays: 7 };

/** Replaced databases by their age in days, called `d<days>`. */
const aged = (days: readonly number[]): ReplacedDatabase[] => days.map((age) => ({ name: `d${age}`, replacedAt: ago(age), sizeBytes: 1 }));

test.each<{ name: string; days: number[]; keeps: number[]; rules?: Partial<ReplacedRules>; context?: Partial<ReplacedContext> }>([
  { name: "keeps nothing of nothing", days: [], keeps: [] },
  { name: "keeps the newest, however old", days: [90, 100, 110, 120], keeps: [90, 100, 110] },
  { name: "keeps all that are young, however many", days: [1, 2, 3, 4, 5, 8], keeps: [1, 2, 3, 4, 5] },
  { name: "drops what is old and not among the newest", days: [1, 8, 9, 10, 11], keeps: [1, 8, 9] },
  { name: "keeps none for no rule", days: [1, 8], keeps: [], rules: { keepReplaced: 0, keepReplacedDays: 0 } },
  { name: "drops by the maximum age what the rules hold", days: [1, 3, 4], keeps: [1], rules: { maxAgeDays: 2 } },
  {
    name: "keeps what this run put aside, whatever its date",
    days: [1, 2, 3, 900],
    keeps: [1, 900],
    rules: { maxAgeDays: 1.5 },
    context: { ofThisRun: new Set(["d900"]) },
  },
  { name: "keeps what is dated in the future, and lets it take no place", days: [-400, -300, 8, 9, 10, 11], keeps: [-400, -300, 8, 9, 10] },
  {
    name: "believes the journal of one that was put aside under a clock far behind",
    days: [1, 2, 3, 900],
    keeps: [900, 1, 2, 3],
    context: { journal: new Map([3, 2, 1, 900].map((age) => [`d${age}`, ago(age === 900 ? 1 : age)])) },
  },
  {
    name: "takes the newest from the journal's order",
    days: [20, 21, 22, 23],
    keeps: [22, 21, 20],
    context: { journal: new Map([23, 20, 21, 22].map((age) => [`d${age}`, ago(age)])) },
  },
])("$name", ({ days, keeps, rules: changed = {}, context = {} }) => {
  const plan = planReplaced(aged(days), { ...rules, ...changed }, { now, journal: new Map(), ofThisRun: new Set(), ...context });
  expect(plan.keep.map((one) => one.name)).toEqual(keeps.map((age) => `d${age}`));
  expect(plan.remove.map((one) => one.replaced.name).toSorted()).toEqual(
    days
      .filter((age) => !keeps.includes(age))
      .map((age) => `d${age}`)
      .toSorted(),
  );
});

test("what is dated in the future is named, and what goes has its age and its rule", () => {
  const plan = planReplaced(aged([-30, 1, 2, 3, 9.5]), rules, { now, journal: new Map(), ofThisRun: new Set() });
  expect(plan.notes).toEqual(["Dated in the future: d-30. A clock ran ahead when they were put aside, or is behind now; they are kept."]);
  expect(plan.remove).toMatchObject([
    { days: 9.5, reason: "older than 7 days (keep-replaced-days), and not among the newest 3 (keep-replaced)" },
  ]);
});
