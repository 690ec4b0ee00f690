import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

type Parser = typeof import("@actions/workflow-parser");

/** GitHub's own parser of workflows. It imports JSON in a way that only a bundler understands, so it is bundled first. */
export async function loadParser(): Promise<Parser> {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-parser-"));
  try {
    const file = join(folder, "parser.mjs");
    const bundle = await rolldown({ input: "@actions/workflow-parser", platform: "node" });
    await bundle.write({ file, format: "esm" });
    await bundle.close();
    return (await import(pathToFileURL(file).href)) as Parser;
  } finally {
    await rm(folder, { recursive: true });
  }
}
