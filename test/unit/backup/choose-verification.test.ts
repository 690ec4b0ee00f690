import { expect, test } from "vitest";
import { chooseVerification, type Dumped, type RestoreProof } from "../../../src/backup/choose-verification.ts";

const GB = 1_000_000_000;
const dumped: Dumped = { fingerprint: "f", serverVersion: 150_018, sizeBytes: 100, databaseBytes: GB };
const proof = (changes: Partial<RestoreProof> = {}): RestoreProof => ({
  backup: "b",
  at: new Date("2026-11-20T12:00:00Z"),
  fingerprint: "other",
  server: 15,
  sizeBytes: 100,
  restoreMs: 1000,
  ...changes,
});

test.each<{ name: string; proofs: RestoreProof[]; changes?: Partial<Dumped>; verify: "read" | "restore"; why?: string }>([
  { name: "a small database that was never restored is", proofs: [], verify: "restore", why: "the database has 1.0 GB" },
  {
    name: "a large one whose times nobody knows is read",
    proofs: [],
    changes: { databaseBytes: 2 * GB },
    verify: "read",
    why: "the database has 2.0 GB, and how long a restore takes is not known",
  },
  { name: "a schema that was restored once is read", proofs: [proof({ fingerprint: "f" })], verify: "read" },
  {
    name: "a schema that was restored once on another major version is restored",
    proofs: [proof({ fingerprint: "f", server: 14 })],
    verify: "restore",
  },
  {
    name: "another schema is restored where its times promise less than the budget",
    proofs: [proof()],
    changes: { databaseBytes: 9 * GB },
    verify: "restore",
    why: "restoring it takes about 1.0 s",
  },
  {
    name: "a dump ten times as large takes ten times as long",
    proofs: [proof()],
    changes: { sizeBytes: 1000 },
    verify: "read",
    why: "to restore it would take about 10.0 s, and no more than 5.0 s may be spent on it (verify-budget)",
  },
  { name: "a smaller one no less", proofs: [proof({ restoreMs: 5000 })], changes: { sizeBytes: 1 }, verify: "read" },
  {
    name: "the slowest of the newest three is believed, and no older one",
    proofs: [1, 2, 3, 4].map((day) => proof({ at: new Date(`2026-11-0${day}T12:00:00Z`), restoreMs: day === 1 ? 9000 : day * 1000 })),
    verify: "restore",
    why: "restoring it takes about 4.0 s",
  },
  {
    name: "what was proven without a time says nothing about it",
    proofs: [proof({ restoreMs: undefined })],
    verify: "restore",
    why: "the database has 1.0 GB",
  },
])("$name", ({ proofs, changes, verify, why }) => {
  const choice = chooseVerification({ ...dumped, ...changes }, { proofs, budgetMs: 5000, doubtful: false });
  expect(choice.verify).toBe(verify);
  if (why !== undefined) expect(choice).toMatchObject({ why });
});

test("what was only read says which proof there is: of this schema, else the last one", () => {
  const [old, newer] = [proof({ backup: "old", at: new Date("2026-11-01T12:00:00Z") }), proof({ backup: "newer" })];
  const large = { ...dumped, sizeBytes: 100_000 };
  expect(chooseVerification(large, { proofs: [old, newer], budgetMs: 1, doubtful: false })).toMatchObject({
    proven: undefined,
    last: { backup: "newer" },
  });
  const proven = { ...old, fingerprint: "f" };
  expect(chooseVerification(large, { proofs: [newer, proven], budgetMs: 1, doubtful: false })).toMatchObject({ proven: { backup: "old" } });
});

test("where a restore is doubtful, what was proven is restored again as long as that is quick, and else is what was proven", () => {
  const proofs = [proof({ fingerprint: "f" })];
  const doubted = (sizeBytes: number) => chooseVerification({ ...dumped, sizeBytes }, { proofs, budgetMs: 5000, doubtful: true });
  expect(doubted(100)).toMatchObject({ verify: "restore" });
  expect(doubted(1000)).toMatchObject({ verify: "read", proven: { backup: "b" } });
});
