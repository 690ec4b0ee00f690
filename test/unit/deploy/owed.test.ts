import { expect, test } from "vitest";
import { owedTo } from "../../../src/deploy/telling/owed.ts";
import { A, B, Tale } from "./records.ts";

/** What GitHub would be told: `one success success`, state and status. */
function told(tale: Tale): readonly string[] {
  return owedTo(tale.ledger).map(({ deploy, state, status }) => `${deploy.id} ${state} ${status ?? "-"}`);
}

test("before GitHub was told anything, the newest deploy alone is told of", () => {
  expect(told(new Tale())).toEqual([]);
  expect(told(new Tale().confirmed("one", A).confirmed("two", B))).toEqual(["two success success"]);
});

test("what is open is under way, what is confirmed is live, and what it replaced is not", () => {
  const tale = new Tale().opened("one", A);
  expect(told(tale)).toEqual(["one in_progress pending"]);
  const two = new Tale().confirmed("one", A).tell({ kind: "github.told", about: "one", deployment: 1, state: "success" });
  expect(told(two.confirmed("two", B))).toEqual(["one inactive success", "two success success"]);
});

test("a deploy that was rolled back says so, and what it goes back to stays live", () => {
  const tale = new Tale().confirmed("one", A).tell({ kind: "github.told", about: "one", deployment: 1 });
  expect(told(tale.opened("two", B, { from: A }).rolledBack("two", A))).toEqual(["one success success", "two failure failure"]);
  expect(owedTo(tale.ledger).at(-1)?.description).toBe("Failed, and rolled back to aaaaaaa: unhealthy");
});

test("a rollback by hand is a deployment of its own, and what was live before it is taken back", () => {
  const tale = new Tale().confirmed("one", A).tell({ kind: "github.told", about: "one", deployment: 1 }).confirmed("two", B);
  tale.opened("back", A, { goingBack: true, owner: "ada@desk" }).rolledBack("back", A).tell({ kind: "stable.withdrawn", commit: B });
  expect(told(tale)).toEqual(["one inactive success", "two inactive failure", "back success success"]);
});

test("what failed needs a person, what was abandoned is over, and what was told is known", () => {
  const tale = new Tale().opened("one", A).tell({ kind: "github.told", about: "one", deployment: 7, state: "in_progress" });
  tale.tell({ kind: "github.told", about: "one", status: "pending" });
  tale.tell({ kind: "deploy.closed", deploy: "one", as: "failed", why: "nothing answers" }, { deploy: "one" });
  expect(told(tale)).toEqual(["one error error"]);
  expect(owedTo(tale.ledger)[0]?.told).toEqual({ about: "one", deployment: 7, state: "in_progress", status: "pending" });
  tale.opened("two", B).tell({ kind: "deploy.closed", deploy: "two", as: "abandoned", why: "silent" }, { deploy: "two" });
  expect(told(tale)).toEqual(["one error error", "two inactive error"]);
});

test("no more than the newest ten are looked at", () => {
  const tale = new Tale().confirmed("first", A).tell({ kind: "github.told", about: "first", deployment: 1 });
  for (let at = 0; at < 30; at += 1) tale.confirmed(`d${at}`, at % 2 === 0 ? A : B);
  expect(told(tale)).toHaveLength(10);
});

/** Of which deploys there is to be an issue. */
function issues(tale: Tale): readonly string[] {
  return owedTo(tale.ledger).flatMap(({ deploy, issue }) => (issue ? [deploy.id] : []));
}

test("a rollback, and what needs a person, are worth an issue; what is good, abandoned or ended by hand is not", () => {
  const tale = new Tale().confirmed("one", A).tell({ kind: "github.told", about: "one", deployment: 1 });
  expect(issues(tale)).toEqual([]);
  expect(issues(tale.opened("two", B, { from: A }))).toEqual([]);
  expect(issues(tale.rolledBack("two", A))).toEqual(["two"]);
  for (const [blocks, worth] of [
    [true, ["three"]],
    [false, []],
  ] as const) {
    const stuck = new Tale().opened("three", B);
    stuck.tell({ kind: "deploy.closed", deploy: "three", as: "failed", why: "no", blocks }, { deploy: "three" });
    expect(issues(stuck)).toEqual(worth);
  }
});

test("to switch it on opens no issues about the past; what a killed run owes is owed still", () => {
  const tale = new Tale().confirmed("one", A).tell({ kind: "github.told", about: "one", deployment: 1 });
  tale.opened("two", B, { from: A }).rolledBack("two", A);
  tale.opened("three", B, { from: A, settings: { github: { issue: "true" } } }).rolledBack("three", A);
  expect(issues(tale.confirmed("four", B))).toEqual(["three"]);
  tale.tell({ kind: "github.told", about: "three", issue: 12 });
  expect(owedTo(tale.ledger).find(({ deploy }) => deploy.id === "three")?.told?.issue).toBe(12);
});
