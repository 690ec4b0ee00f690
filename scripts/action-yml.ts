import { SHARED } from "../src/core/input.ts";
import type { Operation } from "../src/core/operation.ts";
import { describe, type Flag, shownFlags } from "../src/faces/terminal/flags.ts";

/** The operation of the root action. */
export const ROOT_OPERATION = "deploy";

/** An operation's own inputs first, then the shared ones. */
export function orderedInputs(operation: Operation): readonly Flag[] {
  const all = shownFlags(operation);
  return [...all.filter((one) => one.section !== SHARED), ...all.filter((one) => one.section === SHARED)];
}

/** The action's metadata. Its folder is two below the root, but for the root action's. */
export function actionYml(operation: Operation): string {
  const root = operation.name === ROOT_OPERATION;
  const dist = root ? "dist" : "../../dist";
  const branding =
    operation.branding === undefined ? [] : ["branding:", `  icon: ${operation.branding.icon}`, `  color: ${operation.branding.color}`];
  return [
    "# Generated from the operation's declaration by `npm run generate`. Do not edit.",
    `name: ${JSON.stringify(root ? "Savepoint" : `Savepoint: ${operation.name}`)}`,
    `description: ${JSON.stringify(operation.description)}`,
    "inputs:",
    ...orderedInputs(operation).flatMap((one) => inputLines(one)),
    "outputs:",
    ...Object.entries(operation.outputs).flatMap(([name, text]) => [`  ${name}:`, `    description: ${JSON.stringify(text)}`]),
    "runs:",
    "  using: node24",
    `  main: ${dist}/${operation.name}.js`,
    ...(operation.endsJobs === true ? [`  post: ${dist}/${operation.name}-post.js`, "  post-if: failure() || cancelled()"] : []),
    ...branding,
    "",
  ].join("\n");
}

function inputLines({ name, spec }: Flag): readonly string[] {
  const lines = [`  ${name}:`, `    description: ${JSON.stringify(describe({ spec }))}`, "    required: false"];
  if (!isToken(name)) return lines;
  return [
    ...lines,
    "    # The one default here: an action gets the job's token in no other way. All others apply below SAVEPOINT_* and the file.",
    "    default: ${{ github.token }}",
  ];
}

function isToken(name: string): boolean {
  return name === "token" || name.endsWith("-token");
}
