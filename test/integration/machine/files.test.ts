import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Machine } from "../../../src/core/machine.ts";
import * as files from "../../../src/machine/files/files.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { type Busybox, busyboxOnly } from "../../lab/busybox.ts";
import { machineOn } from "../../lab/machines.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";
import { removeFolder } from "../../lab/folder.ts";

const ODD = [
  "plain",
  "end",
  "f",
  "d",
  "with space",
  "it's",
  'a "quote"',
  "-n",
  "--help",
  "$(touch pwned)",
  "`id`",
  "a\nb",
  "end\n",
  "\nstart",
  "back\\slash",
  "*",
  "?",
  "[a]",
  "~",
  "é☃😀",
  "#x",
  "a=b",
  "%s%n",
  ".hidden",
  "..dots",
  "...",
  "semi;colon",
  "tab\t",
  "!",
  "'",
];

interface Kind {
  readonly machine: Machine;
  readonly server?: Sshd;
  readonly tools?: Busybox;
}

const kinds: Record<string, () => Promise<Kind>> = {
  "this machine": async () => await Promise.resolve({ machine: localMachine() }),
  "busybox alone": async () => {
    const tools = await busyboxOnly();
    return { machine: localMachine({ env: { PATH: tools.folder, HOME: homedir() } }), tools };
  },
  "a host over SSH": async () => {
    const server = await startSshd();
    return { machine: await machineOn(server), server };
  },
  "a host over SSH with busybox alone": async () => {
    const tools = await busyboxOnly();
    const server = await startSshd({ env: { PATH: tools.folder } });
    return { machine: await machineOn(server), server, tools };
  },
};

describe.each(Object.entries(kinds))("%s", (_name, start) => {
  let machine: Machine;
  let server: Sshd | undefined;
  let tools: Busybox | undefined;
  let folder: string;

  beforeAll(async () => {
    ({ machine, server, tools } = await start());
    folder = mkdtempSync(join(tmpdir(), "savepoint-files-"));
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await tools?.[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  test("a text comes back as it was written, whatever the name", async () => {
    const place = join(folder, "odd 'names' $(x)\n");
    await files.makeDirectory(machine, place);
    for (const name of ODD) {
      const path = join(place, name);
      const text = `text of ${name}\nwith $HOME, 'quotes', \\n, é☃😀 and no end`;
      await files.writeText(machine, path, text);
      expect(readFileSync(path, "utf8")).toBe(text);
      expect(await files.readText(machine, path)).toBe(text);
      expect(await files.exists(machine, path)).toBe(true);
      expect(await files.fileSize(machine, path)).toBe(Buffer.byteLength(text));
      expect(await files.sha256(machine, path)).toBe(createHash("sha256").update(text).digest("hex"));
    }
    const listed = await files.listFolder(machine, place);
    expect(listed.map((entry) => entry.name).toSorted()).toEqual(ODD.toSorted());
    expect(readdirSync(place).toSorted()).toEqual(ODD.toSorted());
    for (const name of ODD) {
      await files.rename(machine, join(place, name), join(folder, `moved ${name}`));
      expect(await files.exists(machine, join(place, name))).toBe(false);
      await files.remove(machine, join(folder, `moved ${name}`));
      expect(existsSync(join(folder, `moved ${name}`))).toBe(false);
    }
    await files.remove(machine, place);
    expect(existsSync(place)).toBe(false);
  });

  test("empty texts, long texts and line ends survive", async () => {
    for (const text of ["", "\n", "\n\n\n", "a\r\nb\r\n", "x".repeat(6_000_000)]) {
      await files.writeText(machine, join(folder, "text"), text);
      expect(await files.readText(machine, join(folder, "text"))).toBe(text);
    }
  });

  test("a missing file has no text, and is not there", async () => {
    expect(await files.readText(machine, join(folder, "missing"))).toBeUndefined();
    expect(await files.readText(machine, join(folder, "missing", "below"))).toBeUndefined();
    expect(await files.exists(machine, join(folder, "missing"))).toBe(false);
    expect(await files.listFolder(machine, join(folder, "missing"))).toEqual([]);
    await expect(files.fileSize(machine, join(folder, "missing"))).rejects.toMatchObject({
      code: "missing",
      message: expect.stringContaining("missing"),
    });
    await expect(files.sha256(machine, join(folder, "missing"))).rejects.toMatchObject({ code: "missing" });
    await expect(files.rename(machine, join(folder, "missing"), join(folder, "b"))).rejects.toMatchObject({ code: "missing" });
  });

  test("a written file replaces the old one whole, with the mode asked for", async () => {
    const path = join(folder, "mode");
    await files.writeText(machine, path, "one");
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    await files.writeText(machine, path, "two", { mode: 0o644 });
    expect(statSync(path).mode & 0o7777).toBe(0o644);
    expect(readFileSync(path, "utf8")).toBe("two");
    await files.writeText(machine, path, "three", { mode: 0o400 });
    await files.writeText(machine, path, "four", { mode: 0o400 });
    expect(readFileSync(path, "utf8")).toBe("four");
  });

  test("writing where it cannot be is a failure that names the path, and leaves nothing behind", async () => {
    await expect(files.writeText(machine, join(folder, "no", "where"), "x")).rejects.toMatchObject({
      code: "no-folder",
      message: expect.stringContaining(join(folder, "no", "where")),
    });
    mkdirSync(join(folder, "is-folder"));
    await expect(files.writeText(machine, join(folder, "is-folder"), "x")).rejects.toMatchObject({ code: "is-directory" });
    writeFileSync(join(folder, "is-file"), "");
    await expect(files.writeText(machine, join(folder, "is-file", "x"), "x")).rejects.toMatchObject({
      code: expect.stringMatching(/^not-directory|no-folder$/),
    });
    expect(readdirSync(join(folder, "is-folder"))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });

  test("reading a folder as a file is a failure", async () => {
    await expect(files.readText(machine, folder)).rejects.toMatchObject({ code: "is-directory" });
    await expect(files.sha256(machine, folder)).rejects.toMatchObject({ code: "is-directory" });
  });

  test("folders are made with their parents, private, and one that exists stays as it is", async () => {
    const path = join(folder, "a", "b c", "d");
    await files.makeDirectory(machine, path);
    expect(statSync(path).mode & 0o7777).toBe(0o700);
    expect(statSync(join(folder, "a")).mode & 0o7777).toBe(0o700);
    chmodSync(path, 0o755);
    await files.makeDirectory(machine, path);
    expect(statSync(path).mode & 0o7777).toBe(0o755);
    await files.makeDirectory(machine, join(folder, "open"), { mode: 0o755 });
    expect(statSync(join(folder, "open")).mode & 0o7777).toBe(0o755);
    writeFileSync(join(folder, "in-the-way"), "");
    await expect(files.makeDirectory(machine, join(folder, "in-the-way"))).rejects.toMatchObject({ code: "not-directory" });
    await expect(files.makeDirectory(machine, join(folder, "in-the-way", "x"))).rejects.toMatchObject({ code: "not-directory" });
  });

  test("a listing tells kinds, sizes and times, and follows links", async () => {
    const place = mkdtempSync(join(folder, "list-"));
    expect(await files.listFolder(machine, place)).toEqual([]);
    writeFileSync(join(place, "file"), "12345");
    utimesSync(join(place, "file"), 1_700_000_000, 1_700_000_000);
    mkdirSync(join(place, "folder"));
    symlinkSync("file", join(place, "link"));
    symlinkSync("nowhere", join(place, "broken"));
    execFileSync("mkfifo", [join(place, "pipe")]);
    const listed = Object.fromEntries((await files.listFolder(machine, place)).map((entry) => [entry.name, entry]));
    expect(Object.keys(listed).toSorted()).toEqual(["broken", "file", "folder", "link", "pipe"]);
    expect(listed["file"]).toEqual({ name: "file", size: 5, kind: "file", modified: 1_700_000_000_000 });
    expect(listed["link"]).toMatchObject({ size: 5, kind: "file", modified: 1_700_000_000_000 });
    expect(listed["folder"]?.kind).toBe("directory");
    expect(listed["pipe"]?.kind).toBe("other");
    expect(listed["broken"]).toEqual({ name: "broken", size: 0, kind: "other", modified: 0 });
    await expect(files.listFolder(machine, join(place, "file"))).rejects.toMatchObject({ code: "not-directory" });
  });

  test("a folder of thousands of files is listed whole", async () => {
    const place = mkdtempSync(join(folder, "many-"));
    for (let index = 0; index < 3000; index += 1) writeFileSync(join(place, `${"long-name-".repeat(8)}${index}`), "");
    expect(await files.listFolder(machine, place)).toHaveLength(3000);
  });

  test("removing takes a tree, and a link without what it points to; what is missing is fine", async () => {
    const tree = mkdtempSync(join(folder, "tree-"));
    mkdirSync(join(tree, "a", "b"), { recursive: true });
    writeFileSync(join(tree, "a", "b", "c"), "");
    mkdirSync(join(folder, "kept"));
    writeFileSync(join(folder, "kept", "file"), "");
    symlinkSync(join(folder, "kept"), join(tree, "link"));
    await files.remove(machine, `${join(tree, "link")}/`);
    expect(existsSync(join(tree, "link"))).toBe(false);
    await files.remove(machine, tree);
    expect(existsSync(tree)).toBe(false);
    expect(existsSync(join(folder, "kept", "file"))).toBe(true);
    await files.remove(machine, tree);
    await files.remove(machine, join(tree, "below", "nothing"));
  });

  test("removing refuses what would take everything", async () => {
    const home = await files.home(machine);
    for (const path of [
      "",
      "/",
      "//",
      "/.",
      "/..",
      "/tmp/..",
      "relative",
      ".",
      "~",
      home,
      `${home}/`,
      `${home}/x/..`,
      `/${home}`,
      join(home, ".."),
    ]) {
      await expect(files.remove(machine, path), path).rejects.toMatchObject({ code: "refused-path", exit: 2 });
    }
    expect(existsSync(home)).toBe(true);
  });

  test("renaming replaces a file and never moves into a folder", async () => {
    const place = mkdtempSync(join(folder, "rename-"));
    writeFileSync(join(place, "a"), "new");
    writeFileSync(join(place, "b"), "old");
    await files.rename(machine, join(place, "a"), join(place, "b"));
    expect(readdirSync(place)).toEqual(["b"]);
    expect(readFileSync(join(place, "b"), "utf8")).toBe("new");
    mkdirSync(join(place, "folder"));
    await expect(files.rename(machine, join(place, "b"), join(place, "folder"))).rejects.toMatchObject({ code: "is-directory" });
    await expect(files.rename(machine, join(place, "b"), join(place, "no", "b"))).rejects.toMatchObject({ code: "no-folder" });
    expect(readdirSync(join(place, "folder"))).toEqual([]);
    await files.rename(machine, join(place, "folder"), join(place, "folder 2"));
    expect(readdirSync(place).toSorted()).toEqual(["b", "folder 2"]);
  });

  test("free space is df's, also for a path that is not there yet", async () => {
    const [available] = execFileSync("df", ["--output=avail", "-B1", folder], { encoding: "utf8" }).trim().split("\n").slice(1).map(Number);
    const free = await files.freeBytes(machine, join(folder, "not", "yet"));
    expect(Math.abs(free - (available ?? 0))).toBeLessThan(2_000_000_000);
    expect(free).toBeGreaterThan(1_000_000);
  });

  test("paths become absolute: home, relative, dots", async () => {
    const home = await files.home(machine);
    expect(home).toBe(server?.home ?? homedir());
    expect(await files.resolvePath(machine, "~")).toBe(home);
    expect(await files.resolvePath(machine, "~/a b/../c/")).toBe(join(home, "c"));
    expect(await files.resolvePath(machine, "/x//y/./z/..")).toBe("/x/y");
    expect(await files.resolvePath(machine, "rel/x")).toBe(join(machine.local ? process.cwd() : home, "rel/x"));
    await expect(files.resolvePath(machine, "~other/x")).rejects.toMatchObject({ exit: 2 });
    await expect(files.resolvePath(machine, "")).rejects.toMatchObject({ exit: 2 });
  });
});

describe("for a user who may not", () => {
  let server: Sshd;
  let machine: Machine;
  let folder: string;

  beforeAll(async () => {
    server = await startSshd({ plainUser: true });
    machine = await machineOn(server);
    folder = mkdtempSync(join(tmpdir(), "savepoint-denied-"));
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "secret"), { mode: 0o700 });
    writeFileSync(join(folder, "secret", "file"), "hidden");
    writeFileSync(join(folder, "unreadable"), "hidden", { mode: 0o600 });
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  test("what may not be seen is never taken for missing", async () => {
    const denied = { code: "not-permitted", message: expect.stringContaining(server.user) };
    const path = join(folder, "secret", "file");
    await expect(files.readText(machine, path)).rejects.toMatchObject(denied);
    await expect(files.readText(machine, join(folder, "secret", "no", "where"))).rejects.toMatchObject(denied);
    await expect(files.exists(machine, path)).rejects.toMatchObject(denied);
    await expect(files.listFolder(machine, join(folder, "secret"))).rejects.toMatchObject(denied);
    await expect(files.listFolder(machine, join(folder, "secret", "below"))).rejects.toMatchObject(denied);
    await expect(files.remove(machine, path)).rejects.toMatchObject(denied);
    await expect(files.readText(machine, join(folder, "unreadable"))).rejects.toMatchObject(denied);
    await expect(files.sha256(machine, join(folder, "unreadable"))).rejects.toMatchObject(denied);
  });

  test("what may not be written says so, with the path and the user", async () => {
    const denied = { code: "not-permitted", message: expect.stringContaining(server.user) };
    await expect(files.writeText(machine, join(folder, "new"), "x")).rejects.toMatchObject(denied);
    await expect(files.makeDirectory(machine, join(folder, "new", "deep"))).rejects.toMatchObject(denied);
    await expect(files.remove(machine, join(folder, "unreadable"))).rejects.toMatchObject(denied);
    await expect(files.rename(machine, join(folder, "unreadable"), join(folder, "b"))).rejects.toMatchObject(denied);
  });
});

describe("on a disk that is full or read-only", () => {
  /** This machine, with some programs replaced: a disk like that cannot be had everywhere. */
  function machineWith(programs: Readonly<Record<string, string>>): Machine {
    const folder = mkdtempSync(join(tmpdir(), "savepoint-path-"));
    for (const [name, script] of Object.entries(programs)) writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return localMachine({ env: { PATH: `${folder}:${process.env["PATH"]}`, HOME: homedir() } });
  }

  const df = (available: number) =>
    `printf '%s\\n' 'Filesystem 1024-blocks Used Available Capacity Mounted on' '/dev/disk 100 100 ${available} 100% /'`;

  test("a full disk is named as such, and the earlier file stays", async () => {
    const folder = mkdtempSync(join(tmpdir(), "savepoint-full-"));
    writeFileSync(join(folder, "file"), "earlier");
    const machine = machineWith({ cat: "head -c 2; exit 1", df: df(0) });
    await expect(files.writeText(machine, join(folder, "file"), "later")).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringContaining(join(folder, "file")),
    });
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("earlier");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("a sync that fails is a failed write", async () => {
    const folder = mkdtempSync(join(tmpdir(), "savepoint-sync-"));
    writeFileSync(join(folder, "file"), "earlier");
    const machine = machineWith({ sync: "exit 1" });
    await expect(files.writeText(machine, join(folder, "file"), "later")).rejects.toThrow("cannot be used");
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("earlier");
    expect(readdirSync(folder)).toEqual(["file"]);
  });
});
