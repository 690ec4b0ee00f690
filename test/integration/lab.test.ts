import { expect, test } from "vitest";
import { freshDatabase } from "../lab/postgres.ts";

test("the lab gives a database whose owner is no superuser", async () => {
  await using database = await freshDatabase();
  expect(await database.sql("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).toEqual([{ rolsuper: false }]);
});
