import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buttonIn } from "../../../src/faces/workflow/button-in.ts";
import { filledFor, pressedLine } from "../../../src/faces/workflow/button.ts";
import { findButtons } from "../../../src/faces/workflow/find-buttons.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const COMMAND =
  "savepoint rollback --environment staging --confirm staging --to stable-1 --database keep --reason 'it'\\''s down' --host a@b --state-dir /s --app shop";
const WHOLE = [
  ["environment", "staging"],
  ["to", "stable-1"],
  ["database", "keep"],
  ["reason", "it's down"],
  ["confirm", "staging"],
];

function filled(workflow: string, command = COMMAND, repository = "shop") {
  const button = buttonIn("rollback.yml", workflow);
  return button && filledFor(button, { command }, repository)?.map(({ field, value }) => [field, value]);
}

/** A workflow with these fields, of which `!` must be filled, that hands this to a rollback. */
function own(fields: readonly string[], given: Readonly<Record<string, string>>): string {
  const inputs = Object.fromEntries(fields.map((name) => [name.replace("!", ""), { required: name.endsWith("!") }]));
  const steps = [{ uses: "actions/checkout@v5" }, { uses: "a/b/actions/rollback@v1", with: given }];
  return JSON.stringify({ name: "Back", on: { workflow_dispatch: { inputs } }, jobs: { back: { steps } } });
}

test.each(["examples/rollback.yml", "examples/rollback-call.yml", ".github/workflows/rollback.yml"])(
  "%s: a printed rollback is what to fill into its form",
  (file) => expect(filled(readFileSync(join(ROOT, file), "utf8"))).toEqual(WHOLE),
);

test("a value that is no text fills nothing, and takes no report away", () => {
  const odd = { to: { toString: 1 }, reason: ["it's down"], database: null };
  const workflow = JSON.stringify({
    on: { workflow_dispatch: {} },
    jobs: { back: { uses: "a/b/.github/workflows/rollback.yml@v1", with: odd } },
  });
  expect(buttonIn("rollback.yml", workflow)?.inputs).toEqual(new Map());
});

test("what lies among the workflows and is no file is not read: nobody waits for it", async () => {
  const workspace = mkdtempSync(join(tmpdir(), "savepoint-buttons-"));
  try {
    const folder = join(workspace, ".github", "workflows");
    mkdirSync(join(folder, "folder.yml"), { recursive: true });
    execFileSync("mkfifo", [join(folder, "pipe.yml")]);
    symlinkSync("/dev/zero", join(folder, "endless.yml"));
    expect(await findButtons({ GITHUB_WORKSPACE: workspace })).toEqual([]);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}, 5000);

test("an app of another name than the repository's has to be told, where the form asks for it", () => {
  const workflow = readFileSync(join(ROOT, ".github/workflows/rollback.yml"), "utf8");
  expect(filled(workflow, COMMAND, "other")).toEqual([...WHOLE, ["app", "shop"]]);
});

describe("a form says only what it can", () => {
  const ALL = { to: "${{ inputs.to }}", database: "${{ github.event.inputs.data }}", reason: "${{ inputs.why || 'none' }}" };
  const THREE = ["why", "data", "to"];
  test.each([
    ["fields of other names", own([...THREE, "ok"], { ...ALL, confirm: "${{ inputs.ok }}" }), [...THREE, "ok"]],
    ["what the workflow says itself", own(THREE, { ...ALL, confirm: "staging", host: "${{ vars.HOST }}" }), THREE],
    ["another fixed value", own(THREE, { ...ALL, confirm: "production" }), undefined],
    ["no field for `confirm`", own(THREE, ALL), undefined],
    ["one field for two values", own(["x"], { ...ALL, to: "${{ inputs.x }}", confirm: "${{ inputs.x }}" }), undefined],
    [
      "a host that must be filled in",
      own(["where!", ...THREE], { ...ALL, confirm: "staging", host: "${{ inputs.where }}" }),
      ["where!", ...THREE],
    ],
    ["a host that may be left empty", own(["where", ...THREE], { ...ALL, confirm: "staging", host: "${{ inputs.where }}" }), THREE],
  ])("%s", (_, workflow, fields) =>
    expect(filled(workflow)?.map(([field]) => field)).toEqual(fields?.map((name) => name.replace("!", ""))),
  );
  test.each([
    "savepoint restore --backup x",
    "savepoint unlock --confirm p",
    "node cli.js rollback --confirm p",
    "savepoint rollback --dry-run",
  ])("nothing for: %s", (command) => expect(filled(readFileSync(join(ROOT, "examples/rollback.yml"), "utf8"), command)).toBeUndefined());
});

test.each([
  ["no button", "on: push\njobs: { a: { steps: [ { uses: x/y/actions/rollback@v1 } ] } }"],
  ["another button", "on: workflow_dispatch\njobs: { a: { steps: [ { uses: x/y/actions/backup@v1 } ] } }"],
  ["a button that stands alone, with no inputs", "on: [workflow_dispatch]\njobs: { a: { steps: [ { uses: x/y/actions/rollback@v1 } ] } }"],
  ["no YAML", "on: [\n"],
  ["no mapping", "- a"],
  ["nothing", ""],
])("%s is no form", (_, text) => expect(buttonIn("a.yml", text)).toBeUndefined());

test("it is found in the checkout; without one, or with none in it, there is none", async () => {
  expect(await findButtons({ GITHUB_WORKSPACE: ROOT })).toContainEqual(expect.objectContaining({ file: "rollback.yml", name: "Rollback" }));
  expect(await findButtons({ GITHUB_WORKSPACE: join(ROOT, "src") })).toEqual([]);
  expect(await findButtons({})).toEqual([]);
});

test("a line for the log names the form's values as they are typed", () => {
  const button = buttonIn("rollback.yml", readFileSync(join(ROOT, "examples/rollback.yml"), "utf8"));
  expect(
    button &&
      pressedLine(button, [
        { field: "to", value: "v1" },
        { field: "reason", value: "it is down" },
      ]),
  ).toBe("Actions → Rollback → Run workflow: to v1, reason 'it is down'");
});
