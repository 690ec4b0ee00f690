import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Shared } from "../../../src/config/shared.ts";
import { Failure } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import type { Secret } from "../../../src/core/secret.ts";
import { openConfiguredDatabase } from "../../../src/deploy/database/database.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { databaseAddress } from "../../../src/postgres/address.ts";
import { machineOn } from "../../lab/machines.ts";
import { startSshd, type Sshd } from "../../lab/sshd.ts";
import { removeFolder } from "../../lab/folder.ts";

let folder: string;
let sshd: Sshd;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "savepoint-env-name-"));
  await chmod(folder, 0o755);
  sshd = await startSshd();
});
afterAll(async () => {
  await sshd[Symbol.asyncDispose]();
  await removeFolder(folder);
});

async function named(machine: Machine, text: string) {
  await writeFile(join(folder, ".env"), text);
  const shared = { "app-dir": folder, "database-url": databaseAddress.parse("env:DATABASE_URL") } as unknown as Shared;
  const masked: string[] = [];
  const database = await openConfiguredDatabase({
    shared,
    machine,
    here: machine,
    mask: (secret: Secret) => void masked.push(secret.reveal()),
    say: () => undefined,
  });
  return { target: database?.target, masked };
}

const TEXT = `PASSWORD='p$w"x'\nDATABASE_URL="postgres://shop:\${DB_PASSWORD:-hidden}@\${DB_HOST:-db}:\${DB_PORT:-6000}/shop?search_path=\${NAME}"\n`;

test("env:NAME is read as compose on the host would read it, also with what only the host's environment says", async () => {
  const here = localMachine({ env: { ...process.env, DB_HOST: "two words\n", NAME: "app", DB_PORT: "6001" } });
  const { target, masked } = await named(here, TEXT.replace("${DB_HOST:-db}", "db.example"));
  expect(target).toMatchObject({ host: "db.example", port: 6001, searchPath: "app" });
  expect(masked).toContain("hidden");
});

test("the environment of a host over SSH is the host's own", async () => {
  await using host = await machineOn(sshd);
  const { target } = await named(host, TEXT.replace("${NAME}", "${HOME:+app}"));
  expect(target).toMatchObject({ host: "db", port: 6000, searchPath: "app" });
});

test("a .env that compose refuses is refused with its line, and nothing of it is said", async () => {
  const failure: unknown = await named(localMachine(), "A=1\nDATABASE_URL='postgres://u:kN4ry@h/d\n").catch((error: unknown) => error);
  expect(failure).toMatchObject({ exit: 2, code: "env-file", message: expect.stringContaining("line 2 begins a ' that is not ended") });
  expect(JSON.stringify(failure instanceof Failure ? [failure.message, failure.hint, failure.evidence] : [])).not.toContain("kN4ry");
});
