import { describe, test } from "vitest";
import { FAILURES } from "../../lab/failures.ts";
import { pasteEachWay, withTwoVersions } from "../../lab/paste-ways.ts";

withTwoVersions();

/** The first half is in `ways.test.ts`: the two run beside each other. */
describe.each(FAILURES.filter((_, at) => at % 2 === 1))("$about", (failure) => {
  // Some print six ways, and each may take three commands.
  test(`each way that is printed leads to a good state (${failure.codes.join(", ")})`, async () => await pasteEachWay(failure), 400_000);
});
