import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { docker } from "./engine.ts";
import { NODE_IMAGE } from "./images.ts";

const execute = promisify(execFile);

/** This machine's pgbouncer, on the lab's plain image: one that knows nothing of PostgreSQL. Its file is /srv/pgbouncer.ini. */
export async function buildPgbouncer(image: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), "savepoint-pgbouncer-image-"));
  try {
    const program = "/usr/sbin/pgbouncer";
    const { stdout } = await execute("ldd", [program]);
    const libraries = [...stdout.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path = ""]) => path);
    for (const path of [program, ...libraries]) {
      const place = join(context, "root/usr", path.replace(/^\/usr/, ""));
      await mkdir(dirname(place), { recursive: true });
      await cp(await realpath(path), place);
    }
    const lines = [`FROM ${NODE_IMAGE}`, "COPY root/ /", "USER node", 'CMD ["pgbouncer", "/srv/pgbouncer.ini"]'];
    await writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
    await docker(["build", "--quiet", "--tag", image, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
