import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Finished, Machine } from "../../../src/core/machine.ts";
import { chooseTools, clientTools, readFound } from "../../../src/postgres/tools.ts";

function machineWith(stdout: string): Machine {
  return {
    name: "deploy@shop.example",
    login: "deploy@shop.example",
    local: false,
    run: async (): Promise<Finished> => ({ code: 1, signal: null, stdout, stderr: "", durationMs: 1 }),
    dial: async () => await Promise.reject(new Error("not dialled")),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const SEVERAL = [
  "/usr/lib/postgresql/14/bin\tpg_dump (PostgreSQL) 14.9 (Debian 14.9-1.pgdg120+1)",
  "/usr/lib/postgresql/16/bin\tpg_dump (PostgreSQL) 16.1",
  "/opt/with space/bin\tpg_dump (PostgreSQL) 17beta1",
  "/usr/bin\tpg_dump (PostgreSQL) 16.1",
  "not a tool",
].join("\n");

test("the server's own major is taken first, then the next newer one", () => {
  const found = readFound(SEVERAL);
  expect(chooseTools(found, 14)?.folder).toBe("/usr/lib/postgresql/14/bin");
  expect(chooseTools(found, 15)?.folder).toBe("/usr/lib/postgresql/16/bin");
  expect(chooseTools(found, 16)?.folder).toBe("/usr/lib/postgresql/16/bin");
  expect(chooseTools(found, 17)?.folder).toBe("/opt/with space/bin");
  expect(chooseTools(found, 18)).toBeUndefined();
});

test("tools that are too old, or none, are refused with the package to install", async () => {
  for (const [stdout, says] of [
    [SEVERAL, "14, 16, 17 only"],
    ["", "no pg_dump and pg_restore"],
  ] as const) {
    const failure: unknown = await clientTools(machineWith(stdout), 18).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({
      exit: 2,
      message: expect.stringContaining(says),
      hint: expect.stringContaining("postgresql-client-18"),
    });
  }
});
