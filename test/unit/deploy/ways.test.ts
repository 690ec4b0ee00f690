import { describe, expect, test } from "vitest";
import type { CommandPlace } from "../../../src/deploy/call/next-command.ts";
import { triedOf } from "../../../src/deploy/back/tried.ts";
import { reasonOf, rankWays, type WaysFacts } from "../../../src/deploy/back/ways.ts";
import { A, Tale } from "./records.ts";

const SAVEPOINT = { id: "20261120T120000Z-bbbbbbb", at: "2026-11-20T12:00:00Z", from: A };
const OLDER = { id: "20261119T120000Z-ccccccc", at: "2026-11-19T12:00:00Z", from: "c".repeat(40) };

const FACTS: WaysFacts = {
  place: { app: "shop", name: "production", shared: { "state-dir": "/s" } as CommandPlace["shared"], ports: { program: ["savepoint"] } },
  reason: "deploy d1 failed at migrate",
  deploy: "d1",
  target: "aaaaaaa",
  database: true,
  differs: true,
  down: { stays: [], losses: [] },
  savepoint: SAVEPOINT,
  others: [SAVEPOINT, OLDER, { ...OLDER, id: "without-version", from: undefined }],
  tried: [],
};

const AUTO = { to: undefined, database: "auto" } as const;

/** The ways as what they say beside the usual words: `rollback --database keep`. */
function ways(facts: Partial<WaysFacts>): readonly string[] {
  return rankWays({ ...FACTS, ...facts }).map(({ command }) =>
    command
      .replace("savepoint ", "")
      .replace(" --environment production --confirm production", "")
      .replace(/^status .*/, "status")
      .replace(/ --reason '.*$/, ""),
  );
}

test("a backup that holds another schema than its version's stands behind all the others, and says so", () => {
  const odd = { ...SAVEPOINT, apart: true };
  const facts = { ...FACTS, down: undefined, deploy: undefined, tried: [{ ...AUTO, code: "no-way-back" }] };
  const to = (id: string) => `rollback --to ${id} --database restore`;
  expect(ways({ ...facts, savepoint: undefined, others: [odd, OLDER] })).toEqual([to(OLDER.id), "rollback --database keep", to(odd.id)]);
  expect(ways({ ...facts, savepoint: undefined, others: [odd] })).toEqual(["rollback --database keep", to(odd.id)]);
  expect(ways({ ...facts, savepoint: odd, others: [] })).toEqual(["rollback --database keep", "rollback --database restore"]);
  expect(rankWays({ ...facts, savepoint: odd, others: [] }).at(-1)?.means).toContain("code and schema would be apart");
});

test("a DOWN that is known not to undo its UP stands behind what restores and what leaves all as it is, and says why", () => {
  const stay = "the DOWN of 002 (x) does not undo line 1 of its UP: it does not name x";
  const facts = { ...FACTS, down: { stays: [stay], losses: [] }, tried: [{ ...AUTO, code: "no-way-back" }], others: [] };
  expect(ways(facts)).toEqual(["rollback --database restore", "rollback --database keep", "rollback --database down", "unlock"]);
  expect(ways({ ...facts, savepoint: undefined })).toEqual(["rollback --database keep", "rollback --database down", "unlock"]);
  const told = (more: Partial<WaysFacts>) => rankWays({ ...facts, ...more }).find(({ command }) => command.includes("down"))?.means;
  expect(told({})).toContain(`. But ${stay}.`);
  const loss = "002 (x), line 1 of its DOWN: DROP TABLE loses what is in it";
  expect(told({ down: { stays: [], losses: [loss] } })).toContain(`other rows stay; what those drop is gone for good (${loss}).`);
});

describe("the ways on from a deploy that is open", () => {
  test.each<{ readonly when: string; readonly facts: Partial<WaysFacts>; readonly open: readonly string[] }>([
    { when: "nothing was tried yet", facts: {}, open: ["rollback", "unlock"] },
    {
      when: "the app's own command failed: it is printed again behind a look, for when it was mended",
      facts: { tried: [{ ...AUTO, code: "command-failed" }] },
      open: ["status", "rollback", "unlock"],
    },
    {
      when: "the reader has just seen how things stand",
      facts: { seen: true, tried: [{ ...AUTO, code: "command-failed" }] },
      open: ["rollback", "unlock"],
    },
    {
      when: "it failed with a code that nobody foresaw: the ways that were not tried come first",
      facts: { tried: [{ ...AUTO, code: "failed" }] },
      open: [
        "rollback --database down",
        "rollback --database restore",
        "rollback --database keep",
        `rollback --to ${OLDER.id} --database restore`,
        "unlock",
        "rollback",
      ],
    },
    {
      when: "it failed twice and never saw the database: once the way in is mended, what looks comes first",
      facts: {
        down: undefined,
        others: [],
        tried: [
          { ...AUTO, code: "28P01", unseen: true },
          { ...AUTO, code: "28P01", unseen: true },
        ],
      },
      open: ["status", "rollback", "rollback --database restore", "rollback --database keep", "unlock"],
    },
    {
      when: "`keep` was said, and did not see the database either: what looks comes before it still",
      facts: {
        down: undefined,
        others: [],
        tried: [
          { ...AUTO, code: "28P01", unseen: true },
          { to: undefined, database: "keep", code: "28P01", unseen: true },
        ],
      },
      open: ["status", "rollback", "rollback --database keep", "rollback --database restore", "unlock"],
    },
    {
      when: "looking had found no way back, and the next try did not see the database: other ways come first",
      facts: {
        others: [],
        tried: [
          { ...AUTO, code: "no-way-back" },
          { to: undefined, database: "keep", code: "28P01", unseen: true },
        ],
      },
      open: ["rollback --database down", "rollback --database restore", "unlock", "rollback --database keep"],
    },
    {
      when: "the connection was lost, which may pass by itself",
      facts: { tried: [{ ...AUTO, code: "connection-lost" }] },
      open: ["status", "rollback", "unlock"],
    },
    {
      when: "the connection was lost twice in a row",
      facts: {
        tried: [
          { ...AUTO, code: "connection-lost" },
          { ...AUTO, code: "connection-lost" },
        ],
        savepoint: undefined,
        down: undefined,
        others: [],
      },
      open: ["rollback --database keep", "unlock", "rollback"],
    },
    {
      when: "it failed twice, each time in another way",
      facts: {
        tried: [
          { ...AUTO, code: "connection-lost" },
          { ...AUTO, code: "command-failed" },
        ],
      },
      open: ["status", "rollback", "unlock"],
    },
    {
      when: "there is no way back that follows from looking",
      facts: { savepoint: undefined, down: undefined, tried: [{ ...AUTO, code: "no-way-back" }] },
      open: [
        `rollback --to ${SAVEPOINT.id} --database restore`,
        "rollback --database keep",
        `rollback --to ${OLDER.id} --database restore`,
        "unlock",
      ],
    },
    {
      when: "the same, and the target's schema was never seen: to keep is not known to be wrong",
      facts: { savepoint: undefined, down: undefined, differs: false, others: [OLDER], tried: [{ ...AUTO, code: "no-way-back" }] },
      open: ["rollback --database keep", `rollback --to ${OLDER.id} --database restore`, "unlock"],
    },
    {
      when: "the savepoint could not be restored: it would not be the next time",
      facts: { tried: [{ ...AUTO, code: "restore-failed" }] },
      open: [
        "rollback --database down",
        "rollback --database keep",
        `rollback --to ${OLDER.id} --database restore`,
        "rollback --database restore",
        "unlock",
      ],
    },
    {
      when: "keeping was said as well, and the app is not healthy on that schema",
      facts: {
        tried: [
          { ...AUTO, code: "restore-failed" },
          { to: undefined, database: "keep", code: "unhealthy-and-apart" },
        ],
      },
      open: ["rollback --database down", `rollback --to ${OLDER.id} --database restore`, "rollback --database restore", "unlock"],
    },
    {
      when: "the connection was lost while a restore was under way that had been said",
      facts: {
        tried: [
          { ...AUTO, code: "restore-not-said" },
          { to: undefined, database: "restore", code: "connection-lost" },
        ],
      },
      open: ["status", "rollback --database restore", "unlock"],
    },
    {
      when: "another version was named, and it could not be started: the usual way was not tried",
      facts: { tried: [{ to: OLDER.id, database: "restore", code: "command-failed" }] },
      open: ["rollback", "unlock"],
    },
    {
      when: "what ran before is known to have failed: only a person may go there",
      facts: { target: undefined, savepoint: undefined, failedBefore: A },
      open: [
        `rollback --to ${A}`,
        `rollback --to ${SAVEPOINT.id} --database restore`,
        `rollback --to ${OLDER.id} --database restore`,
        "unlock",
      ],
    },
    {
      when: "nothing is known to go back to, and there is no database",
      facts: { target: undefined, savepoint: undefined, database: false, others: [] },
      open: ["unlock"],
    },
    {
      when: "nothing is open, and what becomes of the database has to be said",
      facts: { deploy: undefined, mustBeSaid: true, others: [SAVEPOINT] },
      open: ["rollback --database down", "rollback --database restore", "rollback --database keep"],
    },
    {
      when: "nothing is open, a version was named, and the database's way has to be said",
      facts: { deploy: undefined, mustBeSaid: true, to: "stable-1", down: undefined, others: [] },
      open: ["rollback --to stable-1 --database restore", "rollback --to stable-1 --database keep"],
    },
  ])("where $when", ({ facts, open }) => expect(ways(facts)).toEqual(open));

  test.each(["failed", "command-failed", "connection-lost", "disk-full", "no-way-back", "restore-failed", "57P01"])(
    "what has just failed (%s) is never the first again, whatever it was told and however often",
    (code) => {
      for (const database of ["auto", "keep", "down", "restore"] as const) {
        for (const times of [1, 2, 3]) {
          for (const others of [[], [OLDER]]) {
            const told = { to: undefined, database };
            const tried = Array.from({ length: times }, () => ({ ...told, code }));
            const words = `rollback${database === "auto" ? "" : ` --database ${database}`}`;
            expect(ways({ tried, others })[0]).not.toBe(words);
            expect(ways({ tried: [{ ...AUTO, code }, ...tried], others })[0]).not.toBe(words);
          }
        }
      }
    },
  );

  test("are whole commands with a sentence on each: no placeholder, and a reason that is true", () => {
    for (const tried of [[], [{ ...AUTO, code: "no-way-back" }]]) {
      for (const { command, means } of rankWays({ ...FACTS, tried })) {
        expect(command).not.toMatch(/…|COMMIT|\bID\b|<|>/);
        expect(command).toContain("--reason 'deploy d1 failed at migrate'");
        expect(means).toMatch(/^[A-Z][^\n]*\.$/);
      }
    }
  });
});

test("what was tried is read from the journal: what was told, and the code; a rollback that was killed did not fail", () => {
  const tale = new Tale().opened("d1", A).did("d1", "backup");
  const at = { deploy: "d1" };
  tale.tell({ kind: "step.started", step: "rollback", intent: {} }, at).tell({ kind: "step.failed", step: "rollback", message: "no" }, at);
  tale.tell({ kind: "step.started", step: "rollback", intent: { to: "x", database: "keep" } }, at);
  tale.tell({ kind: "step.failed", step: "rollback", message: "no", code: "unhealthy-and-apart" }, at);
  tale.tell({ kind: "step.started", step: "rollback", intent: {} }, at);
  tale.tell({ kind: "step.failed", step: "rollback", message: "no", code: "28P01", unseen: true }, at);
  tale.tell({ kind: "step.started", step: "rollback", intent: { database: "restore" } }, at);
  const [deploy] = tale.ledger.deploys;
  expect(deploy && triedOf(deploy)).toEqual([
    { to: undefined, database: "auto", code: "failed" },
    { to: "x", database: "keep", code: "unhealthy-and-apart" },
    { to: undefined, database: "auto", code: "28P01", unseen: true },
  ]);
  expect(deploy && reasonOf(deploy)).toBe("deploy d1 did not end at rollback");
});
