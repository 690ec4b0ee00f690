import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

const ROOT = resolve(import.meta.dirname, "../..");
const read = async (path: string) => await readFile(join(ROOT, path), "utf8");
const EXAMPLES = globSync("examples/*.yml", { cwd: ROOT });
const PAGES = globSync(["README.md", "docs/*.md", "actions/*/README.md"], { cwd: ROOT });

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

test("README's workflows are those that the end-to-end tests run", async () => {
  const readme = await read("README.md");
  for (const name of ["deploy.yml", "rollback.yml"]) expect(readme).toContain(`\`\`\`yaml\n${await read(`examples/${name}`)}\`\`\``);
});

test.each(EXAMPLES)("%s pins other people's actions to a commit, and says which version that is", async (path) => {
  for (const [, action = "", rest = ""] of (await read(path)).matchAll(/uses: (\S+?)@(.*)$/gm)) {
    expect(rest).toMatch(action.startsWith("OWNER/savepoint") ? /^v1$/ : /^[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

test.each([...EXAMPLES, ...PAGES])("%s gives our actions only inputs that they have", async (path) => {
  const text = await read(path);
  const sources = path.endsWith(".yml") ? [text] : [...text.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? "");
  for (const { uses = "", with: given = {} } of sources.flatMap((source) => stepsIn(parse(source)))) {
    const folder = /^OWNER\/savepoint\/?(.*)@v1$/.exec(uses)?.[1];
    if (folder === undefined) continue;
    const { inputs } = parse(await read(join(folder, "action.yml"))) as { readonly inputs: object };
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
  }
});

/** Everything in a document that looks like a step, however deep. */
function stepsIn(value: unknown): readonly Step[] {
  if (typeof value !== "object" || value === null) return [];
  return [...("uses" in value ? [value as Step] : []), ...Object.values(value).flatMap((inner) => stepsIn(inner))];
}
