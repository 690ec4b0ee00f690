import { execFileSync, spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { databaseScript } from "../../../../src/deploy/watchdog/database-script.ts";
import type { DatabaseBack } from "../../../../src/deploy/watchdog/plan.ts";

const database: DatabaseBack = {
  name: "shop",
  entry: { kind: "host", variables: {} },
  outside: ["postgres"],
  copy: { name: "shop_warm", oid: "16384", row: "777" },
  savepoint: "20261128T120000Z-0123456",
  settings: [],
  mark: "@8b1a9953c461",
  histories: [],
};
const SERVICE = { ...database, entry: { kind: "service" as const, engine: ["docker"], labels: ["a=b"] } };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "savepoint-dog-"));
  await mkdir(join(folder, "bin"));
  for (const tool of ["sh", "cat", "sed", "head", "sleep", "date", "grep", "touch"]) {
    const program = execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim();
    await symlink(program, join(folder, "bin", tool));
  }
  await writeFile(join(folder, "stamp"), "as before\n");
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** Calls a function of the script, with a program that answers in the server's place. */
async function call(what: string, about: DatabaseBack, [program, text]: readonly [string, string]): Promise<string> {
  const place = join(folder, "bin", program);
  await writeFile(place, `#!/bin/sh\n${text}\n`);
  await chmod(place, 0o755);
  const around = 'say() { echo "$@"; }\nnote() { :; }\nours() { :; }\nlost() { exit 3; }\nfence=8\nsleep() { :; }\nbase=postgres';
  const words = ["-c", `${databaseScript(about)}\n${around}\n${what}`];
  return spawnSync("sh", words, { cwd: folder, encoding: "utf8", env: { PATH: join(folder, "bin") } }).stdout;
}

describe("what becomes of the database, as the watchdog's script decides it", () => {
  const decide = 'if decide >/dev/null 2>&1; then echo "$database"; else echo "not known"; fi';
  const failing = (line: string): string => `echo 'psql:<stdin>:3: ${line}' >&2; exit 3`;

  test.each([
    ["reads what it was", "echo 'as before'", "kept"],
    ["reads another schema", "echo another", "restored"],
    ["is told that a table is gone", failing("ERROR:  42P01: relation does not exist"), "restored"],
    ["is told so in another language", failing("FEHLER:  42P01: Relation existiert nicht"), "restored"],
    ["waits for a lock that others hold", failing("ERROR:  55P03: canceling statement due to lock timeout"), "not known"],
    ["takes longer than it may", failing("ERROR:  57014: canceling statement due to statement timeout"), "not known"],
    ["is not let in", "echo 'psql: error: FATAL:  sorry, too many clients already' >&2; exit 2", "not known"],
    ["is hung up on", "echo 'psql:<stdin>:3: server closed the connection unexpectedly' >&2; exit 2", "not known"],
    ["reads nothing", "exit 0", "not known"],
  ])("where psql %s", async (_, answer, becomes) => {
    expect((await call(decide, database, ["psql", answer])).trim()).toBe(becomes);
  });

  test("where the service's container is gone behind the swap, it is not known what became of the database", async () => {
    const docker = `if [ "$1" = ps ]; then [ -e gone ] || echo abc123; exit; fi
sql=$(cat)
case $sql in
*'count(*) FROM pg_catalog.pg_database'*) echo 1 ;;
*to_json*) echo null ;;
*'RENAME TO'*) touch gone; exit 2 ;;
esac`;
    expect((await call('swap >/dev/null 2>&1; echo "$?"', SERVICE, ["docker", docker])).trim()).toBe("2");
  });
});
