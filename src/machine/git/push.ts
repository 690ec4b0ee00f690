import { isFullCommit } from "../../core/commit.ts";
import { PassThrough } from "node:stream";
import { Failure, refusal } from "../../core/failure.ts";
import { plural, shortCommit } from "../../core/format.ts";
import type { Finished } from "../../core/machine.ts";
import type { Clone } from "./clone.ts";
import { gitLines, QUIET } from "./git.ts";
import { landing, landingFailure } from "./landing.ts";
import { readText } from "../files/files.ts";
import { ending } from "../succeed.ts";

/** How many of the newest commits there are compared with those here, to find where the histories part. */
const COMPARED = 2000;

export interface Push {
  /** The checkout that has the commit; a shallow one will do, and it may stand at another commit. */
  readonly from: Clone;
  readonly to: Clone;
  /** Full id. */
  readonly commit: string;
  readonly signal?: AbortSignal | undefined;
  readonly noteIn?: string | undefined;
  /** Hears what is done, and what git says there and here, as how far it is (`gitProgress`). */
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * Brings a commit with the history that is missing from one clone into another over their machines, with neither reaching
 * the other by itself: what is missing is asked for object by object, and goes as one pack through a command's input. All
 * or nothing. Refuses where the checkout lacks the commit; throws a Failure where the pack does not go through.
 */
export async function pushCommit(push: Push): Promise<void> {
  const { from, to, commit, onLine } = push;
  if (!(await from.hasAll(commit))) throw lacking(from, commit);
  const there = await look(to);
  const shared = await present(from, there.commits);
  const commits = await revList(from, [], commit, shared);
  const listed = there.shallow
    ? await revList(from, ["--objects", "--no-object-names", "--no-walk"], commits.join("\n"), [])
    : await revList(from, ["--objects", "--no-object-names"], commit, shared);
  const missing = await missingIn(to, listed);
  onLine?.(`Bringing ${plural(commits.length, "commit")} (${plural(missing.length, "object")}) to ${to.machine.name}.`);
  const cutHere = new Set((await shallowOf(from)).filter((one) => isFullCommit(one)));
  await carry(
    push,
    missing,
    commits.filter((one) => cutHere.has(one)),
  );
  // As a fetch would: else there would be one more pack with every deploy, for ever.
  await to.git.run([...QUIET, "gc", "--auto", "--quiet"]);
}

/** Whether a commit is there with its files and all its history, as far as the clone has history at all. */
export async function hasWhole(clone: Clone, commit: string): Promise<boolean> {
  if (!(await clone.hasAll(commit))) return false;
  return (await clone.git.run(["rev-list", "--quiet", "--objects", commit, "--not", "--all"])).code === 0;
}

/** The clone's newest commits, and whether its history is cut off somewhere: then having a commit is not having its parents. */
async function look(clone: Clone): Promise<{ readonly shallow: boolean; readonly commits: readonly string[] }> {
  const text = await clone.git.say(["rev-list", `--max-count=${COMPARED}`, "--all"], "listing the commits");
  return { shallow: await clone.isShallow(), commits: text.split("\n").filter((line) => isFullCommit(line)) };
}

async function present(clone: Clone, commits: readonly string[]): Promise<readonly string[]> {
  if (commits.length === 0) return [];
  const stdin = `${commits.join("\n")}\n`;
  const text = await clone.git.say(["cat-file", "--batch-check=%(objectname) %(objecttype)"], "comparing the commits", { stdin });
  return text.split("\n").flatMap((line) => (line.endsWith(" commit") ? [line.split(" ")[0] ?? ""] : []));
}

async function revList(clone: Clone, flags: readonly string[], wanted: string, without: readonly string[]): Promise<readonly string[]> {
  if (wanted === "") return [];
  const stdin = `${[wanted, ...without.map((one) => `^${one}`)].join("\n")}\n`;
  const text = (await clone.git.read(["rev-list", ...flags, "--stdin"], "listing what is new", { stdin })).toString("latin1");
  return text.split("\n").filter((line) => line !== "");
}

/** What exists already is not listed: of a large repository that is nearly all. */
const MISSING = `git cat-file --batch-check | sed -n 's/ missing$//p'`;

async function missingIn(clone: Clone, objects: readonly string[]): Promise<readonly string[]> {
  if (objects.length === 0) return [];
  const chunks: Buffer[] = [];
  const stdout = new PassThrough().on("data", (chunk: Buffer) => chunks.push(chunk));
  const finished = await clone.git.script(MISSING, [], { stdin: `${objects.join("\n")}\n`, stdout });
  if (finished.code !== 0) {
    throw new Failure(`Comparing the files failed in ${clone.directory} on ${clone.machine.name} (${ending(finished)}).`, {
      code: "git-failed",
      evidence: gitLines(finished),
    });
  }
  return Buffer.concat(chunks)
    .toString("latin1")
    .split("\n")
    .filter((line) => isFullCommit(line));
}

async function shallowOf(clone: Clone): Promise<readonly string[]> {
  const path = (await clone.git.say(["rev-parse", "--git-path", "shallow"], "looking at the clone")).trim();
  const text = await readText(clone.machine, path.startsWith("/") ? path : `${clone.directory}/${path}`);
  return text?.split("\n") ?? [];
}

/** The pack flows from the one command into the other, no faster than it is taken; where one ends early, so does the other. */
async function carry(
  { from, to, commit, signal, noteIn, onLine }: Push,
  objects: readonly string[],
  cut: readonly string[],
): Promise<void> {
  const [script, words] = landing(commit, objects.length > 0, cut);
  const options = { ...(signal && { signal }), ...(onLine && { onLine }) };
  if (objects.length === 0) {
    const landed = await to.git.script(script, words, { ...options, ...(noteIn !== undefined && { noteIn }) });
    if (landed.code !== 0) throw landingFailure(to, commit, landed);
    return;
  }
  const pack = new PassThrough();
  const packing = from.git.run(["pack-objects", "--stdout", "--progress", "--delta-base-offset"], {
    ...options,
    stdin: `${objects.join("\n")}\n`,
    stdout: pack,
  });
  const taking = to.git.script(script, words, { ...options, stdin: pack, ...(noteIn !== undefined && { noteIn }) });
  const [packed, taken] = await Promise.allSettled([packing, taking]);
  explain(to, commit, packed, taken);
}

/** The side that broke first is the cause; the other one only saw its stream end. */
function explain(to: Clone, commit: string, packed: PromiseSettledResult<Finished>, taken: PromiseSettledResult<Finished>): void {
  if (packed.status === "fulfilled" && packed.value.code !== 0) {
    throw new Failure(`The checkout could not pack ${shortCommit(commit)} (${ending(packed.value)}).`, {
      code: "not-brought",
      evidence: gitLines(packed.value),
      hint: "See what `git fsck` says in the checkout. Nothing was changed on the host.",
    });
  }
  if (taken.status === "fulfilled" && taken.value.code !== 0) throw landingFailure(to, commit, taken.value);
  const onlySawTheEnd = taken.status === "rejected" && taken.reason instanceof Failure && taken.reason.code === "input-broken";
  if (taken.status === "rejected" && !(onlySawTheEnd && packed.status === "rejected")) throw taken.reason;
  if (packed.status === "rejected") throw packed.reason;
}

function lacking(from: Clone, commit: string): Failure {
  return refusal(`The checkout ${from.directory} does not have commit ${commit}, so it cannot bring it to the host.`, {
    hint: `Check it out here first (actions/checkout with \`ref: ${commit}\`, or \`fetch-depth: 0\`), or give another \`commit\`.`,
    code: "unknown-commit",
  });
}
