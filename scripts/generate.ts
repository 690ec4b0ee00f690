/**
 * Writes what is derived from the operations' declarations: each `action.yml`, the tables in the pages, the page of
 * failures, the schema of `savepoint.yml`. `--check` only compares.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openAll } from "../src/core/operation.ts";
import { operations as callable } from "../src/operations.ts";
import { sections } from "../src/sections.ts";
import { actionYml, ROOT_OPERATION } from "./action-yml.ts";
import { lintPage } from "./lint-page.ts";
import { actionPage, faultsPage, frontPage, skeleton, stepsPage } from "./readme.ts";
import { profileSchema } from "./schema.ts";
import { troubleshootingPage } from "./troubleshooting.ts";

const operations = await openAll(callable);

const ROOT = dirname(import.meta.dirname);

async function read(path: string): Promise<string | undefined> {
  return await readFile(join(ROOT, path), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function generated(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const operation of operations.filter(({ branding }) => branding !== undefined)) {
    if (operation.description.length > 125)
      throw new Error(`the description of ${operation.name} is longer than the 125 characters that the marketplace shows`);
    if (operation.name === ROOT_OPERATION) {
      files.set("action.yml", actionYml(operation));
      continue;
    }
    const folder = `actions/${operation.name}`;
    files.set(`${folder}/action.yml`, actionYml(operation));
    files.set(`${folder}/README.md`, actionPage((await read(`${folder}/README.md`)) ?? skeleton(operation), operation));
  }
  const front = await read("README.md");
  if (front !== undefined) files.set("README.md", frontPage(front, operations));
  const house = await read("docs/architecture.md");
  if (house !== undefined) files.set("docs/architecture.md", stepsPage(house));
  const faults = await read("docs/faults.md");
  if (faults !== undefined) files.set("docs/faults.md", faultsPage(faults));
  const lint = await read("docs/lint.md");
  if (lint !== undefined) files.set("docs/lint.md", lintPage(lint));
  files.set("docs/troubleshooting.md", troubleshootingPage());
  files.set("savepoint.schema.json", `${JSON.stringify(profileSchema(sections), null, 2)}\n`);
  return files;
}

const files = await generated();
const differing: string[] = [];
for (const [path, content] of files) if ((await read(path)) !== content) differing.push(path);
if (process.argv.includes("--check")) {
  for (const path of differing) console.error(`${path} is not what the declarations give. Run \`npm run generate\`.`);
  if (differing.length > 0) process.exit(1);
  console.log(`${files.size} generated files are what the declarations give.`);
} else {
  for (const path of differing) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true });
    await writeFile(join(ROOT, path), files.get(path) ?? "");
    console.log(`wrote ${path}`);
  }
  console.log(`${files.size} generated files, ${differing.length} changed.`);
}
