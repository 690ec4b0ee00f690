/**
 * Everything that must hold: types, lint, form, dead code, generated files, the bundle, all tests. The tests wait a good part
 * of their time, so the others run beside them and are told at the end. A part that fails does not stop the others. Ends with
 * the counts; exits non-zero where anything failed.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ROOT = dirname(import.meta.dirname);
const REPORT = join(ROOT, ".lab", "tests.json");

const PARTS: readonly (readonly [string, readonly string[]])[] = [
  ["types", ["tsc", "-p", "."]],
  ["lint", ["oxlint", "--deny-warnings"]],
  ["form", ["oxfmt", "--check"]],
  ["dead code", ["knip", "--no-progress"]],
  ["generated files", ["node", "scripts/generate.ts", "--check"]],
  ["bundle", ["node", "scripts/build.ts", "--check"]],
];

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
  readonly testResults: readonly { readonly name: string; readonly status: string; readonly assertionResults: readonly TestResult[] }[];
}

interface TestResult {
  readonly fullName: string;
  readonly status: string;
}

/** More files than this that fail are no accident of a busy machine. */
const UNSTEADY_FILES = 3;

interface Ran {
  readonly passed: boolean;
  /** What it said, where that was kept. */
  readonly said: string;
}

/** A program of the project's packages; its output is kept, or goes where ours does. */
async function run([program = "", ...rest]: readonly string[], output: "kept" | "shown"): Promise<Ran> {
  const local = join(ROOT, "node_modules", ".bin", program);
  const to = output === "kept" ? "pipe" : "inherit";
  const child = spawn(local, rest, { cwd: ROOT, stdio: ["ignore", to, to] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const passed = await new Promise<boolean>((done) => {
    child.once("error", (error) => {
      said += error.message;
      done(false);
    });
    child.once("close", (code) => done(code === 0));
  });
  return { passed, said };
}

/** Runs the tests in these files, or all. */
async function tests(...words: readonly string[]): Promise<Report> {
  mkdirSync(dirname(REPORT), { recursive: true });
  rmSync(REPORT, { force: true });
  const vitest = ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const { passed } = await run([...vitest, ...words], "shown");
  try {
    const report = JSON.parse(readFileSync(REPORT, "utf8")) as Report;
    return { ...report, success: passed };
  } catch (error) {
    console.error(`The tests left no report: ${String(error)}`);
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, success: false, testResults: [] };
  }
}

/**
 * All tests. The few files in which something failed are run once more, alone: what fails again is broken, and what
 * passes then is named loudly as unsteady, because it still is a fault of the test or of what it tests.
 */
async function allTests(): Promise<Report> {
  const first = await tests();
  const files = first.testResults.filter(({ status }) => status === "failed");
  if (first.success || files.length === 0 || files.length > UNSTEADY_FILES) return first;
  console.log(`\n— once more, alone: ${files.map(({ name }) => relative(ROOT, name)).join(", ")}`);
  const again = await tests("--maxWorkers=1", ...files.map(({ name }) => name));
  for (const { fullName } of again.success ? files.flatMap(failedIn) : []) console.error(`UNSTEADY: ${fullName} failed, and passed alone`);
  const both = [...first.testResults.filter((file) => !files.includes(file)), ...again.testResults];
  const count = (status: string): number => both.flatMap((file) => file.assertionResults).filter((test) => test.status === status).length;
  const whole = { ...again, testResults: both, numPassedTests: count("passed"), numFailedTests: count("failed") };
  writeFileSync(REPORT, JSON.stringify(whole));
  return { ...whole, numPendingTests: first.numPendingTests, numTodoTests: first.numTodoTests };
}

function failedIn({ assertionResults }: Report["testResults"][number]): readonly TestResult[] {
  return assertionResults.filter(({ status }) => status === "failed");
}

/** One after the other; `told` at once. Returns the names of those that failed. */
async function parts(told: (text: string) => void): Promise<readonly string[]> {
  const bad: string[] = [];
  for (const [name, words] of PARTS) {
    const { passed, said } = await run(words, "kept");
    told(`\n— ${name}\n${said}`);
    if (!passed) bad.push(name);
  }
  return bad;
}

const failed: string[] = [];
let report: Report | undefined;
if (process.argv.includes("--without-tests")) failed.push(...(await parts((text) => console.log(text.trimEnd()))));
else {
  const texts: string[] = [];
  const beside = parts((text) => void texts.push(text));
  console.log("— tests; beside them: types, lint, form, dead code, generated files, bundle");
  report = await allTests();
  failed.push(...(await beside));
  console.log(texts.join("").trimEnd());
}
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
if (skipped > 0) failed.push(`${skipped} tests were skipped`);
// What could not start (a cluster, sshd, act) fails no single test.
if (report !== undefined && !report.success && report.numFailedTests === 0) failed.push("a part of the tests could not start");
for (const name of failed) console.error(`FAILED: ${name}`);
const bad = (report?.numFailedTests ?? 0) + failed.length;
console.log(`\n${(report?.numPassedTests ?? 0) + PARTS.filter(([name]) => !failed.includes(name)).length} passed, ${bad} failed`);
process.exitCode = bad === 0 ? 0 : 1;
