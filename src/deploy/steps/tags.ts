import { tokenOf } from "../../config/shared.ts";
import { Failure, messageOf } from "../../core/failure.ts";
import { formatMoment, shortCommit } from "../../core/format.ts";
import { Secret } from "../../core/secret.ts";
import type { Way } from "../../core/way.ts";
import type { Fact } from "../../journal/entries.ts";
import type { Ledger, StableRecord } from "../../journal/ledger.ts";
import { type TagRemote, tagTrouble } from "../../release/remote.ts";
import { moveStable, type StableResult, withdrawStable } from "../../release/stable.ts";
import { latestTag, stableTag } from "../../release/tags.ts";
import type { Environment } from "../environment/environment.ts";
import { nextCommand, statusWay } from "../call/next-command.ts";
import { tagRemotes } from "../environment/tag-remotes.ts";

/** A version whose tags are to stand. */
export interface TagWish {
  readonly commit: string;
  /** The deploy that confirmed it, for the annotation; running again for the same one changes nothing. */
  readonly deploy: string;
  /** Names the `stable-…` tag. */
  readonly at: Date;
  readonly keepTags: number;
}

/** Old tags are removed by mark-stable, which knows how many to keep. */
const KEEP_ALL = Number.MAX_SAFE_INTEGER;

const TAKEN_BACK = "taken-back";

/** Without a state there is no journal to tell later commands that a tag waits. */
type Note = (fact: Fact) => Promise<void>;

/**
 * Moves a version's tags by the first way that works, and notes the result. A tag that cannot be moved stays pending:
 * the Failure says why and names the finishing command; nothing else depends on it (contract, 2).
 */
export async function moveTags(environment: Environment, wish: TagWish, ledger: Ledger | undefined, note: Note): Promise<StableResult> {
  const tag = stableTag(stableName(environment), wish.at);
  try {
    const moved = await firstThatWorks(environment, async (remote) => {
      const result = await moveStable({
        remote,
        name: stableName(environment),
        commit: wish.commit,
        at: wish.at,
        deploy: wish.deploy,
        runUrl: environment.owner.run,
        keepTags: wish.keepTags,
        // Asked anew each time, behind the look at the tags: while this run waited for the server, or was stopped, a later
        // version may have been confirmed, or this one taken back.
        overtaken: async (latest) => {
          const now = environment.state === undefined ? ledger : await environment.state.journal.read();
          if (now === undefined) return undefined;
          if (environment.state !== undefined && !now.stable.some((one) => one.commit === wish.commit))
            return takenBack(environment, now, wish.commit);
          return latest !== undefined && markedAfter(now, latest.commit, wish.commit)
            ? `${latestTag(stableName(environment))} is at ${shortCommit(latest.commit)} of the later deploy ${latest.deploy}`
            : undefined;
        },
      });
      return result;
    });
    // Whoever overtook it sees to the tags, and notes them.
    if (moved.overtaken === true) return moved;
    await note({ kind: "tags.moved", commit: wish.commit, tag: moved.stableTag ?? tag });
    if (moved.pruneProblem !== undefined) environment.ports.report.warning(`Old stable tags could not be removed: ${moved.pruneProblem}`);
    return moved;
  } catch (error) {
    if (error instanceof Failure && error.code === TAKEN_BACK) throw error;
    await note({ kind: "tags.pending", commit: wish.commit, tag, why: messageOf(error) });
    throw pendingFailure(environment, wish, error, waitedBefore(ledger, wish));
  }
}

/** Moves the tags that an earlier command could not. That they still wait is no failure of this one. */
export async function moveWaitingTags(environment: Environment, ledger: Ledger): Promise<void> {
  const stable = ledger.stable.at(-1);
  if (stable === undefined || (ledger.withdrawn.length === 0 && !ledger.pendingTags.some((tag) => tag.commit === stable.commit))) return;
  for (const left of ledger.withdrawn)
    await withdrawTags(environment, ledger, { commit: left, to: stable.commit, deploy: stable.deploy ?? stable.tag });
  const wish = { commit: stable.commit, deploy: stable.deploy ?? stable.tag, at: new Date(stable.at), keepTags: KEEP_ALL };
  try {
    const moved = await moveTags(environment, wish, ledger, noteTo(environment));
    environment.ports.report.say(
      `Moved the stable tags that waited for ${shortCommit(stable.commit)}: ${moved.stableTag ?? ""}, ${moved.latestTag}.`,
    );
  } catch (error) {
    environment.ports.report.warning(`The stable tags of ${shortCommit(stable.commit)} still cannot be moved: ${messageOf(error)}`);
  }
}

/** Notes about tags need no lock: they follow a confirmation that stands. */
export function noteTo(environment: Environment): Note {
  return async (fact) => {
    await environment.state?.journal.write(fact, { at: environment.ports.clock.now(), owner: environment.owner.id });
  };
}

/** Takes the version left behind out of the stable tags; `latest-stable` points at the target. Told, not thrown. */
export async function withdrawTags(
  environment: Environment,
  ledger: Ledger | undefined,
  request: { readonly commit: string; readonly to: string; readonly deploy: string },
): Promise<void> {
  const { report, clock } = environment.ports;
  try {
    const done = await firstThatWorks(
      environment,
      async (remote) =>
        await withdrawStable({
          remote,
          name: stableName(environment),
          commit: request.commit,
          to: request.to,
          deploy: request.deploy,
          at: clock.now(),
          runUrl: environment.owner.run,
          since: withdrawnAt(ledger, request.commit),
        }),
    );
    if (done.removed.length > 0) report.say(`${shortCommit(request.commit)} is not stable any more: removed ${done.removed.join(", ")}.`);
  } catch (error) {
    report.warning(`The stable tags of ${shortCommit(request.commit)} could not be removed: ${messageOf(error)}`);
  }
}

export function stableName(environment: Environment): { readonly app: string; readonly environment: string; readonly prefix: string } {
  return { app: environment.app, environment: environment.name, prefix: environment.tagPrefix };
}

/** What did not answer once is not asked again by this command: each silence costs its timeout. */
const unreachable = new WeakMap<Environment, Map<number, unknown>>();

async function firstThatWorks<T>(environment: Environment, use: (remote: TagRemote) => Promise<T>): Promise<T> {
  const token = tokenOf(environment.shared, environment.ports.env);
  const remotes = await tagRemotes(environment, token === undefined ? undefined : new Secret(token));
  if (remotes.length === 0) {
    throw new Failure(
      "There is no way to the repository's tags from here: no checkout, no token for the API, no clone with a remote on the host.",
      { code: "no-tag-remote", hint: "Run actions/checkout first, or give `token`." },
    );
  }
  let last: unknown;
  const silent = unreachable.get(environment) ?? new Map<number, unknown>();
  unreachable.set(environment, silent);
  for (const [at, remote] of remotes.entries()) {
    if (silent.has(at)) {
      last ??= silent.get(at);
      continue;
    }
    try {
      return await use(remote);
    } catch (error) {
      const trouble = tagTrouble(error);
      // Nothing has moved yet; another way may have the permission, the exemption, or the network that this one lacks.
      if (trouble === undefined || trouble === "tags-conflict") throw error;
      if (trouble === "tags-unreachable") silent.set(at, error);
      environment.ports.report.detail(`Not by ${remote.place}: ${messageOf(error)}`);
      last ??= error;
    }
  }
  throw last;
}

/** Whether the journal marked `a` stable after `b`: journal order decides, not ancestry (contract, 3). */
function markedAfter(ledger: Ledger, a: string, b: string): boolean {
  const position = (commit: string): number => ledger.stable.findLastIndex((one: StableRecord) => one.commit === commit);
  return position(a) > position(b);
}

/** A version that was confirmed and then taken back: its tags are nobody's any more. */
function takenBack(environment: Environment, ledger: Ledger, commit: string): Failure {
  const entry = ledger.entries.findLast((one) => one.kind === "stable.withdrawn" && one.commit === commit);
  return new Failure(
    `${shortCommit(commit)} was confirmed, and is not stable any more${entry === undefined ? "" : `: ${entry.owner} took it back at ${formatMoment(entry.at)}`}. Its tags are not moved.`,
    { code: TAKEN_BACK, ways: [statusWay(environment)] },
  );
}

/** When a version was withdrawn, as the journal has it. */
function withdrawnAt(ledger: Ledger | undefined, commit: string): Date | undefined {
  const entry = ledger?.entries.findLast((one) => one.kind === "stable.withdrawn" && one.commit === commit);
  return entry === undefined ? undefined : new Date(entry.at);
}

/** Whether a command tried already to move these tags, and could not. */
function waitedBefore(ledger: Ledger | undefined, wish: TagWish): boolean {
  return ledger?.entries.some((entry) => entry.kind === "tags.pending" && entry.commit === wish.commit) === true;
}

function pendingFailure(environment: Environment, wish: TagWish, error: unknown, again: boolean): Failure {
  const failure = error instanceof Failure ? error : new Failure(messageOf(error), { code: "unexpected", cause: error });
  const commit = shortCommit(wish.commit);
  return new Failure(`${commit} is stable in the journal, and its tags could not be moved: ${failure.message}`, {
    cause: failure,
    hint: failure.hint,
    evidence: failure.evidence,
    code: failure.code,
    outputs: { ...failure.outputs, commit: wish.commit },
    exit: 3,
    state: [`deploy: confirmed in the journal; ${commit} is stable and stays`, "tags: not moved; the next command that can will move them"],
    ways: waysToMove(environment, wish.commit, again),
  });
}

/** What has just failed is not the first again. */
function waysToMove(environment: Environment, wanted: string, again: boolean): readonly Way[] {
  const move = {
    command: nextCommand(environment, "mark-stable", ["--commit", wanted, "--confirm", environment.name]),
    means: `Moves the stable tags to ${shortCommit(wanted)}.`,
  };
  if (!again) return [move];
  return [statusWay(environment), { ...move, means: `Only once what stands in their way is mended: ${move.means}` }];
}
