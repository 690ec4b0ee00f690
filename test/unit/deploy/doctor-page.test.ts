import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXAMINATIONS } from "../../../src/deploy/doctor/examinations.ts";
import { COMPOSE_FAULTS } from "../../lab/doctor/compose-faults.ts";
import { ROUNDS } from "../../lab/doctor/every-fault.ts";
import { TOLD_WORKFLOW_FAULTS, WORKFLOW_FAULTS } from "../../lab/doctor/workflow-faults.ts";
import { ROOT } from "../workflows/files.ts";

const FAULTS = [...ROUNDS.flatMap(({ faults }) => faults), ...COMPOSE_FAULTS];
const WORKFLOWS = [
  ...WORKFLOW_FAULTS.map((one) => [...one, true] as const),
  ...TOLD_WORKFLOW_FAULTS.map((one) => [...one, false] as const),
];

const ROWS = [
  ...FAULTS.map(({ fault, about, state, pasted }) => row(fault, about, state, pasted !== false)),
  ...WORKFLOWS.map((one) => row(one[0], "workflow files", one.includes("warn") ? "warn" : "fail", one.at(-1) === true)),
];

function row(fault: string, about: string, state: string, pasted: boolean): string {
  return `| ${fault} | ${about} | ${state === "warn" ? "warns" : "fails"} | ${pasted ? "pasted" : "told"} |`;
}

test("the page lists each fault that is planted, by what name it is told, and whether its mend was pasted", async () => {
  const page = await readFile(join(ROOT, "docs/doctor.md"), "utf8");
  expect(page.split("\n").filter((line) => / \| (?:pasted|told) \|$/.test(line))).toEqual(ROWS);
});

test("forty faults and more are planted, each once, and each by the name of an examination", () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(40);
  expect(new Set(ROWS).size).toBe(ROWS.length);
  const names = EXAMINATIONS.map(({ about }) => about);
  for (const { about } of FAULTS) expect(names).toContain(about);
});
