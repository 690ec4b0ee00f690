import { expect, test } from "vitest";
import { unownedEntries } from "../../../src/backup/table-of-contents.ts";

const ordinary =
  ";\n; Archive created\n;\n215; 1259 16385 TABLE public users shop\n3359; 0 0 COMMENT - EXTENSION pgcrypto \n3; 3079 1 EXTENSION - pgcrypto ";

test("a list with nothing of a superuser's stays as it is", () => {
  expect(unownedEntries(ordinary)).toBeUndefined();
});

test("comments on what the superuser brought are taken out, and nothing else", () => {
  const line = "3360; 0 0 COMMENT - EXTENSION plpgsql ";
  expect(unownedEntries(`${ordinary}\n${line}\n216; 0 0 COMMENT public plpgsql shop`)).toBe(
    `${ordinary}\n;${line}\n216; 0 0 COMMENT public plpgsql shop`,
  );
});
