import type { Fact } from "../../../src/journal/entries.ts";
import { forwardSteps, STEPS, type StepName } from "../../../src/journal/steps.ts";

/** An entry of the journal, at which the fault strikes: it is written and not yet acknowledged. */
export interface Boundary {
  readonly name: string;
  readonly kind: Fact["kind"];
  readonly step?: StepName;
  /** The how manieth entry of that kind it is. Default: the first. */
  readonly nth?: number;
}

const entry = (kind: Fact["kind"], nth?: number): Boundary => ({
  name: nth === undefined ? kind : `${kind}-${nth}`,
  kind,
  ...(nth !== undefined && { nth }),
});
const of = (step: StepName, what: "started" | "done" | "failed"): Boundary => ({ name: `${step}.${what}`, kind: `step.${what}`, step });
/** What stands between a step's intent and its result. */
const WITHIN: Partial<Readonly<Record<StepName, readonly Boundary[]>>> = { backup: [entry("restore.proven")] };
/** A step that is journaled as what it confirms. */
const CONFIRMED = [entry("stable.marked"), entry("deploy.closed"), entry("tags.moved")];

const forward = forwardSteps.flatMap((step) =>
  STEPS[step].gate || STEPS[step].section !== undefined ? [of(step, "started"), ...(WITHIN[step] ?? []), of(step, "done")] : CONFIRMED,
);
const way = (nth?: number): readonly Boundary[] => [
  of("rollback", "started"),
  entry("restore.proven", nth),
  entry("database.replaced"),
  of("rollback", "done"),
  entry("version.seen"),
  entry("went-back"),
];
const gate = forward.findIndex(({ name }) => name === "health.done");

/** What is under way when the fault strikes. */
export interface Situation {
  readonly what: string;
  /** Every entry that it writes where nothing strikes, in order. */
  readonly journal: readonly Boundary[];
  /** From which of them on it is another one than those before it. */
  readonly from?: string;
}

export const SITUATIONS = {
  good: { what: "a good deploy over a stable version", journal: [entry("deploy.opened"), ...forward] },
  unhealthy: {
    what: "a deploy whose version is not healthy, and that takes itself back",
    journal: [entry("deploy.opened"), ...forward.slice(0, gate), of("health", "failed"), ...way(2), entry("deploy.closed")],
    from: "health.failed",
  },
  rollback: {
    what: "a rollback by hand of a stable version, with its database",
    journal: [entry("deploy.opened"), ...way(), entry("stable.withdrawn"), entry("deploy.closed"), entry("tags.moved")],
  },
  first: { what: "the first deploy ever: nothing ran before it", journal: [entry("deploy.opened"), ...forward] },
} as const satisfies Readonly<Record<string, Situation>>;

export type SituationName = keyof typeof SITUATIONS;

/** What strikes. */
export const FAULTS = {
  kill: "the runner is killed",
  cancel: "the runner is cancelled: SIGINT, SIGTERM, the end of all of it",
  freeze: "the runner is stopped, is replaced by somebody, and wakes",
  cut: "the SSH connection is cut",
  network: "the network to the host is away for some seconds",
  postgres: "PostgreSQL is killed, and starts again",
  engine: "the Docker engine is restarted",
  disk: "the host's disk is full, until the run has ended",
  second: "a second deploy is started beside it",
} as const;

export type FaultName = keyof typeof FAULTS;

/** Where it runs: by commands over SSH, or as a compose project on a host of its own. */
export type Ground = "commands" | "compose";

export interface Case {
  readonly name: string;
  readonly ground: Ground;
  readonly situation: SituationName;
  readonly boundary: Boundary;
  readonly fault: FaultName;
}

const faults = Object.keys(FAULTS) as readonly FaultName[];
const situations = Object.keys(SITUATIONS) as readonly SituationName[];

/** Where a compose project differs in what it does: the moments at which it is struck by more than its engine. */
const ON_COMPOSE: Partial<Readonly<Record<SituationName, readonly string[]>>> = {
  good: ["backup.done", "migrate.done", "switch.started", "switch.done"],
  unhealthy: ["rollback.started", "database.replaced"],
};
/** What strikes there, other than by commands: a network and a database of its own. */
const STRIKES_COMPOSE: readonly FaultName[] = ["kill", "cut", "network", "postgres"];

/**
 * Everything but the engine by commands over SSH, which costs a sixth; on a compose project over SSH the engine wherever it can
 * strike, and the rest where the project does something of its own.
 */
export const CASES: readonly Case[] = [
  ...situations.flatMap((situation) => casesOf("commands", situation, (fault) => fault !== "engine")),
  ...situations.flatMap((situation) =>
    casesOf("compose", situation, (fault, { name }) =>
      fault === "engine" ? true : STRIKES_COMPOSE.includes(fault) && ON_COMPOSE[situation]?.includes(name) === true,
    ),
  ),
];

/** What runs with every test: each situation and each fault once. */
export const SHORT: readonly string[] = [
  "good/migrate.done/cut",
  "good/switch.started/kill",
  "good/health.done/freeze",
  "unhealthy/health.failed/second",
  "unhealthy/database.replaced/postgres",
  "rollback/rollback.started/disk",
  "rollback/went-back/network",
  "first/switch.done/cancel",
  "compose/good/switch.started/engine",
];

function casesOf(ground: Ground, situation: SituationName, plays: (fault: FaultName, boundary: Boundary) => boolean): readonly Case[] {
  const place = ground === "compose" ? "compose/" : "";
  return boundariesOf(situation).flatMap((boundary) =>
    faults
      .filter((fault) => plays(fault, boundary))
      .map((fault) => ({ name: `${place}${situation}/${boundary.name}/${fault}`, ground, situation, boundary, fault })),
  );
}

function boundariesOf(situation: SituationName): readonly Boundary[] {
  const { journal, from }: Situation = SITUATIONS[situation];
  return journal.slice(
    Math.max(
      0,
      journal.findIndex(({ name }) => name === from),
    ),
  );
}

/** A line for each, as the list of faults has it. */
export function lineOf({ name, situation, boundary, fault, ground }: Case): string {
  const at = boundary.step === undefined ? `at \`${boundary.kind}\`` : `at \`${boundary.kind}\` of ${boundary.step}`;
  return `- \`${name}\`: ${SITUATIONS[situation].what}${ground === "compose" ? ", as a compose project" : ""}; ${at}, ${FAULTS[fault]}.`;
}
