import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openClone } from "../../../src/machine/git/clone.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { createOrigin, git, type Origin } from "../../lab/git.ts";

let origin: Origin;
beforeEach(async () => void (origin = await createOrigin()));
afterEach(async () => await origin[Symbol.asyncDispose]());

/** Both versions of many files, and a checkout that can be caught in the middle: a filter waits at one of them. */
async function caughtInTheMiddle() {
  const files = (text: string) =>
    Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`file-${String(index).padStart(2, "0")}.txt`, `${text} ${index}\n`]));
  const first = await origin.commitFiles({ ...files("one"), ".gitattributes": "file-20.txt filter=slow\n" }, "one");
  const directory = await origin.clone("host");
  const second = await origin.commitFiles({ ...files("two"), "added-by-two.txt": "two\n" }, "two");
  const reached = join(origin.folder, "reached");
  await git(directory, "fetch", "--quiet");
  await git(directory, "config", "filter.slow.smudge", `cat; if [ ! -e '${reached}' ]; then touch '${reached}'; sleep 600; fi`);
  const script = `
    import { openClone } from ${JSON.stringify(new URL("../../../src/machine/git/clone.ts", import.meta.url).href)};
    import { localMachine } from ${JSON.stringify(new URL("../../../src/machine/process/local.ts", import.meta.url).href)};
    const clone = await openClone(localMachine(), process.argv[1]);
    await clone.checkout(${JSON.stringify(second)}, { noteIn: process.argv[2] });
  `;
  const note = join(origin.folder, "note");
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script, directory, note], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  while (!existsSync(reached)) await sleep(20);
  return { first, second, directory, note, child };
}

test("killed in the middle of a checkout, the files go back to one version, and edits made before are not in it", async () => {
  const { first, second, directory, note, child } = await caughtInTheMiddle();
  child.kill("SIGKILL");
  // The checkout's own processes, as the rollback ends them: killed with the machine's note, all at once.
  const leader = Number(readFileSync(note, "utf8").split("\n")[0]);
  process.kill(-leader, "SIGKILL");
  while (existsSync(`/proc/${leader}`)) await sleep(20);
  const texts = () =>
    new Set(
      readdirSync(directory)
        .filter((name) => name.startsWith("file-"))
        .map((name) => readFileSync(join(directory, name), "utf8").split(" ")[0]),
    );
  expect(texts()).not.toEqual(new Set(["one"]));
  expect(existsSync(join(directory, ".git", "index.lock"))).toBe(true);

  writeFileSync(join(directory, "upload.bin"), "untracked");
  const clone = await openClone(localMachine(), directory);
  expect(await clone.interruptedCheckout()).toBe(second);
  await clone.restoreTo(first, { at: new Date() });
  expect([...texts()]).toEqual(["one"]);
  expect(
    readdirSync(directory)
      .filter((name) => !name.startsWith("file-"))
      .sort(),
  ).toEqual([".git", ".gitattributes", "upload.bin"]);
  expect(await clone.dirtyFiles()).toEqual([]);
  await clone.checkout(second);
  expect([...texts()]).toEqual(["two"]);
});
