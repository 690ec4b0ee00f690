import type { Section } from "../../core/input.ts";
import { type Failure, refusal } from "../../core/failure.ts";
import { formatMoment, shortCommit } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { Quarantine } from "../../journal/quarantine.ts";
import { type Owner, runOf } from "../call/owner.ts";
import { givenWords, PLACE_FLAGS } from "../call/given-words.ts";
import { nextCommand } from "../call/next-command.ts";
import { type Environment, ledgerOf } from "../environment/environment.ts";
import { refusedAsOlder } from "./older-run.ts";

/** The command that opens a deploy, so that the refusal can print the whole of it. */
export interface Opener {
  readonly operation: "deploy" | "backup" | "rollout";
  readonly sections: readonly Section[];
}

/** `deploy 2026…-abc1234 was taken back at 2026-… by ada@desk: health failed: HTTP 500`. Pure. */
export function tellQuarantine({ deploy, at, by, why }: Quarantine): string {
  return `taken back at ${formatMoment(at)} by ${by} (${deploy}), because ${clause(why)}`;
}

/** What a way back says of the version that it left; nothing where that may be deployed again. Pure. */
export function quarantineNote({ quarantined }: Ledger, deploy: string): readonly string[] {
  const left = [...quarantined.values()].find((one) => one.deploy === deploy);
  if (left === undefined) return [];
  const name = shortCommit(left.commit);
  return [
    `${name} is quarantined: a commit that mends it is deployed as ever, ${name} itself only with a reason in \`allow-quarantined\`.`,
  ];
}

/** Why this run may open no deploy of this commit, whoever's turn it is; undefined where it may (contract, 2 and 3). */
export async function refusedUnfit(
  environment: Environment,
  ledger: Ledger,
  about: { readonly commit: string; readonly opener: Opener | undefined },
): Promise<Failure | undefined> {
  return (await refusedAsOlder(environment, ledger, about.commit)) ?? refusedAsQuarantined(environment, ledger, about);
}

/** What a dry run, which takes no turn, is refused with too. */
export async function refuseUnfit(environment: Environment, commit: string, opener: Opener | undefined): Promise<void> {
  const ledger = await ledgerOf(environment);
  const refused = ledger && (await refusedUnfit(environment, ledger, { commit, opener }));
  if (refused !== undefined) throw refused;
}

/** The refusal of a version that was taken back, with who, when, why, and how it is deployed all the same. */
export function refusedAsQuarantined(
  environment: Environment,
  { quarantined, unwell }: Ledger,
  { commit, opener }: { readonly commit: string; readonly opener: Opener | undefined },
): Failure | undefined {
  const found = quarantined.get(commit);
  if (found === undefined || environment.shared["allow-quarantined"] !== undefined) return undefined;
  const { owner, title } = environment;
  const name = shortCommit(commit);
  return refusal(`${name} is quarantined on ${title}: it was ${tellQuarantine(found)}. Nothing was touched.`, {
    code: "quarantined",
    hint: [
      ...(unwell?.deploy === found.deploy
        ? ["The version before it was not healthy either: the cause may lie outside of both. `status` says how it stands now."]
        : []),
      ...(isReRun(owner, found) ? ["A re-run deploys the same commit again."] : []),
      `Deploy a commit in which the cause is mended. Where it lay outside of ${name} (a wrong secret, a full disk) and is mended there, give the reason in \`allow-quarantined\`; the journal keeps it.`,
      ...(owner.terminal
        ? []
        : [`In a workflow: \`allow-quarantined: ${REASON}\`, of the action that opens the deploy or of the workflow that is started.`]),
    ].join("\n"),
    evidence: [
      ...(found.run === undefined ? [] : [`The run that took it back: ${found.run}`]),
      ...(found.migrations.length === 0 ? [] : [`Its migrations: ${found.migrations.join(", ")}`]),
      ...found.images.map((image) => `Its image: ${image}`),
    ],
    ways: owner.terminal && opener !== undefined ? [override(environment, { commit, opener })] : [],
  });
}

/** What the journal keeps of an override; undefined where there is nothing to override. */
export function allowedQuarantine(
  environment: Environment,
  { quarantined }: Ledger,
  commit: string,
): { deploy: string; reason: string } | undefined {
  const found = quarantined.get(commit);
  const reason = environment.shared["allow-quarantined"];
  if (found === undefined || reason === undefined) return undefined;
  environment.ports.report.notice(`${shortCommit(commit)} was ${tellQuarantine(found)}. It is deployed all the same: ${reason}`);
  return { deploy: found.deploy, reason };
}

const REASON = "the cause lay outside of the commit, and is mended";

function override(environment: Environment, { commit, opener }: { readonly commit: string; readonly opener: Opener }): Way {
  const own = new Set([...PLACE_FLAGS, "confirm", "commit", "dry-run", "allow-quarantined"]);
  const words = givenWords(environment.settings, opener.sections, own);
  const confirmed = opener.operation === "deploy" ? ["--confirm", environment.name] : [];
  return {
    command: nextCommand(environment, opener.operation, [...words, "--commit", commit, "--allow-quarantined", REASON, ...confirmed]),
    means: `Deploys ${shortCommit(commit)} all the same; the reason is journaled: say the true one.`,
  };
}

/** Whether this is the run that was taken back, once more: its next attempt, or a later step of it. */
function isReRun({ terminal, run, id }: Owner, { by, run: other }: Quarantine): boolean {
  if (terminal) return false;
  const [mine, its] = [runOf(run), runOf(other)];
  if (mine !== undefined && its !== undefined) return mine.repository === its.repository && mine.number === its.number;
  return id.split(".")[0] === by.split(".")[0];
}

/** To stand within a sentence. */
function clause(text: string): string {
  return (text.split("\n", 1)[0] ?? text).replace(/\.$/, "");
}
