import { posix } from "node:path";
import { Failure, refusal } from "../../core/failure.ts";
import { formatCount, plural, quoted } from "../../core/format.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import type { Ports } from "../../core/ports.ts";
import { lastLines } from "../../machine/succeed.ts";
import { type LintFinding, RISKS, type Risk } from "../../migration/lint/finding.ts";
import type { House } from "../../migration/lint/house-rules.ts";
import { type Linted, lintMigrations, worstRisk } from "../../migration/lint/lint.ts";
import { parser } from "../../migration/lint/tree.ts";
import { typesMadeIn } from "../../migration/lint/type-names.ts";
import { loadMigrations } from "../../migration/load.ts";
import type { Migration } from "../../migration/migration.ts";

interface LintCall {
  readonly ports: Ports;
  /** In the checkout. */
  readonly directory: string;
  /** A commit, tag or branch: only what came since is looked at. */
  readonly since: string | undefined;
  readonly failOn: readonly Risk[];
  readonly house: House;
}

/** Looks at the checkout's migration files, without a database. Throws where a finding is of a risk that fails. */
export async function lintCheckout({ ports, directory, since, failOn, house }: LintCall): Promise<Outcome> {
  const shown = directory === "." ? "" : directory;
  const source = { machine: ports.here, directory: posix.join(ports.cwd, directory), shown };
  const migrations = await loadMigrations(source);
  const parse = await parser();
  const changed = since === undefined ? undefined : await changedSince(ports, directory, since);
  const set = changed === undefined ? migrations : migrations.filter(({ up }) => changed.has(posix.normalize(up.file)));
  // Of all files nobody knows which come together: each is looked at as if the others were there.
  const also = { house, types: typesMadeIn(migrations) };
  const linted = changed === undefined ? set.map((one) => lintMigrations([one], parse, also)) : [lintMigrations(set, parse, also)];
  return conclude(set, linted, { failOn, since, ports, house });
}

/** The files that HEAD's side of the history added or changed since it left `since`, committed or not. */
async function changedSince(ports: Ports, directory: string, since: string): Promise<ReadonlySet<string>> {
  const git = async (...words: readonly string[]) => {
    const run = await ports.here.run({ words: ["git", "-C", ports.cwd, ...words], whole: true });
    if (run.code === 0) return run.stdout;
    throw refusal(`What came since ${quoted(since)} is not known: git ${words[0]} failed.`, {
      code: "lint-since",
      hint: "`since` is a commit, tag or branch of this checkout. In a workflow check out with `fetch-depth: 0`, and write `origin/main` for the branch main.",
      evidence: lastLines(run),
    });
  };
  const base = (await git("merge-base", "--end-of-options", since, "HEAD")).trim();
  const tracked = await git("diff", "--name-only", "-z", "--relative", "--no-renames", "--diff-filter=AM", base, "--", directory);
  const untracked = await git("ls-files", "--others", "--exclude-standard", "-z", "--", directory);
  return new Set([...tracked.split("\0"), ...untracked.split("\0")].filter((path) => path !== ""));
}

function conclude(
  set: readonly Migration[],
  linted: readonly Linted[],
  { failOn, since, ports, house }: Pick<LintCall, "failOn" | "since" | "ports" | "house">,
): Outcome {
  const findings = linted.flatMap((one) => one.findings);
  const allowed = linted.flatMap((one) => one.allowed);
  const fails = new Set<Risk>(["unknown", ...failOn]);
  const failing = findings.filter(({ risk }) => fails.has(risk));
  // At a terminal the table below says the same.
  const annotated = ports.terminal ? [] : findings.filter(({ risk }) => risk !== "advice" || fails.has(risk));
  for (const finding of annotated) ports.report.warning(inWords(finding), { file: finding.file, line: finding.line });
  const risk = worstRisk(findings);
  const outputs = { findings: JSON.stringify(findings), risk: risk ?? "none" };
  const looked = `${plural(set.length, "migration")}${since === undefined ? "" : ` new since ${since}`}`;
  const silenced = allowed.length === 0 ? "" : `, ${allowed.length} allowed with a reason`;
  const found = countedRisks(findings);
  const headline = `Looked at ${looked}: ${found.length === 0 ? "nothing was found" : found.join(", ")}${silenced}`;
  const blocks = [...tableOf(findings), ...allowedTable(allowed), ...insteadBlocks(findings)];
  const details = { findings, allowed };
  if (failing.length === 0) return { outputs, headline, blocks, details };
  const worst = failing.toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk))[0];
  // As it is taken when it is pasted: what needs a name says so.
  const approved = worst?.risk === "destructive" && house.approvers.length > 0 ? ` (approved by ${house.approvers[0]})` : "";
  const headed = `${plural(failing.length, "finding")} in ${looked} must be mended, or allowed with a reason`;
  throw new Failure(`${headed}: ${countedRisks(failing).join(", ")}.`, {
    code: "lint",
    outputs,
    blocks,
    hint: `Write it the safe way; where it is meant, say so above the statement: -- savepoint: allow ${worst?.rule ?? ""}: why${approved}. Which risks fail is said by fail-on.`,
  });
}

/** `2 destructive`, the worst first. */
function countedRisks(findings: readonly LintFinding[]): readonly string[] {
  return RISKS.flatMap((one) => {
    const count = findings.filter((finding) => finding.risk === one).length;
    return count === 0 ? [] : [`${formatCount(count)} ${one}`];
  });
}

function inWords({ file, line, rule, message }: LintFinding): string {
  return `${file}:${line}: ${message} (${rule})`;
}

function tableOf(findings: readonly LintFinding[]): readonly Block[] {
  if (findings.length === 0) return [];
  const rows = findings
    .toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk))
    .map(({ risk, rule, file, line, message }) => [risk, rule, `${file}:${line}`, message]);
  return [{ kind: "table", folds: true, title: "What the migrations would do", head: ["risk", "rule", "where", "what happens"], rows }];
}

function allowedTable(allowed: Linted["allowed"]): readonly Block[] {
  if (allowed.length === 0) return [];
  const rows = allowed.map(({ rule, file, line, reason }) => [rule, `${file}:${line}`, reason]);
  return [{ kind: "table", folds: true, title: "Allowed by a comment", head: ["rule", "where", "why"], rows }];
}

/** The safe way of each rule, once: where a rule finds ten things, one shows how. */
function insteadBlocks(findings: readonly LintFinding[]): readonly Block[] {
  const first = Map.groupBy(
    findings.filter(({ instead }) => instead !== undefined),
    ({ rule }) => rule,
  );
  return [...first].flatMap(([rule, [finding]]): readonly Block[] =>
    finding?.instead === undefined
      ? []
      : [{ kind: "code", title: `Instead (${rule}, ${finding.file}:${finding.line})`, lines: finding.instead.split("\n") }],
  );
}
