import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** Node 24 of the repository's own, whichever runs the tests. */
export const NODE = join(REPOSITORY, "node_modules", "node", "bin", "node");

/** The command line: as a test run built it from the sources, else the sources themselves. */
export const CLI =
  process.env["SAVEPOINT_LAB_BUILT"] === undefined ? join(REPOSITORY, "src", "cli.ts") : join(process.env["SAVEPOINT_LAB_BUILT"], "cli.js");

/** Where Node keeps what it compiled, for all commands of a test run. */
export const COMPILED: Readonly<Record<string, string>> =
  process.env["SAVEPOINT_LAB_BUILT"] === undefined ? {} : { NODE_COMPILE_CACHE: join(process.env["SAVEPOINT_LAB_BUILT"], "compiled") };
