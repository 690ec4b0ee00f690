import type { LintFinding } from "../lint/finding.ts";
import type { Down } from "../migration.ts";
import type { Effect } from "./effect.ts";

/**
 * What a migration is to those who are there, the worst first. `additive`: the code that runs now lives with it, and with what it
 * leaves; nothing is lost. That is only said where each statement is known to be so. The others say what is against it, each by
 * itself: an index built under a lock is additive and blocking. `unknown`: nobody can tell.
 */
export const CLASSES = ["unknown", "destructive", "irreversible", "incompatible", "blocking", "additive"] as const;
export type MigrationClass = (typeof CLASSES)[number];

export interface SeenStatement {
  readonly findings: readonly Pick<LintFinding, "risk">[];
  readonly effect: Pick<Effect, "unfit" | "unknown" | "loses">;
}

/** A statement's own classes; DOWN is the migration's. Pure. */
export function classesOfStatement({ findings, effect }: SeenStatement): readonly MigrationClass[] {
  const risks = new Set(findings.map(({ risk }) => risk));
  const unknown = risks.has("unknown") || effect.unknown !== undefined;
  const destructive = risks.has("destructive") || effect.loses !== undefined;
  // Where rows go, the code that reads them may miss them.
  const incompatible = risks.has("incompatible") || effect.unfit !== undefined;
  return [
    ...(unknown ? (["unknown"] as const) : []),
    ...(destructive ? (["destructive"] as const) : []),
    ...(incompatible ? (["incompatible"] as const) : []),
    ...(risks.has("blocking") ? (["blocking"] as const) : []),
    ...(unknown || destructive || incompatible ? [] : (["additive"] as const)),
  ];
}

/** All classes of a migration, the worst first: it is additive where each statement is. Pure. */
export function classesOf(statements: readonly SeenStatement[], down: Down): readonly MigrationClass[] {
  const all = statements.map(classesOfStatement);
  const some = new Set(all.flat());
  if (down.state !== "given") some.add("irreversible");
  if (!all.every((classes) => classes.includes("additive"))) some.delete("additive");
  return CLASSES.filter((one) => some.has(one));
}

/** The worst class of several migrations; `none` where there is none. */
export function worstClass(all: readonly (readonly MigrationClass[])[]): MigrationClass | "none" {
  return CLASSES.find((one) => all.some((classes) => classes.includes(one))) ?? "none";
}
