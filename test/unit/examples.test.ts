import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readProfile } from "../../src/config/read-profile.ts";
import { sections } from "../../src/sections.ts";
import { CALLED, COPIED, ownAction, PAGES, read, ROOT, SETTINGS, type Step, stepsIn } from "./workflows/files.ts";

/** The workflows and settings that a page shows. */
const shown = (page: string) => [...page.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? "");

test("README's workflow is one that the end-to-end tests run, and the guide shows all others, to the letter", async () => {
  expect(shown(await read("README.md"))).toEqual([await read("examples/deploy.yml")]);
  const guide = shown(await read("docs/workflows.md"));
  const others = COPIED.filter((path) => path !== "examples/deploy.yml");
  for (const path of [...others, ...SETTINGS]) expect(guide).toContain(await read(path));
});

test("the guide says of each workflow that can be called which inputs and secrets it takes", async () => {
  const guide = await read("docs/workflows.md");
  for (const path of CALLED) {
    const { inputs = {}, secrets = {} } = (parse(await read(path)) as { on: { workflow_call: Record<string, object> } }).on.workflow_call;
    expect(guide).toContain(`.github/workflows/${path.split("/").at(-1)}`);
    for (const name of [...Object.keys(inputs), ...Object.keys(secrets)]) expect(guide).toContain(`\`${name}\``);
  }
});

test.each([...COPIED, ...CALLED, ...PAGES])("%s gives our actions only inputs that they have", async (path) => {
  const text = await read(path);
  const sources = path.endsWith(".yml") ? [text] : shown(text);
  for (const { uses = "", with: given = {} } of sources.flatMap((source) => stepsIn(parse(source)))) {
    const action = await ownAction(uses);
    if (action !== undefined) expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
  }
});

test.each([...SETTINGS, ...PAGES])("%s shows settings files that are right to the last key", async (path) => {
  const text = await read(path);
  for (const file of (path.endsWith(".yml") ? [text] : shown(text)).filter((one) => one.includes("\nenvironments:"))) {
    for (const environment of Object.keys((parse(file) as { readonly environments: object }).environments))
      expect(readProfile(path, file, { read: async () => file, environment, sections }).problems).toEqual([]);
  }
});

test.each(PAGES)("%s links only to what is there, headings too", async (path) => {
  for (const [, target = "", heading] of (await read(path)).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
    const page = target === "" ? path : join(path, "..", target);
    expect(existsSync(join(ROOT, page)), target).toBe(true);
    if (heading !== undefined) expect(headings(await read(page)), page).toContain(heading);
  }
});

test("our own run on GitHub's runners gives each action what an example gives it, and leaves no action out", async () => {
  const form = ({ uses = "", with: given = {} }: Step) =>
    `${uses.replace("./savepoint", "OWNER/savepoint").replace("@v1", "")} ${Object.keys(given).join()}`;
  const shows = async (path: string) => stepsIn(parse(await read(path))).filter(({ uses = "" }) => /savepoint/.test(uses));
  const examples = (
    await Promise.all(["deploy", "deploy-steps", "rollback", "backup"].map(async (name) => await shows(`examples/${name}.yml`)))
  ).flat();
  const ours = (await shows(".github/workflows/e2e.yml")).map(form);
  expect(examples.map(form)).toEqual(expect.arrayContaining(ours));
  const names = (steps: readonly string[]) => new Set(steps.map((step) => step.split(" ")[0]));
  expect(names(ours)).toEqual(names(examples.map(form)));
});

/** The anchors that GitHub gives a page's headings. */
function headings(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
