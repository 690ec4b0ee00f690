import { leadOn } from "../lab/lead-on.ts";
import type { Run } from "../lab/shop.ts";
import { lastWords } from "../lab/witness.ts";
import { type Act, Actor, describeFate, type Fate, fateOf, nextAct, type Running, startAct } from "./acts.ts";
import { Dice } from "./dice.ts";
import { World } from "./world.ts";

/** After this an act that waits for another is asked to end. Milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * Three who compete for one environment, in rounds: acts and what befalls them are thrown with the dice. After each round
 * all parts are asked what is true: they are one version's, or what was printed leads to that within three commands, and
 * no row that the app confirmed is lost. Throws, with the whole story, where that is not so.
 */
export async function walk(seed: number, rounds: number): Promise<void> {
  await using world = await World.open();
  const dice = new Dice(seed);
  const actors = [new Actor("the first workflow", 1000), new Actor("the second workflow", 1005), new Actor("a person")];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      world.tell(`— round ${round}`);
      const printed = await oneRound(world, actors, dice);
      await goOn(world, printed);
    }
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n\n${world.story}`, { cause: error });
  }
}

/** Acts of one to three actors at once. Returns what was printed last. */
async function oneRound(world: World, actors: readonly Actor[], dice: Dice): Promise<Run | undefined> {
  const count = dice.pick([
    [4, 1],
    [4, 2],
    [3, 3],
  ]);
  const chosen = [...actors].sort(() => dice.throw() - 0.5).slice(0, count);
  const running: {
    readonly act: Act;
    readonly fate: Fate;
    readonly one: Running;
    readonly ended: Promise<Run>;
    readonly befallen: Promise<void>;
  }[] = [];
  let last: Run | undefined;
  for (const actor of chosen) {
    const act = await nextAct(world, actor, dice);
    const fate = fateOf(dice);
    const ahead = dice.throw() < 0.1 ? dice.between(60, 100_000) : 0;
    world.tell(
      `${actor.name}${actor.workflow === undefined ? "" : ` (${actor.workflow})`} ${act.title} [${act.commit.slice(0, 7)}, ${world.version(act.commit)?.kind}]${describeFate(fate)}${ahead > 0 ? `, its clock ${ahead} s ahead` : ""}`,
    );
    const one = await startAct(world, act, ahead > 0 ? { node: await world.clockAhead(ahead) } : {});
    const ended = one.done.then((run) => {
      last = run;
      world.tell(`  ${actor.name}: ${act.operation} ended with ${run.signal ?? run.code}: ${lastWords(run)}`);
      return run;
    });
    running.push({ act, fate, one, ended, befallen: befall(one, fate) });
    await pause(dice.between(0, 1500));
  }
  const frozen = running.filter(({ fate }) => fate.kind === "frozen" && fate.forgotten);
  const others = running.filter((each) => !frozen.includes(each));
  const impatience = setTimeout(() => {
    for (const { one } of running) one.child.kill("SIGINT");
  }, PATIENCE_MS);
  if (frozen.length > 0) {
    // As long as somebody waits until a runner counts as gone, and a person takes over.
    await Promise.race([Promise.all(others.map(({ ended }) => ended)), pause(8000)]);
    await world.shop.age(90);
    if (dice.throw() < 0.7) {
      const run = await world.afar("rollback", { confirm: "production", reason: "a runner is gone" });
      last = run;
      world.tell(`  somebody takes over: rollback ended with ${run.code}: ${lastWords(run)}`);
    }
    for (const { one, befallen } of frozen) {
      // Woken before it was stopped, it would stand for ever.
      await befallen;
      one.child.kill("SIGCONT");
    }
  }
  await Promise.all(running.map(({ ended }) => ended));
  clearTimeout(impatience);
  return last;
}

/** Ends when it has befallen the process; one that is frozen for a time is woken by itself. */
async function befall({ child }: Running, fate: Fate): Promise<void> {
  if (fate.kind === "none") return;
  const signal = { interrupted: "SIGINT", killed: "SIGKILL", frozen: "SIGSTOP" } as const;
  await pause(fate.afterMs);
  child.kill(signal[fate.kind]);
  if (fate.kind === "frozen" && !fate.forgotten) setTimeout(() => child.kill("SIGCONT"), fate.forMs);
}

/** From here, whatever it is, to a good state by what is printed. */
async function goOn(world: World, printed: Run | undefined): Promise<void> {
  await leadOn({
    site: world.site,
    ask: async () => await world.look(),
    trouble: (truth) => world.trouble(truth),
    printed,
    later: 90,
    tell: (line) => world.tell(line),
    // Said so, a healthy version is from now on the one of that schema.
    pasted: (command, truth) => {
      if (command.includes("--database keep")) world.keep(truth);
    },
  });
}

async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}
