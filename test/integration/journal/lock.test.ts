import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Machine } from "../../../src/core/machine.ts";
import { Journal } from "../../../src/journal/journal.ts";
import { APPEND, BEAT } from "../../../src/journal/lock-scripts.ts";
import { type Holder, Lock } from "../../../src/journal/lock.ts";
import { type StatePaths, statePaths } from "../../../src/journal/paths.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { type Busybox, busyboxOnly } from "../../lab/busybox.ts";
import { removeFolder } from "../../lab/folder.ts";
import { forksOf } from "../../lab/strace.ts";

function holder(name: string, fence = 1): Holder {
  return { id: name.padEnd(8, "0"), fence, owner: name, since: new Date().toISOString() };
}

const twenty = Array.from({ length: 20 }, (_, index) => holder(`taker${index + 10}`));

const kinds = {
  "this machine": async () => await Promise.resolve({ machine: localMachine(), tools: undefined }),
  "busybox alone": async () => {
    const tools = await busyboxOnly();
    return { machine: localMachine({ env: { PATH: tools.folder } }), tools };
  },
};

test("a line is written with five processes beside the shell, a sign of life with two: a deploy pays for each some twenty times", async () => {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-forks-"));
  const paths = statePaths(folder);
  const me = holder("forks");
  await writeFile(paths.lock, `${JSON.stringify(me)}\n`);
  const count = (script: string, words: readonly string[], input = "") =>
    forksOf(["sh", "-c", script, "sh", ...words], { input, file: join(folder, "trace") });
  expect(count(APPEND, [paths.lock, me.id, paths.journal, "first"], "one\n")).toBeLessThanOrEqual(5);
  expect(count(APPEND, [paths.lock, me.id, paths.journal, "second"], "two\n")).toBeLessThanOrEqual(5);
  expect(await readFile(paths.journal, "utf8")).toBe("one\ntwo\n");
  expect(count(BEAT, [paths.lock, paths.beat, me.id, "{}"])).toBeLessThanOrEqual(2);
  expect(await readFile(paths.beat, "utf8")).toMatch(/^\d+ \{\}\n$/);
  await removeFolder(folder);
});

describe.each(Object.entries(kinds))("%s", (_name, start) => {
  let paths: StatePaths;
  let machine: Machine;
  let tools: Busybox | undefined;
  let lock: Lock;
  beforeAll(async () => {
    ({ machine, tools } = await start());
  });
  beforeEach(async () => {
    paths = statePaths(await mkdtemp(join(tmpdir(), "savepoint-lock-")));
    lock = new Lock(machine, paths);
  });
  afterEach(async () => await removeFolder(paths.root));
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await tools?.[Symbol.asyncDispose]();
  });

  test("of twenty who take it at once exactly one gets it, and is named in it", async () => {
    const taken = await Promise.all(twenty.map(async (one) => ({ one, got: await lock.take(one) })));
    const winners = taken.filter(({ got }) => got);
    expect(winners).toHaveLength(1);
    expect(await lock.status()).toMatchObject({ state: "held", holder: { id: winners[0]!.one.id } });
    expect(await readdir(paths.root)).toEqual(["lock"]);
  });

  test("of twenty who take it over from a dead one exactly one gets it, and none sees an error", async () => {
    const dead = holder("dead");
    for (let round = 0; round < 5; round += 1) {
      await lock.take(dead);
      const taken = await Promise.all(twenty.map(async (one) => ({ one, got: await lock.takeOver(dead, { ...one, fence: 2 }) })));
      const winners = taken.filter(({ got }) => got);
      expect(winners).toHaveLength(1);
      expect(await lock.status()).toMatchObject({ state: "held", holder: { id: winners[0]!.one.id, fence: 2 } });
      expect(await lock.release(winners[0]!.one)).toBe(true);
      expect((await readdir(paths.root)).filter((name) => name !== "beat")).toEqual([]);
    }
  });

  test("a take-over that was stopped for so long that the next one came first does not say that it has the lock", async () => {
    const [dead, slow, next] = [holder("dead"), holder("slow"), holder("next")];
    expect(await lock.take(dead)).toBe(true);
    const folder = join(paths.root, "stopped");
    await mkdir(folder);
    // What happens while it is stopped right before its move: its claim is too old, and the next one takes over.
    const script = `#!/bin/sh\nPATH=\${PATH#*:}\nrm "${paths.lock}.${dead.id}.claim"\nprintf '%s\\n' '${JSON.stringify(next)}' > "${paths.lock}"\nexec mv "$@"\n`;
    await writeFile(join(folder, "mv"), script, { mode: 0o755 });
    const stopped = localMachine({ env: { PATH: `${folder}:${tools?.folder ?? process.env["PATH"] ?? ""}` } });
    expect(await new Lock(stopped, paths).takeOver(dead, slow)).toBe(false);
    expect((await readdir(dirname(paths.lock))).filter((name) => name.includes(slow.id) || name.includes("claim"))).toEqual([]);
  });

  test("a claim that a killed process left holds nobody up for long", async () => {
    const dead = holder("dead");
    await lock.take(dead);
    await writeFile(`${paths.lock}.${dead.id}.claim`, `${Math.floor(Date.now() / 1000) - 11}\n`);
    expect(await lock.takeOver(dead, holder("first", 2))).toBe(false);
    expect(await lock.takeOver(dead, holder("second", 2))).toBe(true);
  });

  test("nor does one from before the host's clock was set back", async () => {
    const dead = holder("dead");
    await lock.take(dead);
    await writeFile(`${paths.lock}.${dead.id}.claim`, `${Math.floor(Date.now() / 1000) + 3600}\n`);
    expect(await lock.takeOver(dead, holder("first", 2))).toBe(false);
    expect(await lock.takeOver(dead, holder("second", 2))).toBe(true);
  });

  test("whoever lost it can neither beat nor write nor release", async () => {
    const [old, next] = [holder("old"), holder("next", 2)];
    await lock.take(old);
    await lock.append('{"n":1}', old);
    expect(await lock.takeOver(old, next)).toBe(true);
    expect(await lock.beat(old, { running: true, step: "backup", process: "" })).toBe(false);
    await expect(lock.append('{"n":2}', old)).rejects.toMatchObject({ code: "lock-lost" });
    expect(await lock.release(old)).toBe(false);
    expect(await readFile(paths.journal, "utf8")).toBe('{"n":1}\n');
    expect(await lock.status()).toMatchObject({ state: "held", holder: { id: next.id } });
    await lock.append('{"n":3}', next);
  });

  test("it is not taken over from somebody who does not hold it any more", async () => {
    const [old, next] = [holder("old"), holder("next", 2)];
    await lock.take(next);
    expect(await lock.takeOver(old, holder("late", 3))).toBe(false);
    expect(await lock.status()).toMatchObject({ holder: { id: next.id } });
  });

  test("a beat resets its silence and says what is done; one of an earlier holder does not count", async () => {
    const [old, next] = [
      { ...holder("old"), since: "2026-01-01T00:00:00Z" },
      { ...holder("next", 2), since: "2026-01-01T00:00:00Z" },
    ];
    await lock.take(old);
    expect((await lock.status()) as { silentMs: number }).toMatchObject({ beat: undefined });
    expect(((await lock.status()) as { silentMs: number }).silentMs).toBeGreaterThan(60_000);
    await lock.beat(old, { running: true, step: "backup", process: "p" });
    const status = await lock.status();
    expect(status).toMatchObject({ beat: { running: true, step: "backup", process: "p" } });
    expect((status as { silentMs: number }).silentMs).toBeLessThan(30_000);
    await lock.takeOver(old, next);
    expect(await lock.status()).toMatchObject({ beat: undefined, holder: { id: next.id } });
  });

  test("entries written by many at once are whole lines, each of them", async () => {
    const lines = Array.from({ length: 20 }, (_, index) => JSON.stringify({ v: 1, index, text: "x".repeat(3000) }));
    await Promise.all(lines.map(async (line) => await lock.append(line, undefined)));
    expect((await readFile(paths.journal, "utf8")).trimEnd().split("\n").sort()).toEqual([...lines].sort());
  });

  test("a line that is sent again while the first try still writes it is written once", async () => {
    // Both tries have looked for the line before either adds it.
    const slow = join(paths.root, "slow");
    await mkdir(slow);
    await writeFile(join(slow, "tail"), `#!/bin/sh\nPATH="\${PATH#*:}" tail "$@"; sleep 0.3\n`, { mode: 0o755 });
    const path = `${slow}:${tools?.folder ?? process.env["PATH"]}`;
    const words = ["sh", "-c", APPEND, "sh", paths.lock, "", paths.journal, "0123456789abcdef"];
    const write = async () => await machine.run({ words, stdin: "{}\n", env: { PATH: path } });
    const tries = await Promise.all([write(), write(), write()]);
    expect(tries.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(await readFile(paths.journal, "utf8")).toBe("{}\n");
    // A try that died there holds nobody up.
    await writeFile(`${paths.journal}.0123456789abcdef.claim`, "99999999\n");
    expect((await machine.run({ words, stdin: '{"n":2}\n' })).code).toBe(0);
    expect(await readFile(paths.journal, "utf8")).toBe('{}\n{"n":2}\n');
    expect((await readdir(paths.root)).sort()).toEqual(["journal.jsonl", "slow"]);
  });

  test("an entry of another that is still on its way is no torn one", async () => {
    // Whoever reads while the system writes may see the first half.
    const early = join(paths.root, "early");
    await mkdir(early);
    const half = `#!/bin/sh\nPATH="\${PATH#*:}"\nif mkdir "${early}/seen" 2>/dev/null; then printf '{"n"'; else tail "$@"; fi\n`;
    await writeFile(join(early, "tail"), half, { mode: 0o755 });
    await writeFile(paths.journal, '{"n":1}\n');
    const words = ["sh", "-c", APPEND, "sh", paths.lock, "", paths.journal, "behind"];
    const env = { PATH: `${early}:${tools?.folder ?? process.env["PATH"]}` };
    expect((await machine.run({ words, stdin: '{"n":2}\n', env })).code).toBe(0);
    expect(await readFile(paths.journal, "utf8")).toBe('{"n":1}\n{"n":2}\n');
  });

  test("the lock is looked at behind the wait for an entry that is on its way", async () => {
    const early = join(paths.root, "early");
    await mkdir(early);
    const taken = `#!/bin/sh\nPATH="\${PATH#*:}"\nif mkdir "${early}/seen" 2>/dev/null; then printf '{"n"'; else printf '{"id":"next"}\\n' >"${paths.lock}"; tail "$@"; fi\n`;
    await writeFile(join(early, "tail"), taken, { mode: 0o755 });
    await writeFile(paths.lock, '{"id":"old"}\n');
    await writeFile(paths.journal, '{"n":1}\n');
    const words = ["sh", "-c", APPEND, "sh", paths.lock, "old", paths.journal, "behind"];
    const env = { PATH: `${early}:${tools?.folder ?? process.env["PATH"]}` };
    expect((await machine.run({ words, stdin: '{"n":2}\n', env })).code).toBe(97);
    expect(await readFile(paths.journal, "utf8")).toBe('{"n":1}\n');
  });

  test("an entry that was torn before its end alone is not written twice", async () => {
    const words = ["sh", "-c", APPEND, "sh", paths.lock, "", paths.journal, "again"];
    await writeFile(paths.journal, '{"n":1}\n{"n":2}');
    expect((await machine.run({ words, stdin: '{"n":2}\n' })).code).toBe(0);
    expect(await readFile(paths.journal, "utf8")).toBe('{"n":1}\n{"n":2}\n');
  });

  test("an entry after a torn one begins a line of its own", async () => {
    await writeFile(paths.journal, '{"v":1,"at":"2026');
    await new Journal(machine, paths).write({ kind: "lock.taken", why: "gone" }, { at: new Date(0), owner: "ada" });
    const { entries } = await new Journal(machine, paths).read();
    expect(entries).toMatchObject([{ kind: "lock.taken", owner: "ada", at: "1970-01-01T00:00:00.000Z" }]);
  });

  test.each([
    ["somebody's note\nand more\n", "it is no JSON"],
    ["", "it is empty"],
    ["7\n", "it is no lock of ours"],
    ['{"id":"x","fence":"1","owner":"ada","since":"2026-01-01T00:00:00Z"}', "`fence` is missing or wrong"],
    ['{"id":"x","fence":1,"owner":"ada"}', "`since` is missing or wrong"],
  ])("a lock that is not ours is named, with what to do, and left alone: %j", async (text, why) => {
    await writeFile(paths.lock, text);
    await expect(lock.status()).rejects.toMatchObject({
      exit: 2,
      message: `The lock ${paths.lock} on this machine cannot be read (line 1: ${why}).`,
      ways: [{ command: `rm -- ${paths.lock}` }],
    });
    expect(await readFile(paths.lock, "utf8")).toBe(text);
  });

  test("a lock that is released while it is looked at is free, and never a damaged one", async () => {
    const seen: string[] = [];
    const looking = (async () => {
      for (let turn = 0; turn < 300; turn += 1) seen.push((await lock.status()).state);
    })();
    for (let turn = 0; turn < 60; turn += 1) {
      const one = holder(`turn${turn}`, turn);
      expect(await lock.take(one)).toBe(true);
      expect(await lock.release(one)).toBe(true);
    }
    await looking;
    expect(new Set(seen)).toEqual(new Set(["held", "free"]));
  });

  test("a beat that is damaged, or has no time, counts as none", async () => {
    const one = { ...holder("one"), since: new Date(Date.now() - 90_000).toISOString() };
    await lock.take(one);
    for (const text of [
      "",
      "x",
      "soon {}",
      `soon ${JSON.stringify({ id: one.id, running: true, step: "b", process: "" })}`,
      `7 {"id":"${one.id}"}`,
    ]) {
      await writeFile(paths.beat, text);
      const status = (await lock.status()) as { silentMs: number };
      expect(status).toMatchObject({ state: "held", beat: undefined });
      expect(status.silentMs).toBeGreaterThan(80_000);
    }
  });

  test("what it writes is nobody else's to read", async () => {
    const one = holder("one");
    await writeFile(paths.beat, "0 {}\n", { mode: 0o644 });
    await lock.take(one);
    await lock.beat(one, { running: true, step: "backup", process: "p" });
    await lock.append("{}", one);
    for (const file of [paths.lock, paths.beat, paths.journal]) expect((await stat(file)).mode & 0o777, file).toBe(0o600);
    expect((await readdir(paths.root)).sort()).toEqual(["beat", "journal.jsonl", "lock"]);
  });

  test("no symbolic link is followed at any of its names", async () => {
    const one = holder("one");
    const victims = await mkdtemp(join(tmpdir(), "savepoint-victims-"));
    const victim = join(victims, "victim");
    const lead = async (name: string, target = victim): Promise<void> => await symlink(target, name);
    try {
      for (const target of [victim, join(victims, "not there")]) {
        await writeFile(victim, `{"id":"${one.id}"}\n`);
        await lead(paths.lock, target);
        for (const act of [
          async () => await lock.status(),
          async () => await lock.take(one),
          async () => await lock.beat(one, { running: true, step: "s", process: "" }),
          async () => await lock.append("{}", one),
        ])
          await expect(act()).rejects.toMatchObject({ code: "state-unsafe", exit: 2, ways: [{ command: `rm -- ${paths.lock}` }] });
        expect(await lock.release(one)).toBe(false);
        await rm(paths.lock);
        await lead(paths.journal, target);
        await expect(lock.append("{}", undefined)).rejects.toMatchObject({ code: "state-unsafe" });
        await rm(paths.journal);
        await lead(paths.beat, target);
        await lock.take(one);
        await lock.beat(one, { running: true, step: "s", process: "" });
        await lock.release(one);
        await rm(paths.beat);
        expect(await readFile(victim, "utf8")).toBe(`{"id":"${one.id}"}\n`);
        expect(await readdir(victims)).toEqual(["victim"]);
        expect(await readdir(paths.root)).toEqual([]);
      }
    } finally {
      await removeFolder(victims);
    }
  });

  test("a line whose end was still on its way when the lock was taken over is not written", async () => {
    const [old, next] = [holder("old"), holder("next", 2)];
    await lock.take(old);
    let late: PassThrough | undefined;
    const slow: Machine = {
      ...machine,
      run: async (command) => {
        if (command.stdin === undefined) return await machine.run(command);
        late = new PassThrough();
        return await machine.run({ ...command, stdin: late });
      },
    };
    const writing = new Lock(slow, paths).append("{}", old);
    writing.catch(() => undefined);
    await expect.poll(() => late).toBeDefined();
    late?.write("{");
    await lock.takeOver(old, next);
    late?.end("}\n");
    await expect(writing).rejects.toMatchObject({ code: "lock-lost" });
    expect(await readdir(paths.root)).toEqual(["lock"]);
  });

  test("a full disk is an error when the lock is taken, not a lock that somebody holds", async () => {
    const one = holder("one");
    // No file may grow by a byte.
    const full: Machine = {
      ...machine,
      run: async (command) =>
        await machine.run({ ...command, words: ["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh", ...command.words] }),
    };
    await expect(new Lock(full, paths).take(one)).rejects.toMatchObject({
      message: expect.stringMatching(/^Taking the lock failed/) as unknown,
      hint: expect.stringContaining("that its disk is not full (df -h)") as unknown,
    });
    expect(await readdir(paths.root)).toEqual([]);
  });

  test("so is a file system that makes no hard links, in its own words", async () => {
    const folder = join(paths.root, "bin");
    await mkdir(folder);
    await writeFile(join(folder, "ln"), "#!/bin/sh\necho 'ln: not supported' >&2\nexit 1\n", { mode: 0o755 });
    await using without = localMachine({ env: { PATH: `${folder}:${tools?.folder ?? process.env["PATH"]}` } });
    await expect(new Lock(without, paths).take(holder("one"))).rejects.toMatchObject({ evidence: ["ln: not supported"] });
  });

  test("a state that cannot be written fails with the folder, the user and what to look at", async () => {
    const gone = new Lock(machine, statePaths(join(paths.root, "gone")));
    await expect(gone.append("{}", undefined)).rejects.toMatchObject({ hint: expect.stringContaining("can be written by") as unknown });
  });
});
