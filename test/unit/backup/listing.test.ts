import { expect, test } from "vitest";
import { listBackups } from "../../../src/backup/listing.ts";
import { planRetention } from "../../../src/backup/retention.ts";
import { manifest } from "./manifests.ts";

test("a list shows the newest first, each with what it is and why it is kept", () => {
  const all = [
    manifest(),
    manifest({
      startedAt: "2026-11-21T00:00:00Z",
      purpose: "manual",
      from: undefined,
      to: undefined,
      sizeBytes: 142_100_000,
      verified: "restore",
    }),
  ];
  const rules = { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, minKeep: 1, maxAgeDays: 1 };
  const plan = planRetention(all, rules, { now: new Date("2026-11-21T15:00:00Z"), openDeploys: [], ofThisRun: [], neededByStable: [] });
  expect(listBackups(all, plan)).toEqual([
    {
      id: "20261121T000000Z-abc1234",
      purpose: "manual",
      when: "2026-11-21 00:00:00 UTC",
      size: "142.1 MB",
      commit: "–",
      verified: "restore",
      database: "app",
      kept: "among the newest 1 (min-keep); among the last 1 (keep-last)",
    },
    {
      id: "20261120T143022Z-abc1234",
      purpose: "pre-deploy",
      when: "2026-11-20 14:30:22 UTC",
      size: "1.0 kB",
      commit: "1111111 → abc1234",
      verified: "read",
      database: "app",
      kept: "goes next time: older than 1 day (max-age-days)",
    },
  ]);
});
