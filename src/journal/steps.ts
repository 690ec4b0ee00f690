/** What is known of a step before it is run. */
interface Step {
  /** One sentence, for readers. */
  readonly does: string;
  /** `forward`: a part of the whole deploy, which runs these in the order of the rows. `back`: it takes back, or puts back by hand. */
  readonly way: "forward" | "back";
  /** What may be another one once it began: then the deploy blocks the next one until it is ended. */
  readonly changes: "nothing" | "database" | "app" | "both";
  /** Whether it must have passed, with nothing changed after it, before the deploy is confirmed. */
  readonly gate: boolean;
  /** Whether it is about the database, and left out where none is named. */
  readonly database: boolean;
  /** The section of settings that is journaled with it, by which a way back knows how it worked. */
  readonly section: "rollout" | "backup" | "migrate" | "health" | undefined;
  /** What takes it back, for readers. */
  readonly undone: string;
}

/** The steps of a deploy. All that is to be known of each stands here; what must be done for each is asked for by its type. */
export const STEPS = {
  prepare: {
    does: "Brings the commit to the host, builds and pulls; the running app notices nothing.",
    way: "forward",
    changes: "nothing",
    gate: false,
    database: false,
    section: "rollout",
    undone: "nothing to take back",
  },
  backup: {
    does: "Dumps the database and proves the dump: the savepoint.",
    way: "forward",
    changes: "nothing",
    gate: false,
    database: true,
    section: "backup",
    undone: "nothing to take back",
  },
  migrate: {
    does: "Applies the migrations that are pending.",
    way: "forward",
    changes: "database",
    gate: false,
    database: true,
    section: "migrate",
    undone: "the database: kept, taken down, or restored",
  },
  switch: {
    does: "Puts the new version in the old one's place.",
    way: "forward",
    changes: "app",
    gate: false,
    database: false,
    section: "rollout",
    undone: "the version before is started again",
  },
  health: {
    does: "Waits until the new version is healthy.",
    way: "forward",
    changes: "nothing",
    gate: true,
    database: false,
    section: "health",
    undone: "nothing to take back",
  },
  "mark-stable": {
    does: "Confirms the deploy, releases the lock, moves the tags. It is journaled as what it confirms, not as a step.",
    way: "forward",
    changes: "nothing",
    gate: false,
    database: false,
    section: undefined,
    undone: "a rollback by hand withdraws the mark",
  },
  rollback: {
    does: "Takes code and database of one version back together.",
    way: "back",
    changes: "both",
    gate: false,
    database: false,
    section: undefined,
    undone: "the next rollback finishes it",
  },
  restore: {
    does: "Puts a backup, or a replaced database, in the live one's place, by hand.",
    way: "back",
    changes: "both",
    gate: false,
    database: true,
    section: undefined,
    undone: "the replaced database is kept, and can be put back",
  },
} as const satisfies Readonly<Record<string, Step>>;

export type StepName = keyof typeof STEPS;
/** The steps of the whole deploy. */
export type ForwardStep = { [Name in StepName]: (typeof STEPS)[Name]["way"] extends "forward" ? Name : never }[StepName];

export const stepNames = Object.keys(STEPS) as readonly StepName[];

/** In the order in which the whole deploy runs them. */
export const forwardSteps: readonly ForwardStep[] = stepNames.filter((name): name is ForwardStep => STEPS[name].way === "forward");

/** Whether it may have changed code or database. */
export function mayChange(step: StepName): boolean {
  return STEPS[step].changes !== "nothing";
}

/** Whether it may have stopped the app or started another version of it. */
export function mayMoveApp(step: StepName): boolean {
  const { changes } = STEPS[step];
  return changes === "app" || changes === "both";
}

export function takesBack(step: StepName): boolean {
  return STEPS[step].way === "back";
}
