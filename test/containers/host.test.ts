import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startHost } from "../lab/host.ts";
import { needs } from "../lab/needs.ts";

await needs("engine", "host");

const execute = promisify(execFile);

test("the test host is another machine: its own files, network, processes and programs, and the shared engine", async () => {
  await using host = await startHost();
  const ssh = async (command: string): Promise<string> => {
    const known = join(dirname(host.keyFile), "known");
    await writeFile(known, host.knownHosts);
    return (
      await execute("ssh", [
        "-F",
        "none",
        "-i",
        host.keyFile,
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        `UserKnownHostsFile=${known}`,
        host.login,
        command,
      ])
    ).stdout.trim();
  };
  expect(await ssh("id -un; id -u")).toMatch(new RegExp(`^${host.user}\n[1-9]`));
  expect(await ssh("docker ps --quiet >/dev/null && docker compose version --short")).toMatch(/^v?[2-9]/);
  expect(await ssh("git --version")).toContain("git version");
  for (const program of ["node", "bash", "perl", "python3", "pg_dump"])
    expect(await ssh(`command -v ${program} || echo none`)).toBe("none");
  const here = fileURLToPath(new URL("../..", import.meta.url));
  expect(await ssh(`ls -A ${here}; ls -A /tmp`)).toBe("");
  expect(await ssh("ps -e -o args=")).not.toContain("vitest");
  expect(await ssh("cat /proc/sys/kernel/hostname")).toBe(host.user);
  expect(await ssh(`cat /proc/net/tcp | wc -l`)).toMatch(/^\d$/);
  expect(await host.run("id -un")).toBe(host.user);
  // The daemon's process of a session that is over ends a moment after it.
  await expect.poll(async () => await host.processes()).toEqual([]);
});
