import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Cancelled } from "../../../src/core/failure.ts";
import { openClone } from "../../../src/machine/git/clone.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { createOrigin, git } from "../../lab/git.ts";

test("a git that is cancelled takes along what it started to talk to the server, even what ignores the signals", async () => {
  await using origin = await createOrigin();
  await origin.commitFiles({ "app.txt": "one\n" }, "one");
  const clone = await openClone(localMachine(), await origin.clone("checkout"));
  const [program, noted] = [join(origin.folder, "slow-ssh"), join(origin.folder, "pid")];
  writeFileSync(program, `#!/bin/sh\ntrap '' INT TERM HUP\necho $$ >'${noted}.new' && mv '${noted}.new' '${noted}'\nsleep 600\n`);
  chmodSync(program, 0o755);
  await git(clone.directory, "config", "core.sshCommand", program);
  await git(clone.directory, "remote", "set-url", "origin", "ssh://nobody@127.0.0.1:1/app");
  const stop = new AbortController();
  const asking = clone.git.run(["ls-remote", "origin"], { signal: stop.signal }).catch((error: unknown) => error);
  await expect.poll(() => existsSync(noted)).toBe(true);
  stop.abort();
  expect(await asking).toBeInstanceOf(Cancelled);
  expect(wordsOf(readFileSync(noted, "utf8").trim())).toBe("");
});

/** What a process runs; nothing where it is gone, or only waits for its parent to notice. */
function wordsOf(pid: string): string {
  return existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
}
