import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import { databaseBeside } from "../../../src/deploy/database/database-beside.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { removeFolder } from "../../lab/folder.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "savepoint-hanging-"))));
afterEach(async () => await removeFolder(folder));

test("that nobody answers at the database's address is told in time, also where the engine hangs", async () => {
  const client = join(folder, "docker");
  writeFileSync(client, "#!/bin/sh\nexec sleep 600\n");
  chmodSync(client, 0o755);
  const world = {
    shared: { "app-dir": folder, "compose-command": `${client} compose`, "compose-file": undefined },
    machine: localMachine(),
  } as unknown as Parameters<typeof databaseBeside>[2];
  const target = { host: "db", port: 5432 } as Parameters<typeof databaseBeside>[0];
  expect(await databaseBeside(target, new Failure("refused", { code: "refused" }), world)).toBeUndefined();
});
