import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import { type FailedDeploy, endFailedDeploy } from "../../../src/deploy/back/failed-deploy.ts";
import { A, Tale } from "./records.ts";

test("what fails after a deploy was confirmed does not look like one that left all as before", async () => {
  const { ledger } = new Tale().confirmed("d1", A);
  const fallen = { environment: {}, tx: { state: { journal: { read: async () => await Promise.resolve(ledger) } } } };
  const error = new Failure("Releasing the lock failed (exit 1).");
  expect(
    await endFailedDeploy({
      ...fallen,
      rollback: { "prefer-down": false, automatic: true },
      token: undefined,
      id: "d1",
      error,
      outputs: {},
    } as unknown as FailedDeploy),
  ).toMatchObject({
    exit: 3,
    message: error.message,
    state: ["deploy: confirmed in the journal; aaaaaaa is stable and stays"],
    outputs: { "rolled-back": false },
  });
});
