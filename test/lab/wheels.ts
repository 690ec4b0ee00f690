import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** A program as the set-up installed it (`act`, `zizmor`). Without it the tests that need it fail; they are never skipped. */
export function wheelProgram(name: string, version: string): string {
  const cache = process.env["XDG_CACHE_HOME"] || (existsSync(homedir()) ? join(homedir(), ".cache") : tmpdir());
  const given = process.env[`SAVEPOINT_LAB_${name.toUpperCase()}`];
  const program = given ?? join(cache, "savepoint-lab", `${name}-${version}`, "bin", name);
  if (!existsSync(program)) throw new Error(`${name} ${version} is not there (${program}): node scripts/setup.mjs ready`);
  return program;
}
