import type { Operation } from "../src/core/operation.ts";
import { describe } from "../src/faces/terminal/flags.ts";
import { STEPS, stepNames } from "../src/journal/steps.ts";
import { CASES, lineOf } from "../test/faults/matrix/cases.ts";
import { orderedInputs, ROOT_OPERATION } from "./action-yml.ts";

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. A page without the markers stays as it is. */
export function filled(page: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = page.indexOf(open);
  const end = page.indexOf(close);
  if (start < 0 || end < start) return page;
  return `${page.slice(0, start + open.length)}\n${content}\n${page.slice(end)}`;
}

/** An action's page with its tables as the declaration has them. */
export function actionPage(page: string, operation: Operation): string {
  return filled(filled(page, "inputs", inputsTable(operation)), "outputs", outputsTable(operation));
}

/** The front page: the table of actions, and the root action's inputs and outputs where it has room for them. */
export function frontPage(page: string, operations: readonly Operation[]): string {
  const root = operations.find(({ name }) => name === ROOT_OPERATION);
  const listed = filled(page, "actions", actionsTable(operations));
  return root === undefined ? listed : actionPage(listed, root);
}

/** A page with the table of steps where it has room for it. */
export function stepsPage(page: string): string {
  return filled(page, "steps", stepsTable());
}

/** A page with a line for each case of the matrix of faults where it has room for them. */
export function faultsPage(page: string): string {
  return filled(page, "cases", CASES.map((one) => lineOf(one)).join("\n"));
}

/** A first page for an action that has none. */
export function skeleton(operation: Operation): string {
  return [
    `# ${operation.name}`,
    "",
    operation.description,
    "",
    "```yaml",
    `- uses: OWNER/savepoint/actions/${operation.name}@v1`,
    "```",
    "",
    "## Inputs",
    "",
    "<!-- inputs -->",
    "<!-- /inputs -->",
    "",
    "## Outputs",
    "",
    "<!-- outputs -->",
    "<!-- /outputs -->",
    "",
  ].join("\n");
}

function inputsTable(operation: Operation): string {
  return table(
    ["input", "what it says"],
    orderedInputs(operation).map(({ name, spec }) => [`\`${name}\``, describe({ spec }) + (spec.secret ? " A secret." : "")]),
  );
}

function outputsTable(operation: Operation): string {
  return table(
    ["output", "what it is"],
    Object.entries(operation.outputs).map(([name, text]) => [`\`${name}\``, text]),
  );
}

function actionsTable(operations: readonly Operation[]): string {
  const actions = operations.filter(({ name, branding }) => branding !== undefined && name !== ROOT_OPERATION);
  return table(
    ["action", "what it does"],
    actions.map(({ name, description }) => [`[\`actions/${name}\`](actions/${name}/README.md)`, description]),
  );
}

const CHANGES = { nothing: "nothing", database: "the database", app: "the app", both: "both" } as const;

function stepsTable(): string {
  return table(
    ["step", "what it does", "settings", "may change", "taken back by"],
    stepNames.map((name) => {
      const { does, section, changes, gate, undone } = STEPS[name];
      return [`\`${name}\``, `${does}${gate ? " The gate." : ""}`, section === undefined ? "" : `\`${section}\``, CHANGES[changes], undone];
    }),
  );
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`).replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map((row) => line(row))].join("\n");
}
