import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { docker, engineEnv } from "./engine.ts";
import { serverPrograms } from "./postgres.ts";

const execute = promisify(execFile);
const NODE = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));
const DRIVER = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** Node and the package `pg` (in /srv/node_modules), busybox for the rest. Runs as the user `node`. */
export const NODE_IMAGE = "savepoint-lab/node";
/** PostgreSQL of this machine's major, by the official image's contract: POSTGRES_USER, _PASSWORD, _PASSWORD_FILE, _DB. */
export const POSTGRES_IMAGE = "savepoint-lab/postgres";

/** What `pg` needs at run time. */
const DRIVER_PACKAGES = /^(?:pg|pg-.+|pgpass|postgres-.+|split2|xtend)$/;
const PATH = "/usr/local/bin:/usr/bin:/usr/sbin";

/** Makes the two images from this machine's own files, without a registry, where the engine does not have them yet. */
export async function buildImages(): Promise<void> {
  const recipe = createHash("sha256")
    .update(readFileSync(import.meta.filename))
    .update(serverPrograms())
    .update(await versionOf(NODE))
    .digest("hex");
  await Promise.all([unless(NODE_IMAGE, recipe, nodeImage), unless(POSTGRES_IMAGE, recipe, postgresImage)]);
}

async function versionOf(program: string): Promise<string> {
  return (await execute(program, ["--version"])).stdout.trim();
}

/** Builds an image unless the engine has it, made by this recipe. */
async function unless(image: string, recipe: string, build: (root: string) => Promise<readonly string[]>): Promise<void> {
  const label = await docker(["image", "inspect", "--format", `{{index .Config.Labels "lab.recipe"}}`, image]).catch(() => "");
  if (label === recipe) return;
  const root = await mkdtemp(join(tmpdir(), "savepoint-image-"));
  try {
    await skeleton(root);
    const changes = [...(await build(root)), `LABEL lab.recipe=${recipe}`].flatMap((change) => ["--change", change]);
    await imported(root, [...changes, "-", image]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function imported(root: string, words: readonly string[]): Promise<void> {
  const tar = spawn("tar", ["-C", root, "--numeric-owner", "-c", "."], { stdio: ["ignore", "pipe", "inherit"] });
  const load = spawn("docker", ["import", ...words], { env: { ...process.env, ...engineEnv() }, stdio: [tar.stdout, "ignore", "pipe"] });
  let said = "";
  load.stderr?.on("data", (part: Buffer) => (said += part.toString()));
  const codes = await Promise.all(
    [tar, load].map(
      async (child) =>
        await new Promise<number | null>((done, fail) => {
          child.once("error", fail);
          // Not its streams' end: tar's is read by the other.
          child.once("exit", done);
        }),
    ),
  );
  if (codes.some((code) => code !== 0)) throw new Error(`docker import failed: ${said}`);
}

/** A system of busybox alone: what is tested must not need more in a container. */
async function skeleton(root: string): Promise<void> {
  const folders = ["etc", "tmp", "root", "proc", "sys", "dev", "run", "var", "home", "srv", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64"];
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  for (const name of ["bin", "sbin", "lib", "lib64"]) await symlink(`usr/${name}`, join(root, name));
  await symlink("../run", join(root, "var/run"));
  await execute("chmod", ["1777", join(root, "tmp")]);
  const users = ["root:x:0:0:root:/root:/bin/sh", "node:x:1000:1000::/srv:/bin/sh", "postgres:x:999:999::/var/lib/postgresql:/bin/sh"];
  await writeFile(join(root, "etc/passwd"), `${users.join("\n")}\n`);
  await writeFile(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\npostgres:x:999:\n");
  await writeFile(join(root, "etc/nsswitch.conf"), "hosts: files dns\npasswd: files\ngroup: files\n");
  const busybox = await programPath("busybox");
  await withLibraries(root, busybox, "/usr/bin/busybox");
  const { stdout } = await execute(busybox, ["--list"]);
  for (const applet of stdout.split("\n").filter((name) => name !== "" && name !== "busybox"))
    await symlink("busybox", join(root, "usr/bin", applet));
  // Names are looked up by libraries that programs load only when they run.
  for (const library of ["libnss_files.so.2", "libnss_dns.so.2"]) {
    const path = `${dirname(await libraryFolder(busybox))}/${library}`;
    if (existsSync(path)) await withLibraries(root, path, path);
  }
}

async function programPath(name: string): Promise<string> {
  const { stdout } = await execute("sh", ["-c", `PATH="$PATH:/usr/bin:/bin:/usr/sbin:/sbin"; command -v "$1"`, "sh", name]);
  return stdout.trim();
}

/** A file of this machine, at a place in the image, with the libraries it is linked to at their own places. */
async function withLibraries(root: string, file: string, place: string): Promise<void> {
  await put(root, await realpath(file), place);
  for (const library of await librariesOf(file)) if (!existsSync(join(root, library))) await put(root, await realpath(library), library);
}

async function put(root: string, file: string, place: string): Promise<void> {
  await mkdir(join(root, dirname(place)), { recursive: true });
  await rm(join(root, place), { force: true });
  await cp(file, join(root, place));
}

async function librariesOf(file: string): Promise<readonly string[]> {
  // A static program has none, and ldd says so by its exit code.
  const { stdout } = await execute("ldd", [file]).catch(() => ({ stdout: "" }));
  return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].flatMap(([, path]) => (path === undefined ? [] : [path]));
}

async function libraryFolder(program: string): Promise<string> {
  const libc = (await librariesOf(program)).find((path) => basename(path) === "libc.so.6");
  return libc ?? "/lib/libc.so.6";
}

async function nodeImage(root: string): Promise<readonly string[]> {
  await withLibraries(root, NODE, "/usr/bin/node");
  for (const name of (await readdir(DRIVER)).filter((each) => DRIVER_PACKAGES.test(each)))
    await cp(join(DRIVER, name), join(root, "srv/node_modules", name), { recursive: true });
  await execute("chown", ["-R", "1000:1000", join(root, "srv")]);
  return [`ENV PATH=${PATH}`, "USER node", "WORKDIR /srv", 'CMD ["node"]'];
}

const ENTRYPOINT = `#!/bin/sh
set -eu
: "\${PGDATA:=/var/lib/postgresql/data}" "\${POSTGRES_USER:=postgres}"
: "\${POSTGRES_DB:=$POSTGRES_USER}"
export PGDATA
[ "\${1#-}" = "$1" ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA" /run/postgresql
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  [ -z "\${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  : "\${POSTGRES_PASSWORD:?POSTGRES_PASSWORD must be set}"
  printf '%s\\n' "$POSTGRES_PASSWORD" >/tmp/password
  initdb --no-sync --username="$POSTGRES_USER" --pwfile=/tmp/password --encoding=UTF8 --locale=C.UTF-8 \\
    --auth-host=scram-sha-256 --auth-local=trust >/dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  pg_ctl -w start -o "-c listen_addresses=''" >/dev/null
  [ "$POSTGRES_DB" = postgres ] || psql -qX -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -c "CREATE DATABASE \\"$POSTGRES_DB\\""
  pg_ctl -m fast -w stop >/dev/null
fi
exec "$@"
`;

async function postgresImage(root: string): Promise<readonly string[]> {
  // The official images have it.
  await withLibraries(root, await programPath("zstd"), "/usr/bin/zstd");
  const bin = serverPrograms();
  const major = basename(dirname(bin));
  const [library, share] = [join(dirname(bin), "lib"), join("/usr/share/postgresql", major)];
  for (const name of await readdir(bin)) await withLibraries(root, join(bin, name), join(bin, name));
  for (const name of (await readdir(library)).filter((each) => each.endsWith(".so") && !each.startsWith("llvm")))
    await withLibraries(root, join(library, name), join(library, name));
  await cp(share, join(root, share), { recursive: true, dereference: true });
  await cp("/usr/share/zoneinfo", join(root, "usr/share/zoneinfo"), { recursive: true, verbatimSymlinks: true });
  await cp("/usr/lib/locale/C.utf8", join(root, "usr/lib/locale/C.utf8"), { recursive: true });
  await withLibraries(root, await programPath("setpriv"), "/usr/local/bin/setpriv");
  await writeFile(join(root, "usr/local/bin/docker-entrypoint.sh"), ENTRYPOINT, { mode: 0o755 });
  await mkdir(join(root, "var/lib/postgresql/data"), { recursive: true });
  await mkdir(join(root, "run/postgresql"), { recursive: true });
  await execute("chown", ["-R", "999:999", join(root, "var/lib/postgresql"), join(root, "run/postgresql")]);
  return [
    `ENV PATH=${bin}:${PATH}`,
    "ENV PGDATA=/var/lib/postgresql/data",
    "ENV LANG=C.UTF-8",
    "VOLUME /var/lib/postgresql/data",
    "EXPOSE 5432",
    "STOPSIGNAL SIGINT",
    'ENTRYPOINT ["docker-entrypoint.sh"]',
    'CMD ["postgres"]',
  ];
}
