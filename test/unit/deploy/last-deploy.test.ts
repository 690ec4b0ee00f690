import { expect, test } from "vitest";
import { lastDeploy } from "../../../src/deploy/operations/last-deploy.ts";
import { A, B, Tale } from "./records.ts";

const told = (tale: Tale): string => {
  const last = tale.ledger.deploys.at(-1);
  return last === undefined ? "" : lastDeploy(last);
};

test("of a deploy that was taken back it is told why it failed, and not why its target was that one", () => {
  const tale = new Tale().opened("d1", B, { from: A }).failed("d1", "migrate").did("d1", "rollback");
  tale.tell({ kind: "deploy.closed", deploy: "d1", as: "rolled-back", why: "it is latest-stable", on: A }, { deploy: "d1" });
  expect(told(tale)).toBe("d1 of bbbbbbb: taken back to aaaaaaa, because migrate failed: no");
});

test("of any other it is told how it ended", () => {
  expect(told(new Tale().confirmed("d1", A))).toBe("d1 of aaaaaaa: confirmed, marked stable");
  expect(told(new Tale().opened("d1", A))).toBe("d1 of aaaaaaa: open");
  const back = new Tale().opened("d1", A, { goingBack: true }).did("d1", "rollback");
  back.tell({ kind: "deploy.closed", deploy: "d1", as: "rolled-back", why: "orders fail", on: A }, { deploy: "d1" });
  expect(told(back)).toBe("d1, a rollback to aaaaaaa: rolled-back, orders fail");
});
