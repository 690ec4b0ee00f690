import { Failure, messageOf } from "../core/failure.ts";
import { shortCommit } from "../core/format.ts";
import { type RemoteTag, type TagChange, type TagRemote, tagTrouble } from "./remote.ts";
import { annotate, checkPrefix, isStableTag, latestTag, markOf, type StableMark, type StableName, stableTag } from "./tags.ts";

/** How often a tag that somebody else moved in between is looked at again. */
const ATTEMPTS = 5;

export interface StableRequest {
  readonly remote: TagRemote;
  readonly name: StableName;
  readonly commit: string;
  readonly at: Date;
  /** The deploy's id. */
  readonly deploy: string;
  readonly runUrl?: string | undefined;
  readonly keepTags: number;
  /**
   * Asked after the tags were read and before they are moved: why `latest-stable` is no longer this deploy's to move. What
   * changes after that answer changes the tags too, and then they do not move.
   */
  readonly overtaken?: (latest: StableMark | undefined) => Overtaken | Promise<Overtaken>;
}

/** A text where nothing is wrong (a later deploy has the tag), a Failure where something is; undefined: it is ours to move. */
type Overtaken = string | Failure | undefined;

/** What became of the tags. Where nothing was moved, `reason` says why; that is no failure. */
export interface StableResult {
  readonly stableTag: string | undefined;
  readonly latestTag: string;
  /** The commit that was the latest stable one before. */
  readonly previous: string | undefined;
  readonly moved: boolean;
  readonly reason?: string;
  /** A later deploy has `latest-stable`. */
  readonly overtaken?: true;
  /** The `stable-…` tags that were removed. */
  readonly pruned: readonly string[];
  /** Why old tags could not be removed; they are in nobody's way. */
  readonly pruneProblem?: string;
}

/** One of our stable tags. */
export interface StableTag extends RemoteTag {
  readonly mark: StableMark;
}

/** The stable tags of one app's environment. */
export interface StableTags {
  readonly latest: StableTag | undefined;
  /** A tag of `latest-stable`'s name that is not ours. */
  readonly foreign: RemoteTag | undefined;
  /** Oldest first; foreign ones are left out. */
  readonly stable: readonly StableTag[];
  /** All taken names, foreign ones too. */
  readonly taken: ReadonlySet<string>;
}

/** Reads the stable tags of one app's environment. */
export async function readStableTags(remote: TagRemote, name: StableName): Promise<StableTags> {
  checkPrefix(name.prefix);
  const latestName = latestTag(name);
  const tags = await remote.list({ names: [latestName], prefixes: [`${name.prefix}stable-`] });
  const ours = tags.flatMap((tag) => {
    const mark = markOf(name, tag.annotation);
    return mark === undefined ? [] : [{ ...tag, mark }];
  });
  const latest = ours.find((tag) => tag.name === latestName);
  return {
    latest,
    foreign: latest === undefined ? tags.find((tag) => tag.name === latestName) : undefined,
    stable: ours.filter((tag) => isStableTag(name, tag.name)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    taken: new Set(tags.map((tag) => tag.name)),
  };
}

/** The commit that `latest-stable` points at; undefined where there is none, or where it is somebody else's. */
export async function readStable(remote: TagRemote, name: StableName): Promise<string | undefined> {
  return (await readStableTags(remote, name)).latest?.commit;
}

/**
 * Sets `stable-…` on a commit and moves `latest-stable` there: both or neither, by compare-and-swap.
 * Run again for the same commit and deploy it changes nothing. Older stable tags beyond `keepTags` are removed afterwards.
 * Throws a Failure with a `TagTrouble` as code; a `latest-stable` that is not ours is a refusal.
 */
export async function moveStable(request: StableRequest): Promise<StableResult> {
  const { result, count } = await retryConflicts(async () => await moveOnce(request));
  return { ...result, ...(result.moved && count > request.keepTags ? await pruneStable(request) : { pruned: [] }) };
}

/** `count`: how many stable tags there are now. */
async function moveOnce(request: StableRequest): Promise<{ readonly result: Omit<StableResult, "pruned">; readonly count: number }> {
  const { remote, name, commit, deploy } = request;
  const tags = await readStableTags(remote, name);
  refuseForeign(tags, request);
  const mine = tags.stable.find((tag) => tag.mark.deploy === deploy && tag.commit === commit);
  const known = { stableTag: mine?.name, latestTag: latestTag(name), previous: tags.latest?.commit };
  const count = tags.stable.length;
  if (tags.latest?.mark.deploy === deploy && tags.latest.commit === commit) {
    return {
      result: {
        ...known,
        stableTag: mine?.name ?? tags.latest.mark.tag,
        moved: false,
        // Whoever asks now may be another run than the one that marked it.
        reason: `${shortCommit(commit)} is marked already, ${deploy.startsWith("manual-") ? "by hand" : `by deploy ${deploy}`}`,
      },
      count,
    };
  }
  const overtaken = await request.overtaken?.(tags.latest?.mark);
  if (overtaken instanceof Failure) throw overtaken;
  if (overtaken !== undefined) return { result: { ...known, moved: false, reason: overtaken, overtaken: true }, count };
  const tag = mine?.name ?? freeName(name, request.at, tags.taken);
  const mark = markFor(request, tag);
  const changes = [moveLatest(tags, name, mark)];
  if (mine === undefined) changes.unshift({ name: tag, expected: undefined, set: { commit, message: annotate(mark) } });
  await remote.update(changes, request.at);
  return { result: { ...known, stableTag: tag, moved: true }, count: mine === undefined ? count + 1 : count };
}

export interface WithdrawRequest extends Pick<StableRequest, "remote" | "name" | "at" | "runUrl"> {
  /** The version that is left behind: its `stable-…` tags go. */
  readonly commit: string;
  /** The version that is latest from now on. */
  readonly to: string;
  /** The deploy under which `to` runs now: what the journal will compare the next one with. */
  readonly deploy: string;
  /**
   * When the version was withdrawn. A `latest-stable` that stands at `to` from before is set anew: a run that is still to
   * move it for the version left behind, and looked at it before, must find it changed.
   */
  readonly since?: Date | undefined;
}

export interface WithdrawResult {
  readonly latestTag: string;
  /** The `stable-…` tags that were removed. */
  readonly removed: readonly string[];
  readonly moved: boolean;
}

/** Takes a version's stable tags away and points `latest-stable` at another, all in one update. Run again it changes nothing. */
export async function withdrawStable(request: WithdrawRequest): Promise<WithdrawResult> {
  return await retryConflicts(async () => {
    const { remote, name, commit, to, since } = request;
    const tags = await readStableTags(remote, name);
    refuseForeign(tags, request);
    const gone = commit === to ? [] : tags.stable.filter((tag) => tag.commit === commit);
    const changes: TagChange[] = gone.map((tag) => ({ name: tag.name, expected: tag.oid, set: undefined }));
    const moved = tags.latest?.commit !== to;
    const stale = tags.latest !== undefined && since !== undefined && Date.parse(tags.latest.mark.at) <= since.getTime();
    if (moved || stale) {
      const known = tags.stable.findLast((tag) => tag.commit === to);
      const mark = { ...markFor(request, known?.name ?? freeName(name, request.at, tags.taken)), commit: to };
      changes.push(moveLatest(tags, name, mark));
      // Both or neither: a version whose own tag was pruned gets one again.
      if (known === undefined) changes.push({ name: mark.tag, expected: undefined, set: { commit: to, message: annotate(mark) } });
    }
    if (changes.length > 0) await remote.update(changes, request.at);
    return { latestTag: latestTag(name), removed: gone.map((tag) => tag.name), moved };
  });
}

/** Removes this environment's oldest `stable-…` tags beyond `keepTags`, never the latest's. A failure is told, not thrown. */
export async function pruneStable(
  request: Pick<StableRequest, "remote" | "name" | "keepTags" | "at">,
): Promise<Pick<StableResult, "pruned" | "pruneProblem">> {
  try {
    const { latest, stable } = await readStableTags(request.remote, request.name);
    const old = stable.slice(0, Math.max(0, stable.length - request.keepTags)).filter((tag) => tag.commit !== latest?.commit);
    if (old.length > 0)
      await request.remote.update(
        old.map((tag) => ({ name: tag.name, expected: tag.oid, set: undefined })),
        request.at,
      );
    return { pruned: old.map((tag) => tag.name) };
  } catch (error) {
    if (tagTrouble(error) === undefined) throw error;
    return { pruned: [], pruneProblem: messageOf(error) };
  }
}

/** Somebody else moved a tag between our look and our update: look again, decide again. */
async function retryConflicts<T>(body: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await body();
    } catch (error) {
      if (tagTrouble(error) !== "tags-conflict" || attempt === ATTEMPTS) throw error;
    }
  }
}

function markFor(request: Pick<StableRequest, "name" | "commit" | "deploy" | "at" | "runUrl">, tag: string): StableMark {
  const { name, commit, deploy, at, runUrl } = request;
  return {
    app: name.app,
    environment: name.environment,
    commit,
    deploy,
    tag,
    at: at.toISOString(),
    ...(runUrl === undefined ? {} : { runUrl }),
  };
}

function moveLatest(tags: StableTags, name: StableName, mark: StableMark): TagChange {
  return { name: latestTag(name), expected: tags.latest?.oid, set: { commit: mark.commit, message: annotate(mark) } };
}

/** Two versions marked in one second get names a second apart. */
function freeName(name: StableName, at: Date, taken: ReadonlySet<string>): string {
  for (let ms = at.getTime(); ; ms += 1000) {
    const tag = stableTag(name, new Date(ms));
    if (!taken.has(tag)) return tag;
  }
}

function refuseForeign(tags: StableTags, request: Pick<StableRequest, "remote" | "name">): void {
  if (tags.foreign === undefined) return;
  const { app, environment } = request.name;
  throw new Failure(`The tag ${tags.foreign.name} in ${request.remote.place} is not ${app}/${environment}'s: it is left as it is.`, {
    hint: `If this is the same app under another name, give \`app\` and \`environment\` as its annotation has them. Else give \`tag-prefix\`, e.g. \`${app}-${environment}/\`, in all actions alike; or, if nobody needs it, remove the tag: git push origin :refs/tags/${tags.foreign.name}`,
    evidence: [
      `${tags.foreign.name} → ${tags.foreign.commit}`,
      ...(tags.foreign.annotation ?? "a lightweight tag, without annotation").trim().split("\n"),
    ],
    code: "foreign-tag",
    exit: 1,
  });
}
