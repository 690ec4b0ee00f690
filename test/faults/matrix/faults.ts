import type { Run } from "../../lab/shop.ts";
import { stopped } from "../../lab/strace.ts";
import { treeOf } from "../../lab/tree-of.ts";
import type { FaultName } from "./cases.ts";
import type { Playground, Running, Scene } from "./ground.ts";

export interface Striking {
  readonly ground: Playground;
  readonly scene: Scene;
  readonly running: Running;
  /** Lets the entry through that is held at the boundary. */
  readonly open: () => Promise<void>;
  /** How long after it the fault strikes. Milliseconds. */
  readonly delayMs: number;
  /** Brings everything to a good state by what is printed, as somebody does who comes while the runner stands. */
  readonly lead: () => Promise<void>;
  readonly tell: (line: string) => void;
}

/** As GitHub cancels a step: SIGINT, 7.5 s later SIGTERM, 2.5 s later the end of the whole process tree. Milliseconds. */
const PATIENCE = [
  ["SIGINT", 7_500],
  ["SIGTERM", 2_500],
] as const;
/** How long a network is away: longer than a beat's own patience, shorter than what an SSH connection forgives. */
const AWAY_MS = 4_000;
/** After this a run that waits is asked to end. */
const LONGEST_MS = 150_000;

/** Strikes at the boundary. Returns what ended, the run that was struck first; a killed one said nothing. */
export async function strike(fault: FaultName, striking: Striking): Promise<readonly Run[]> {
  const { running, delayMs } = striking;
  const impatience = setTimeout(() => running.child.kill("SIGINT"), LONGEST_MS);
  try {
    if (delayMs > 0) {
      await striking.open();
      await pause(delayMs);
    }
    return await STRIKES[fault](striking);
  } finally {
    clearTimeout(impatience);
    await striking.open();
  }
}

const STRIKES: Readonly<Record<FaultName, (striking: Striking) => Promise<readonly Run[]>>> = {
  async kill({ running, open }) {
    running.child.kill("SIGKILL");
    await running.done;
    await open();
    return [];
  },
  async cancel({ running, open }) {
    const over = new AbortController();
    void running.done.then(() => over.abort());
    const end = (async () => {
      for (const [signal, patience] of PATIENCE) {
        if (over.signal.aborted) return;
        running.child.kill(signal);
        await open();
        for (let waited = 0; waited < patience && !over.signal.aborted; waited += 20) await pause(20);
      }
      if (!over.signal.aborted) for (const pid of treeOf(running.child.pid ?? 0)) process.kill(pid, "SIGKILL");
    })();
    const run = await running.done;
    await end;
    return [run];
  },
  async freeze({ running, open, scene, lead, tell }) {
    running.child.kill("SIGSTOP");
    const early = running.done.then(() => "ended" as const);
    const stood = await Promise.race([stopped(running.child.pid ?? 0).then(() => "stands" as const), early]);
    await open();
    if (stood === "stands") {
      // What it had begun on the host comes to its end.
      await pause(500);
      await scene.site.age(90);
      tell("somebody comes while the runner stands");
      await lead();
      running.child.kill("SIGCONT");
    }
    return [await running.done];
  },
  async cut({ running, open, ground }) {
    await ground.cut();
    await open();
    return [await running.done];
  },
  async network({ running, open, ground }) {
    const heal = await ground.holdNetwork();
    await open();
    await pause(AWAY_MS);
    await heal();
    return [await running.done];
  },
  async postgres({ running, open, ground }) {
    await ground.killPostgres();
    await open();
    return [await running.done];
  },
  async engine({ running, open, ground }) {
    const restarting = ground.restartEngine();
    await open();
    await restarting;
    return [await running.done];
  },
  async disk({ running, open, ground }) {
    const free = await ground.fillDisk();
    try {
      await open();
      return [await running.done];
    } finally {
      await free();
    }
  },
  async second({ running, open, scene }) {
    const other = scene.second();
    const impatience = setTimeout(() => other.child.kill("SIGINT"), LONGEST_MS);
    try {
      // It has looked, and waits or is refused: what it does while the first one stands at the boundary.
      await Promise.race([other.done, pause(5_000)]);
      await open();
      const [first, next] = await Promise.all([running.done, other.done]);
      // Whoever ended last is the one whose word counts.
      return [next, first];
    } finally {
      clearTimeout(impatience);
    }
  },
};

async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}
