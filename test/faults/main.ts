/**
 * `npm run faults -- [--shard 1/4] [--case NAME] [--seed 0] [--jobs 2] [--done FILE] [--list]`: plays the matrix of faults, and
 * says of each case whether it held. A star in a name stands for anything. With `--done` it goes on where it was interrupted.
 */
import { fork } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { endAllIn, folderOfRun } from "../lab/folder.ts";
import { builtForRun } from "../lab/one-file.ts";
import type { Case } from "./matrix/cases.ts";
import { type Options, optionsFrom } from "./matrix/options.ts";
import type { Order, Played } from "./matrix/worker.ts";

const STORIES = resolve(import.meta.dirname, "../../.lab/faults");

let options: Options;
try {
  options = optionsFrom(process.argv.slice(2), availableParallelism());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
if (options.list) for (const { name } of options.cases) console.log(name);
else process.exitCode = (await playAll(options)) ? 0 : 1;

async function playAll({ cases, seed, jobs, done }: Options): Promise<boolean> {
  const past = new Set(done !== undefined && existsSync(done) ? readFileSync(done, "utf8").split("\n") : []);
  const left = cases.filter(({ name }) => !past.has(`${seed} ${name}`));
  if (left.length < cases.length) console.log(`${cases.length - left.length} were played before (${done})`);
  // What needs an engine comes last: each worker starts one then.
  const queue = left.toSorted((a, b) => a.ground.localeCompare(b.ground));
  const began = Date.now();
  const all: Played[] = [];
  const folder = folderOfRun();
  process.env["SAVEPOINT_LAB_FOLDERS"] = folder;
  process.once("exit", () => endAllIn(folder));
  process.env["SAVEPOINT_LAB_BUILT"] = await builtForRun();
  const note = (played: Played): void => {
    all.push(played);
    const { name, seconds, wrong, unplayed } = played;
    console.log(
      `${wrong === undefined ? "held" : unplayed === true ? "UNPLAYED" : "WRONG"}  ${name}  ${seconds.toFixed(1)} s  (${all.length}/${left.length})`,
    );
    if (wrong === undefined && done !== undefined) appendFileSync(done, `${seed} ${name}\n`);
    if (wrong !== undefined) console.log(`  ${tell(name, wrong)}`);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, left.length) }, async () => await work(queue, seed, note)));
  endAllIn(folder);
  const wrong = all.filter((played) => played.wrong !== undefined);
  const minutes = (Date.now() - began) / 60_000;
  const mean = all.reduce((sum, { seconds }) => sum + seconds, 0) / Math.max(1, all.length);
  const unplayed = wrong.filter((played) => played.unplayed === true).length;
  console.log(
    `\n${all.length - unplayed} cases in ${minutes.toFixed(1)} min (${mean.toFixed(1)} s each), ${wrong.length - unplayed} violations; ${unplayed} did not come to where the fault was to strike`,
  );
  for (const { name } of wrong) console.log(`  npm run faults -- --seed ${seed} --case ${name}`);
  return wrong.length === 0 && all.length === left.length;
}

/** One worker, until nothing is left. */
async function work(queue: Case[], seed: number, note: (played: Played) => void): Promise<void> {
  const worker = fork(join(import.meta.dirname, "matrix/worker.ts"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const gone = new Promise<undefined>((over) => worker.once("exit", () => over(undefined)));
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    const answer = new Promise<Played>((played) => worker.once("message", (message) => played(message as Played)));
    worker.send({ one, seed } satisfies Order);
    const { name } = one;
    const played = await Promise.race([answer, gone]);
    note(played ?? { name, seconds: 0, wrong: "the worker that played it ended", unplayed: true });
    if (played === undefined) return;
  }
  worker.send({ over: true } satisfies Order);
  await gone;
}

/** Keeps a story; where it is, and its first line. */
function tell(name: string, wrong: string): string {
  const file = join(STORIES, `${name.replaceAll("/", "_")}.txt`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${wrong}\n`);
  // Where the machine is gone afterwards, the log is all there is.
  if (process.env["CI"] !== undefined) return wrong;
  return `${wrong.split("\n", 1)[0]}\n  The whole story: ${file}`;
}
