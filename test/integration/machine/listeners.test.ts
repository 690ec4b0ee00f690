import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lookAtPort } from "../../../src/machine/process/listeners.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { processesIn } from "../../../src/machine/process/work-in.ts";
import { type Busybox, busyboxOnly } from "../../lab/busybox.ts";
import { freePort } from "../../lab/postgres.ts";
import { removeFolder } from "../../lab/folder.ts";

let folder: string;
let port: number;
let server: ChildProcess;
let busybox: Busybox;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "savepoint-listen-")));
  port = await freePort();
  busybox = await busyboxOnly();
  const listen = `require("net").createServer().listen(${port}, "127.0.0.1", () => console.log("up"))`;
  server = spawn(process.execPath, ["-e", listen], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  await once(server.stdout as NodeJS.ReadableStream, "data");
});
afterAll(async () => {
  server?.kill("SIGKILL");
  await busybox?.[Symbol.asyncDispose]();
  await removeFolder(folder);
});

describe.each(["this machine's tools", "busybox's tools alone"])("with %s", (tools) => {
  const machine = () => localMachine(tools === "busybox's tools alone" ? { env: { PATH: busybox.folder } } : {});

  test("who holds a port is told: its start, its folder, its program", async () => {
    const seen = await lookAtPort(machine(), { port, since: Number.MAX_SAFE_INTEGER, folder, also: undefined });
    const { pid = 0 } = server;
    expect(seen).toMatchObject({ holders: [pid], hidden: false });
    expect(seen?.processes.get(pid)).toMatchObject({ parent: process.pid, dead: false });
    expect(seen?.processes.get(pid)?.start).toBeGreaterThan(seen?.processes.get(process.pid)?.start ?? Number.POSITIVE_INFINITY);
    expect(seen?.inFolder).toEqual(new Set([pid]));
    expect(seen?.programs.get(pid)).toBe(await realpath(process.execPath));
    const other = await lookAtPort(machine(), { port: port === 65_535 ? 1024 : port + 1, since: 0, folder, also: undefined });
    expect(other?.holders).not.toContain(pid);
  });

  test("what works in a folder is named; whoever looks is not", async () => {
    expect(await processesIn(machine(), folder)).toEqual([expect.stringContaining(`(process ${server.pid})`)]);
    expect(await processesIn(machine(), `${folder}-not-there`)).toEqual([]);
  });
});
