import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const FOLDER = join(import.meta.dirname, "../containers");
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".test.ts"));
/** What shows in a file that it needs it. */
const SIGNS = {
  engine: /./,
  host: /\b(?:ServerStage\.open|startHost|openCompose)\(/,
  act: /\bworkflows\b|\bdeployByWorkflow\b/,
  sudo: /engineBy: "sudo"/,
};

test.each(FILES)("%s says what it needs before anything else", (name) => {
  const text = readFileSync(join(FOLDER, name), "utf8");
  const said = /^(?:import [^;]*;\s*)*await needs\(([^)]*)\);\n/.exec(text)?.[1]?.match(/\w+/g);
  const needed = Object.entries(SIGNS).flatMap(([need, sign]) => (sign.test(text) ? [need] : []));
  expect([...(said ?? [])].toSorted()).toEqual(needed.toSorted());
});
