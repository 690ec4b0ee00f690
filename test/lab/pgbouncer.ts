import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./postgres.ts";
import { removeFolder } from "./folder.ts";

/** A real pgbouncer in front of a cluster. */
export interface Pooler extends AsyncDisposable {
  readonly port: number;
  /** The same URL, through it. */
  readonly through: (url: string) => string;
}

/** Starts one; its settings by pgbouncer's own names. Users are let in with any password, and go on with the cluster's. */
export async function startPooler(serverPort: number, settings: Readonly<Record<string, string | number>>): Promise<Pooler> {
  const program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"].find((path) => existsSync(path));
  if (program === undefined) throw new Error("no pgbouncer on this machine: apt-get install pgbouncer");
  const folder = await mkdtemp(join(tmpdir(), "savepoint-pgbouncer-"));
  const port = await freePort();
  const all = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "any",
    logfile: join(folder, "log"),
    pool_mode: "session",
    default_pool_size: 20,
    ...settings,
  };
  const server = `host=127.0.0.1 port=${serverPort} user=postgres password=postgres`;
  const text = `[databases]\n* = ${server}\n[pgbouncer]\n${Object.entries(all)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("")}`;
  await writeFile(join(folder, "pgbouncer.ini"), text);
  await chmod(folder, 0o755);
  const root = process.getuid?.() === 0;
  if (root) await chown(folder, 65_534, -1);
  const words = [...(root ? ["setpriv", "--reuid=65534", "--clear-groups"] : []), program, join(folder, "pgbouncer.ini")];
  const child = spawn("env", words, { stdio: "ignore" });
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  for (let turn = 0; !(await answers(port)); turn += 1) {
    if (child.exitCode !== null || turn > 200) throw new Error(`pgbouncer did not start:\n${await readFile(join(folder, "log"), "utf8")}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  return {
    port,
    through: (url) => url.replace(/@127\.0\.0\.1:\d+/, `@127.0.0.1:${port}`),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), 3000);
      await gone;
      clearTimeout(hard);
      await removeFolder(folder);
    },
  };
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((done) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("connect", () => done(true)).once("error", () => done(false));
    socket.unref().once("connect", () => socket.destroy());
  });
}
