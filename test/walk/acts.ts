import type { ChildProcess } from "node:child_process";
import type { Flags, Run } from "../lab/shop.ts";
import type { Dice } from "./dice.ts";
import type { Kind, World } from "./world.ts";

/** Who acts: two workflows and a person. Each new run, or attempt, of theirs has a number of its own. */
export class Actor {
  readonly name: string;
  readonly #first: number | undefined;
  #run = 0;
  #attempt = 1;
  /** The version that its run is about. */
  commit = "";

  constructor(name: string, first?: number) {
    this.name = name;
    this.#first = first;
  }

  get workflow(): string | undefined {
    return this.#first === undefined ? undefined : `${this.#first + this.#run}.${this.#attempt}`;
  }

  get isPerson(): boolean {
    return this.#first === undefined;
  }

  newRun(): void {
    // Later runs have larger numbers, whoever starts them.
    this.#run += 10;
    this.#attempt = 1;
  }

  newAttempt(): void {
    this.#attempt += 1;
  }
}

export interface Act {
  readonly title: string;
  readonly operation: string;
  readonly flags: Flags;
  readonly actor: Actor;
  readonly commit: string;
}

/** What happens to a process while it works; times in milliseconds from its start. */
export type Fate =
  | { readonly kind: "none" }
  | { readonly kind: "interrupted" | "killed"; readonly afterMs: number }
  | { readonly kind: "frozen"; readonly afterMs: number; readonly forMs: number; readonly forgotten: boolean };

const KINDS: readonly (readonly [number, Kind])[] = [
  [5, "good"],
  [1, "data"],
  [2, "unhealthy"],
  [1, "crashing"],
  [2, "bad-migration"],
  [2, "migrates-at-start"],
];

/** What an actor does next. */
export async function nextAct(world: World, actor: Actor, dice: Dice): Promise<Act> {
  const fresh = async (): Promise<string> => {
    actor.newRun();
    actor.commit = await world.make(dice.pick(KINDS), await world.base(dice));
    return actor.commit;
  };
  const act = (title: string, operation: string, commit: string, flags: Flags = {}): Act => ({ title, operation, flags, actor, commit });
  const by = actor.isPerson ? { confirm: "production" } : {};
  const hand = { confirm: "production", reason: "the walk goes back" };
  const current = async (): Promise<string> => (actor.commit === "" ? await fresh() : actor.commit);
  const choice = dice.pick([
    [8, "deploy"],
    [2, "again"],
    [4, "step"],
    [3, "own-rollback"],
    [4, "rollback"],
    [2, "restore"],
    [1, "unlock"],
    [1, "backup"],
  ] as const);
  switch (choice) {
    case "deploy":
      return act("deploys a new version", "deploy", await fresh(), by);
    case "again": {
      const commit = await current();
      actor.newAttempt();
      return act("deploys its version once more, as another attempt", "deploy", commit, {
        ...by,
        "allow-quarantined": "the walk wants it",
      });
    }
    case "step": {
      const operation = dice.pick([
        [2, "backup"],
        [2, "migrate"],
        [3, "rollout"],
        [1, "health-check"],
        [2, "mark-stable"],
      ] as const);
      return act(`runs ${operation} alone`, operation, dice.throw() < 0.4 ? await fresh() : await current());
    }
    case "own-rollback":
      return act("takes its own deploy back, where it has one", "rollback", await current());
    case "rollback":
      return act("goes back by hand", "rollback", await current(), {
        ...hand,
        ...dice.pick<Flags>([
          [4, {}],
          [2, { database: "restore" }],
          [1, { "prefer-down": true }],
          [1, { to: "latest-stable" }],
        ]),
      });
    case "restore": {
      const backups = await world.backups();
      const backup = backups[dice.between(0, Math.min(backups.length, 4) - 1)] ?? "latest";
      return act(`restores ${backup} by hand`, "restore", await current(), { backup, confirm: "production" });
    }
    case "unlock":
      return act("unlocks", "unlock", await current(), { confirm: "production", reason: "the walk unlocks" });
    case "backup":
      return act("takes a backup by hand", "backup", await current(), { purpose: "manual" });
  }
}

export function fateOf(dice: Dice): Fate {
  const afterMs = dice.between(100, 5000);
  return dice.pick<Fate>([
    [6, { kind: "none" }],
    [2, { kind: "interrupted", afterMs }],
    [3, { kind: "killed", afterMs }],
    [3, { kind: "frozen", afterMs, forMs: dice.between(500, 6000), forgotten: dice.throw() < 0.5 }],
  ]);
}

export function describeFate(fate: Fate): string {
  if (fate.kind === "none") return "";
  if (fate.kind !== "frozen") return `, ${fate.kind} after ${fate.afterMs} ms`;
  return `, frozen after ${fate.afterMs} ms ${fate.forgotten ? "until all others are done, and taken for dead" : `for ${fate.forMs} ms`}`;
}

/** A running act. */
export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Run>;
}

/** Starts an act in a checkout of its own. */
export async function startAct(world: World, act: Act, options: { readonly node?: string } = {}): Promise<Running> {
  const { workflow } = act.actor;
  return world.shop.start(act.operation, act.flags, {
    cwd: await world.checkout(act.commit),
    ...(workflow !== undefined && { workflow }),
    env: {
      ...(workflow === undefined ? {} : { GITHUB_SHA: act.commit }),
      ...(options.node !== undefined && { NODE_OPTIONS: options.node }),
    },
  });
}
