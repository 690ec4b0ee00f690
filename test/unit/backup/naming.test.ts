import { expect, test } from "vitest";
import { nameBackup } from "../../../src/backup/naming.ts";

const at = new Date("2026-11-20T14:30:22.999Z");

test("a backup is named after its purpose, its second and the incoming commit", () => {
  expect(nameBackup("pre-deploy", at, "abc1234567890123456789012345678901234567")).toEqual({
    id: "20261120T143022Z-abc1234",
    file: "pre-deploy_20261120T143022Z_abc1234.dump",
  });
});

test("a backup without a commit says so", () => {
  expect(nameBackup("manual", at, undefined)).toEqual({ id: "20261120T143022Z-no-commit", file: "manual_20261120T143022Z_no-commit.dump" });
});

test("what is no sha never becomes a file name", () => {
  expect(() => nameBackup("manual", at, "../../x")).toThrow("not a commit's sha");
});
