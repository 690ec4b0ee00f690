import type { Run } from "../lab/shop.ts";
import { type Act, Actor, describeFate, type Fate, fateOf, nextAct, type Running, startAct } from "./acts.ts";
import { Dice } from "./dice.ts";
import { type Truth, World } from "./world.ts";

/** After this an act that waits for another is asked to end. Milliseconds. */
const PATIENCE_MS = 60_000;
/** How many pasted commands may be needed from any state to a good one. */
const MOST_PASTES = 3;

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
      await leadOn(world, printed);
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
async function leadOn(world: World, printed: Run | undefined): Promise<void> {
  let truth = await settled(world);
  let trouble = troubleIn(world, truth);
  let said = waysOf(truth.status)[0] ?? (printed === undefined ? undefined : waysOf(printed)[0]);
  for (let turn = 0; trouble.length > 0; turn += 1) {
    world.tell(`  not good yet: ${trouble.join("; ")}`);
    if (truth.lost.length > 0) throw new Error(`rows are lost: ${truth.lost.slice(0, 5).join(", ")}`);
    if (truth.status.code === 0 && said === undefined) throw new Error(`status says that all is well: ${trouble.join("; ")}`);
    if (said === undefined) throw new Error(`nothing is printed that leads on: ${trouble.join("; ")}\n${truth.status.stderr}`);
    if (turn === MOST_PASTES) throw new Error(`three pasted commands did not lead to a good state: ${trouble.join("; ")}`);
    await world.shop.age(90);
    const run = await world.shop.paste(said);
    world.tell(`  pasted: ${said}\n    ended with ${run.code}: ${lastWords(run)}`);
    truth = await settled(world);
    // Said so, a healthy version is from now on the one of that schema.
    if (run.code === 0 && said.includes("--database keep")) world.keep(truth);
    trouble = troubleIn(world, truth);
    const next = waysOf(run)[0] ?? waysOf(truth.status)[0];
    if (next === said && run.code !== 0 && run.code !== 2) throw new Error(`what failed is printed again: ${said}\n${run.stderr}`);
    said = next;
  }
}

/** What an app that just started needs until it answers. */
async function settled(world: World): Promise<Truth> {
  let truth = await world.look();
  for (let turn = 0; turn < 20 && truth.answers === undefined && truth.status.code === 0; turn += 1) {
    await pause(250);
    truth = await world.look();
  }
  return truth;
}

/** What is not one version's, a sentence each. */
function troubleIn(world: World, truth: Truth): readonly string[] {
  const { answers, head, columns, history, latestTag, status } = truth;
  const outputs = (status.json?.outputs ?? {}) as { readonly stable?: string };
  const details = (status.json?.details ?? {}) as { readonly pendingTags?: readonly unknown[] };
  const version = world.version(head);
  const found: string[] = [];
  if (status.code !== 0) found.push(`status ends with ${status.code}`);
  if (answers === undefined) found.push("the app does not answer healthily");
  else if (answers !== head) found.push(`${answers.slice(0, 7)} answers, and ${head.slice(0, 7)} is checked out`);
  if (version === undefined) found.push(`${head.slice(0, 7)} is none of ours`);
  else if (!fits(columns, version.columns))
    found.push(`notes has ${columns.join(",")} and not ${head.slice(0, 7)}'s ${version.columns.join(",")}`);
  else if (String(history) !== String(version.migrations))
    found.push(`the history has ${history.join()} and not ${version.migrations.join()}`);
  if ((details.pendingTags ?? []).length === 0 && latestTag !== outputs.stable)
    found.push(`latest-stable is at ${latestTag?.slice(0, 7)}, the journal says ${outputs.stable?.slice(0, 7)}`);
  if (truth.lost.length > 0) found.push(`${truth.lost.length} confirmed rows are nowhere`);
  return found;
}

/**
 * Whether these are the columns of a version. What its migrations make must be there; what versions before it made at their
 * start may have gone with a restore that said so. What any other version made must not.
 */
function fits(columns: readonly string[], wanted: readonly string[]): boolean {
  const made = (name: string): boolean => !name.startsWith("s_");
  return columns.every((name) => wanted.includes(name)) && wanted.filter((name) => made(name)).every((name) => columns.includes(name));
}

function waysOf(run: Run): readonly string[] {
  const ways = (run.json?.ways ?? []) as { readonly command: string }[];
  return ways.map(({ command }) => command);
}

function lastWords(run: Run): string {
  const story = run.stderr.trim().split("\n");
  const mark = story.findLast((line) => /^[✗⏹✓]/u.test(line)) ?? story.at(-1) ?? "";
  return mark.slice(0, 220);
}

async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}
