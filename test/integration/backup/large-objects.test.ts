import { expect, test } from "vitest";
import type { Failure } from "../../../src/core/failure.ts";
import { stage } from "./stage.ts";

test("a large object of another role is read as admin", async () => {
  await using here = await stage({ superuser: true });
  await here.fresh.superuser("SELECT lo_from_bytea(70003, 'theirs')");
  await here.backup({ verify: "restore" });
});

test.each([1, 12])(
  "where nobody of ours may read them, %i large objects are refused with the statement that lets them be read",
  async (count) => {
    await using here = await stage();
    await here.fresh.sql("SELECT lo_from_bytea(70000, 'ours')");
    await here.fresh.superuser(`SELECT lo_from_bytea(70000 + n, 'theirs') FROM generate_series(1, ${count}) n`);
    const refused = await here.backup().then(
      () => undefined,
      (error: unknown) => error as Failure,
    );
    expect(refused).toMatchObject({ code: "42501", exit: 2 });
    expect(refused?.evidence).toContain("large object 70001: no SELECT");
    const statement = /^(.*;) {3}\(/.exec(refused?.hint ?? "")?.[1] ?? "";
    await here.fresh.superuser(statement);
    await here.backup();
  },
);
