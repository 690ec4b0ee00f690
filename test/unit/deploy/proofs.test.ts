import { expect, test } from "vitest";
import { describeUnproven, othersRestored, proofsOf, provenFact } from "../../../src/deploy/steps/restore-proofs.ts";
import { fold } from "../../../src/journal/ledger.ts";
import { ALGORITHM } from "../../../src/postgres/likeness.ts";
import { manifest } from "../backup/manifests.ts";

const now = new Date("2026-11-20T12:00:00Z");
const place = { app: "shop", name: "production", shared: {}, ports: { program: ["savepoint"] } } as unknown as Parameters<
  typeof describeUnproven
>[0];
const proof = (at: string) => ({
  backup: "b1",
  at: new Date(at),
  fingerprint: `${ALGORITHM}.15:f`,
  server: 15,
  sizeBytes: 1,
  restoreMs: 1,
});

test.each([
  {
    name: "proven a moment ago: a line",
    choice: { verify: "read", proven: proof("2026-11-20T11:00:00Z") } as const,
    text: "Read back, not restored: a backup of this schema (b1) was restored and compared 1 hour ago. This one is proven by `savepoint restore --environment production --backup b2 --drill --app shop`",
    old: false,
  },
  {
    name: "proven long ago: a warning",
    choice: { verify: "read", proven: proof("2026-11-08T11:00:00Z") } as const,
    text: "Read back, not restored: a backup of this schema (b1) was restored and compared 12 days ago. This one is proven by `savepoint restore --environment production --backup b2 --drill --app shop`",
    old: true,
  },
  {
    name: "never proven: a warning, with the reason and the last proof of another schema",
    choice: { verify: "read", proven: undefined, last: proof("2026-11-19T11:00:00Z"), why: "it is large" } as const,
    text: "Read back, and never restored: no backup of this schema was restored and compared yet, and it is large. The last restore that was proven is of another schema (b1), 25 hours ago. This one is proven by `savepoint restore --environment production --backup b2 --drill --app shop`",
    old: true,
  },
  {
    name: "proven by an earlier version, whose schema cannot be compared: nothing is said to be another schema",
    choice: {
      verify: "read",
      proven: undefined,
      last: { ...proof("2026-11-19T11:00:00Z"), fingerprint: `${ALGORITHM - 1}.15:f` },
      why: "to restore it would take about 1 hour",
    } as const,
    text: "Read back, not restored: to restore it would take about 1 hour. An earlier version of Savepoint proved the last restore (b1), 25 hours ago, and whether that was of this schema cannot be told. This one is proven by `savepoint restore --environment production --backup b2 --drill --app shop`",
    old: true,
  },
  {
    name: "nothing was ever proven",
    choice: { verify: "read", proven: undefined, last: undefined, why: "it is large" } as const,
    text: "Read back, and never restored: no backup of this schema was restored and compared yet, and it is large. No backup of this database was ever restored and compared. This one is proven by `savepoint restore --environment production --backup b2 --drill --app shop`",
    old: true,
  },
  {
    name: "by a clock that ran ahead",
    choice: { verify: "read", proven: proof("2026-11-21T11:00:00Z") } as const,
    text: "Read back, not restored: a backup of this schema (b1) was restored and compared at 2026-11-21 11:00:00 UTC, by a clock that ran ahead. This one is proven by `savepoint restore --environment production --backup b2 --drill --app shop`",
    old: false,
  },
])("$name", ({ choice, text, old }) => {
  expect(describeUnproven(place, { choice, backup: "b2", now })).toEqual({ text, old });
});

test("proofs come from the journal, and from backups that earlier versions restored", () => {
  const noted = manifest({ id: "20261101T000000Z-abc1234", verified: "restore", restoreMs: 7 });
  const older = manifest({ id: "20261001T000000Z-abc1234", verified: "restore" });
  const ledger = fold([{ v: 1, at: "2026-11-01T00:01:00.000Z", owner: "o", ...provenFact(noted, 7) }]);
  expect(proofsOf(ledger, [noted, older, manifest()])).toEqual([
    { backup: noted.id, at: new Date("2026-11-01T00:01:00Z"), fingerprint: "f1", server: 15, sizeBytes: 1000, restoreMs: 7 },
    { backup: older.id, at: new Date(older.endedAt), fingerprint: "f1", server: 15, sizeBytes: 1000, restoreMs: undefined },
  ]);
});

test("of what another version recorded it is not said that it is no other of the schema", () => {
  const own = proof("2026-11-19T11:00:00Z");
  expect(othersRestored(`${ALGORITHM}.15:other`, [own])).toBe("nor was any other of its schema");
  const earlier = { ...own, fingerprint: `${ALGORITHM - 1}.15:f` };
  expect(othersRestored(`${ALGORITHM}.15:f`, [earlier])).toContain("cannot be told");
});
