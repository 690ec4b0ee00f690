import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readFlags } from "../../src/faces/terminal/flags.ts";
import { openAll } from "../../src/core/operation.ts";
import { operations as callable } from "../../src/operations.ts";
import { read, ROOT, workflow } from "./workflows/files.ts";

const operations = await openAll(callable);

const GUIDES = [
  "runbook",
  "checklists",
  "security",
  "single-rows",
  "prisma-down",
  "troubleshooting",
  "restore-by-hand",
  "getting-started",
  "getting-started.pt-BR",
].map((name) => `docs/${name}.md`);

/** Commands of ours, from blocks of shell text and from sentences; a bare name is one too. */
function commandsIn(page: string): readonly string[] {
  return [...page.matchAll(/^savepoint (.+)$|`savepoint ([a-z][^`]*)`/gm)].map(([, line, inline]) => line ?? inline ?? "");
}

/** As a shell cuts it into words; what is a name to be filled in stays as it is. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

test.each(GUIDES)("every command that %s shows is one that there is, with the flags that it has", async (page) => {
  for (const command of commandsIn(await read(page))) {
    const operation = operations
      .filter(({ name }) => command === name || command.startsWith(`${name} `))
      .toSorted((a, b) => b.name.length - a.name.length)[0];
    expect(operation, command).toBeDefined();
    if (operation === undefined) continue;
    expect(readFlags(operation, wordsOf(command.slice(operation.name.length))).problems, command).toEqual([]);
  }
});

test("the runbook and the checklists show more than a few", async () => {
  expect(commandsIn(await read("docs/runbook.md")).length).toBeGreaterThan(10);
  expect(commandsIn(await read("docs/checklists.md")).length).toBeGreaterThan(4);
});

/** GitHub's own way from a heading to its address. */
function anchorsOf(page: string): ReadonlySet<string> {
  return new Set(
    [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

test.each(GUIDES)("every link of %s leads to a page that is there, and to a heading that it has", async (page) => {
  for (const [, path = "", anchor] of (await read(page)).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)) {
    const target = path === "" ? page : join(dirname(page), path);
    expect(existsSync(join(ROOT, target)), `${page}: ${path}`).toBe(true);
    if (anchor !== undefined && anchor !== "") expect(anchorsOf(await read(target)), `${page}: ${path}#${anchor}`).toContain(anchor);
  }
});

test("the permissions that the security page tells of the workflows and the actions are those that they have", async () => {
  const page = await read("docs/security.md");
  for (const name of ["deploy", "rollback", "recover", "backup"]) {
    const { jobs } = await workflow(`.github/workflows/${name}.yml`);
    const needed = Object.assign({}, ...Object.values(jobs).map(({ permissions }) => permissions ?? {})) as Record<string, string>;
    const told = Object.entries(needed).map(([what, how]) => `\`${what}: ${how}\``);
    expect(page).toContain(`| \`${name}.yml\` | ${told.join(", ")} |`);
  }
  for (const [row, name] of [
    ["`rollback`, `recover`", "rollback"],
    ["`restore` (a drill: no token)", "restore"],
    ["`deploy`, the root action", "deploy"],
  ] as const) {
    const { jobs } = await workflow(`examples/${name}.yml`);
    const needed = Object.entries(jobs[name]?.permissions ?? {}).map(([what, how]) => `\`${what}: ${how}\``);
    expect(needed).not.toEqual([]);
    expect(page).toContain(`| ${row} | ${needed.join(", ")} |`);
  }
});
