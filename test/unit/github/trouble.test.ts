import { expect, test } from "vitest";
import { tellingTrouble } from "../../../src/github/trouble.ts";

/** What GitHub answered, as its client throws it. */
function answered(status: number | undefined, message: string, headers: Readonly<Record<string, string>> = {}): Error {
  return Object.assign(new Error(message), status === undefined ? {} : { status, response: { status, headers, data: { message } } });
}

test.each<readonly [string, Error, RegExp]>([
  ["403", answered(403, "Resource not accessible by integration"), /`permissions: \{ deployments: write \}`/],
  ["404, as a private repository says it", answered(404, "Not Found"), /`permissions: \{ deployments: write \}`/],
  ["401", answered(401, "Bad credentials"), /does not accept the token/],
  ["422", answered(422, "Validation Failed"), /does not take it \(.*Validation Failed/],
  ["429", answered(429, "slow down", { "retry-after": "60" }), /answers no more requests/],
  ["a secondary limit", answered(403, "You have exceeded a secondary rate limit.", { "retry-after": "60" }), /answers no more requests/],
  ["500", answered(500, "oops"), /API does not answer/],
  ["nothing, or half an answer", answered(undefined, "terminated"), /API does not answer/],
])("what GitHub answers is told as what it means: %s", (_, error, said) => {
  const untold = tellingTrouble("deployments: write")(error, "POST /repos/{owner}/{repo}/deployments");
  expect(untold.message).toMatch(said);
  expect(untold.cause).toBe(error);
});
