import { readdir, readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { leadOn } from "../../lab/lead-on.ts";
import type { Run } from "../../lab/shop.ts";
import { lastWords, look, troubleIn, type Truth } from "../../lab/witness.ts";
import { type Case, type Situation, SITUATIONS } from "./cases.ts";
import { strike } from "./faults.ts";
import { armGate } from "./gate.ts";
import { type Playground, type Scene, wordOf } from "./ground.ts";

/** As long as whoever says nothing for so long counts as gone (`lock-lease`), without GitHub. Seconds. */
const GONE_S = 2_000;

/**
 * Plays one case: what the situation is, up to the boundary; the fault; what is printed, or `recover`; and then each part is
 * asked. Throws, with the whole story, where anything is not as it must be. The seed decides which way is tried first, and,
 * unless it is 0, how long after the boundary the fault strikes.
 */
export async function play(ground: Playground, one: Case, seed: number): Promise<void> {
  const story: string[] = [];
  const tell = (line: string): void => void story.push(line);
  try {
    await using scene = await ground.scene(one.situation);
    await playIn(scene, ground, { one, seed, tell });
  } catch (error) {
    throw new Error(`${one.name} (seed ${seed}): ${error instanceof Error ? error.message : String(error)}\n\n${story.join("\n")}`, {
      cause: error,
    });
  }
}

interface Playing {
  readonly one: Case;
  readonly seed: number;
  readonly tell: (line: string) => void;
}

async function playIn(scene: Scene, ground: Playground, { one, seed, tell }: Playing): Promise<void> {
  const { site, writers } = scene;
  const chance = hashOf(`${one.name} ${seed}`);
  const backups = await backupsOf(scene);
  const gate = await armGate(scene.stateDir, one.boundary);
  const running = scene.start();
  await gate.reached(running.done.then((run) => tell(`it ended with ${run.code}:\n${run.stderr}`)));
  expectEntries(await scene.written(), one);
  const ask = async (): Promise<Truth> => await look(site, writers);
  const lead = async (printed: Run | undefined): Promise<Truth> =>
    await leadOn({
      site,
      ask,
      trouble: (truth) => troubleOf(scene, truth),
      printed,
      recover: async () => await site.afar("recover", {}, { workflow: scene.later }),
      ...(chance % 2 === 0 && { first: "recover" }),
      later: GONE_S,
      tell,
    });
  let replaced: Truth | undefined;
  const struck = await strike(one.fault, {
    ground,
    scene,
    running,
    open: async () => await gate.open(),
    // With a seed too, at a third of them.
    delayMs: seed === 0 ? 0 : Math.max(0, (chance % 600) - 200),
    lead: async () => void (replaced = await lead(undefined)),
    tell,
  });
  for (const run of struck) tell(`ended with ${run.signal ?? run.code}: ${lastWords(run)}`);
  const [run] = struck;
  if (run?.code === 0) expectTrue(scene, await ask(), run);
  const truth = await lead(run);
  if (replaced !== undefined && (truth.head !== replaced.head || truth.latestTag !== replaced.latestTag))
    throw new Error(`a run that was replaced woke, and put ${truth.head} in the place of ${replaced.head}`);
  if (truth.lost.length > 0) throw new Error(`rows are lost: ${truth.lost.join(", ")}`);
  const made = (await backupsOf(scene)).filter((name) => !backups.includes(name));
  // What a rollback by hand goes back to was taken before.
  await expectRestorable(scene, one.situation === "rollback" ? [...made, ...backups.slice(-1)] : made);
}

/** Up to the boundary, the journal has what the table of cases says: no boundary is left out of it. */
function expectEntries(written: Awaited<ReturnType<Scene["written"]>>, { situation, boundary }: Case): void {
  const { journal }: Situation = SITUATIONS[situation];
  const upTo = journal.slice(0, journal.findIndex(({ name }) => name === boundary.name) + 1);
  const [real, said] = [written, upTo].map((entries: Awaited<ReturnType<Scene["written"]>>) =>
    entries.map((one) => wordOf(one)).join(", "),
  );
  if (real !== said) throw new Error(`the journal has other entries than the table of cases:\n${real}\nand not\n${said}`);
}

/** What is not as it is in the end, a sentence each. */
function troubleOf(scene: Scene, truth: Truth): readonly string[] {
  const { status } = truth;
  const outputs = (status.json?.outputs ?? {}) as { readonly state?: string };
  const details = (status.json?.details ?? {}) as {
    readonly lock?: { readonly state?: string };
    readonly pendingTags?: readonly unknown[];
  };
  const open = [
    ...(outputs.state === "idle" ? [] : [`status says ${outputs.state}`]),
    ...(details.lock?.state === "free" ? [] : [`the lock is ${details.lock?.state}`]),
    ...((details.pendingTags ?? []).length === 0 ? [] : ["tags are pending"]),
  ];
  if (scene.orNothing && nothingRuns(truth)) return open;
  return [
    ...open,
    ...troubleIn(
      truth,
      scene.versions.find(({ commit }) => commit === truth.head),
    ),
  ];
}

/** As before the first deploy: nothing answers, nothing is in the database, nothing is stable; and no row is lost. */
function nothingRuns({ answers, columns, history, latestTag, status, lost }: Truth): boolean {
  const stable = status.json?.outputs?.stable as string | undefined;
  const parts = [answers, columns[0], history[0], latestTag, stable, lost[0]];
  return status.code === 0 && parts.every((part) => part === undefined || part === "");
}

/** A run that says that it did its work, did. */
function expectTrue(scene: Scene, truth: Truth, run: Run): void {
  const trouble = troubleOf(scene, truth);
  const said = run.json?.outputs?.commit as string | undefined;
  if (trouble.length > 0) throw new Error(`it ended with 0, and ${trouble.join("; ")}\n${run.stderr}`);
  if (truth.answers !== said) throw new Error(`it ended with 0, said ${said}, and ${truth.answers} answers\n${run.stderr}`);
}

/** The manifests of what is published as a backup, oldest first. */
async function backupsOf({ stateDir }: Scene): Promise<readonly string[]> {
  const folder = join(stateDir, "backups");
  return existsSync(folder) ? (await readdir(folder)).filter((file) => file.endsWith(".json")).sort() : [];
}

/** By the plain tools, to what each was taken of. */
async function expectRestorable(scene: Scene, manifests: readonly string[]): Promise<void> {
  for (const [at, name] of manifests.entries()) {
    const { file } = JSON.parse(await readFile(join(scene.stateDir, "backups", name), "utf8")) as { readonly file: string };
    // The first version's savepoint is of a database that has nothing in it; one who deploys it once more finds what is there.
    const [first] = scene.versions;
    const empty = file.includes(first?.commit.slice(0, 7) ?? "none");
    const known = [...(empty ? [""] : []), ...(empty && at === 0 ? [] : scene.versions.map(({ columns }) => columns.join()))];
    const columns = await scene.restored(join(scene.stateDir, "backups", file));
    if (!known.includes(columns.join())) throw new Error(`the backup ${file} restores to notes with ${columns.join() || "nothing"}`);
  }
}

/** A number from a text, the same everywhere (FNV-1a). */
function hashOf(text: string): number {
  let hash = 2_166_136_261;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return hash;
}
