import { describe, expect, test } from "vitest";
import { type Failure } from "../../../src/core/failure.ts";
import { input, type Section } from "../../../src/core/input.ts";
import { duration, size } from "../../../src/core/kinds.ts";
import { JOURNAL, Settings, variablesLayer } from "../../../src/core/settings.ts";

const migrate = {
  name: "migrate",
  inputs: {
    "lock-timeout": input(duration, { description: "How long.", default: "5s" }),
    steps: input(size, { description: "How many." }),
  },
} as const satisfies Section;

function refused(settings: Settings): Failure {
  try {
    settings.read({ migrate });
  } catch (error) {
    return error as Failure;
  }
  throw new Error("it was read");
}

describe("settings that cannot be read", () => {
  test("are refused, all of them at once, and nobody gets the others' values beside a hole", () => {
    const failure = refused(new Settings([{ source: "with:", raw: { migrate: { "lock-timeout": "5sec", steps: "many" } } }], "migrate"));
    expect(failure).toMatchObject({ exit: 2, code: "inputs" });
    expect(failure.message).toContain("2 inputs are wrong");
    expect(failure.message).toContain("`lock-timeout`");
    expect(failure.message).toContain("`steps`");
  });
  test("are called as they were given: a variable by the variable's name", () => {
    const settings = new Settings([variablesLayer({ SAVEPOINT_MIGRATE_LOCK_TIMEOUT: "5sec" }, { migrate })], "rollback");
    expect(refused(settings).message).toContain("`SAVEPOINT_MIGRATE_LOCK_TIMEOUT` ");
  });
  test("are refused from the journal too, with whose they were and what helps", () => {
    const settings = new Settings([{ source: JOURNAL, of: "deploy d1", raw: { migrate: { "lock-timeout": "5sec" } } }], "rollback");
    const failure = refused(settings);
    expect(failure.message).toContain("`migrate-lock-timeout` (from the journal of deploy d1) ");
    expect(failure.hint).toContain("What this call says counts before the journal");
    expect(settings.withFirst([{ source: "with:", raw: { migrate: { "lock-timeout": "5s" } } }]).read({ migrate }).migrate).toMatchObject({
      "lock-timeout": 5_000,
    });
  });
});
