import { chmodSync, existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import { type Clone, openClone } from "../../../src/machine/git/clone.ts";
import { guarded } from "../../../src/machine/guarded.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { commandOf } from "../../../src/rollout/act.ts";
import { removeAct, stopAct } from "../../../src/rollout/compose/acts.ts";
import { createOrigin, git, type Origin } from "../../lab/git.ts";

const OURS = '{"v":1,"id":"us","fence":3}';
const TAKEN = `printf '%s\\n' '{"v":1,"id":"them","fence":4}'`;

let origin: Origin;
let lock: string;
let machine: Machine;
beforeEach(async () => {
  origin = await createOrigin();
  lock = join(origin.folder, "lock");
  writeFileSync(lock, `${OURS}\n`);
  machine = guarded(localMachine(), {
    condition: () => ({ file: lock, text: '"id":"us"' }),
    lost: async () => await Promise.resolve(new Failure("another's", { code: "lock-lost" })),
  });
});
afterEach(async () => await origin[Symbol.asyncDispose]());

/** A clone whose lock goes to another run while git looks for edits. */
async function looksWhileItGoes(): Promise<{
  readonly clone: Clone;
  readonly first: string;
  readonly second: string;
  readonly at: (name: string) => string;
}> {
  const first = await origin.commitFiles({ "seen.txt": "one\n", ".gitattributes": "seen.txt filter=slow\n" }, "one");
  const directory = await origin.clone("host");
  const second = await origin.commitFiles({ "seen.txt": "two\n", "new.txt": "two\n" }, "two");
  await git(directory, "fetch", "--quiet");
  await git(directory, "config", "filter.slow.clean", `cat; ${TAKEN} >'${lock}'`);
  return { clone: await openClone(machine, directory), first, second, at: (name) => join(directory, name) };
}

test("a way back whose lock goes while it looks for edits sets nothing aside and checks nothing out", async () => {
  const { clone, first, second, at } = await looksWhileItGoes();
  writeFileSync(at("seen.txt"), "edited\n");
  writeFileSync(at("new.txt"), "in the way\n");
  await expect(clone.restoreTo(second, { at: new Date() })).rejects.toMatchObject({ code: "lock-lost" });
  expect(readFileSync(at("new.txt"), "utf8")).toBe("in the way\n");
  expect(readFileSync(at("seen.txt"), "utf8")).toBe("edited\n");
  expect(readdirSync(at(".")).filter((name) => name.includes("before-rollback"))).toEqual([]);
  expect(await git(at("."), "rev-parse", "HEAD")).toBe(first);
});

test("a checkout whose lock goes while it looks for edits changes nothing", async () => {
  const { clone, first, second, at } = await looksWhileItGoes();
  utimesSync(at("seen.txt"), new Date(0), new Date(0));
  await expect(clone.checkout(second)).rejects.toMatchObject({ code: "lock-lost" });
  expect(await git(at("."), "rev-parse", "HEAD")).toBe(first);
  expect(readFileSync(at("seen.txt"), "utf8")).toBe("one\n");
  expect(existsSync(at(".git/savepoint-checkout"))).toBe(false);
});

test.each([
  ["stopped", stopAct],
  ["removed", removeAct],
])("containers are not %s where the lock goes while the engine lists them", async (_, act) => {
  const client = join(origin.folder, "docker");
  writeFileSync(client, `#!/bin/sh\ncase $1 in ps) ${TAKEN} >'${lock}'; echo abc;; *) echo "$*" >>'${origin.folder}/did';; esac\n`);
  chmodSync(client, 0o755);
  const running = machine.run(commandOf(act({ command: [client, "compose"] }, "shop", ["web"])));
  await expect(running).rejects.toMatchObject({ code: "lock-lost" });
  expect(existsSync(join(origin.folder, "did"))).toBe(false);
});
