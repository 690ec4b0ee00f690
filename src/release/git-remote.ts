import { fullCommit } from "../core/commit.ts";
import { Failure } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Finished } from "../core/machine.ts";
import type { Clone } from "../machine/git/clone.ts";
import { gitLines } from "../machine/git/git.ts";
import { refusalHint, type RemoteTag, TAGGER, type TagChange, tagFailure, type TagRemote } from "./remote.ts";

const TIMEOUT_MS = 2 * 60_000;
/** A list of tags is a moment's work. A rollback by hand waits for it too, on the night when the git server is down. */
const LIST_TIMEOUT_MS = 15_000;

interface Ref {
  readonly oid: string;
  readonly commit: string;
}

/**
 * The tags of a clone's `origin`, over git. Works from a shallow clone; sets no local tag, moves none, and adds no history:
 * only the tag objects themselves come into the clone, and nothing refers to them.
 */
export function gitRemote(clone: Clone, options: { readonly place: string; readonly signal?: AbortSignal }): TagRemote {
  return {
    place: options.place,
    list: async ({ names, prefixes }) => {
      const patterns = [
        ...names.flatMap((name) => [`refs/tags/${name}`, `refs/tags/${name}^{}`]),
        ...prefixes.map((prefix) => `refs/tags/${prefix}*`),
      ];
      const refs = await remoteRefs(clone, patterns, options.signal);
      await bringTagObjects(clone, refs, options.signal);
      const annotations = await readAnnotations(clone, refs);
      return [...refs].map(([name, ref]): RemoteTag => ({ name, ...ref, annotation: annotations.get(ref.oid) }));
    },
    update: async (changes, at) => {
      const sources = new Map<string, string>();
      for (const commit of new Set(changes.flatMap(({ set }) => set?.commit ?? []))) await bringCommit(clone, commit, options.signal);
      for (const { name, set } of changes) if (set !== undefined) sources.set(name, await makeTagObject(clone, { name, ...set, at }));
      await push(clone, changes, sources, options);
    },
  };
}

/** Opens `gitRemote` with the place's name read from the clone. */
export async function openGitRemote(clone: Clone, options: { readonly signal?: AbortSignal } = {}): Promise<TagRemote> {
  return gitRemote(clone, { ...options, place: (await clone.origin()) ?? `the remote of ${clone.directory}` });
}

async function remoteRefs(clone: Clone, patterns: readonly string[], signal: AbortSignal | undefined): Promise<ReadonlyMap<string, Ref>> {
  const finished = await inTime(clone, ["ls-remote", "origin", ...patterns], LIST_TIMEOUT_MS, signal);
  if (finished.code !== 0) {
    throw tagFailure("tags-unreachable", `The tags of ${(await clone.origin()) ?? "origin"} cannot be read from ${clone.machine.name}.`, {
      evidence: gitLines(finished),
      hint: `Try it: git -C ${clone.directory} ls-remote origin`,
    });
  }
  const refs = new Map<string, Ref>();
  for (const line of finished.stdout.split("\n")) {
    const [oid = "", ref = ""] = line.split("\t");
    if (!ref.startsWith("refs/tags/")) continue;
    const name = ref.slice("refs/tags/".length);
    const peeled = name.endsWith("^{}");
    const tag = peeled ? name.slice(0, -3) : name;
    refs.set(tag, { oid: peeled ? (refs.get(tag)?.oid ?? oid) : oid, commit: oid });
  }
  return refs;
}

/**
 * Annotations are inside the tag objects. Where a tag's commit is here, only the object comes. In a shallow clone the others
 * come without history; one whose commit is here must not, or its own history would be cut off.
 */
async function bringTagObjects(clone: Clone, refs: ReadonlyMap<string, Ref>, signal: AbortSignal | undefined): Promise<void> {
  const annotated = [...refs.values()].filter((ref) => ref.oid !== ref.commit);
  const here = await present(
    clone,
    annotated.flatMap((ref) => [ref.oid, ref.commit]),
  );
  const missing = annotated.filter((ref) => !here.has(ref.oid));
  const near = missing.filter((ref) => here.has(ref.commit));
  const far = missing.filter((ref) => !here.has(ref.commit));
  const shallow = far.length > 0 && (await clone.isShallow());
  if (near.length > 0)
    await fetchObjects(
      clone,
      near.map((ref) => ref.oid),
      near.map((ref) => `--negotiation-tip=${ref.commit}`),
      signal,
    );
  if (far.length > 0)
    await fetchObjects(
      clone,
      far.map((ref) => ref.oid),
      shallow ? ["--depth=1"] : [],
      signal,
    );
}

async function fetchObjects(
  clone: Clone,
  oids: readonly string[],
  flags: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const words = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc", ...new Set(flags), "origin", ...new Set(oids)];
  const finished = await inTime(clone, words, TIMEOUT_MS, signal);
  if (finished.code === 0) return;
  throw tagFailure("tags-unreachable", `The stable tags cannot be fetched from ${(await clone.origin()) ?? "origin"}.`, {
    evidence: gitLines(finished),
  });
}

/** Runs git against the remote; one that says nothing in time counts as unreachable, so that another way may be tried. */
async function inTime(clone: Clone, words: readonly string[], timeout: number, signal: AbortSignal | undefined): Promise<Finished> {
  try {
    return await clone.git.run(words, { timeout, ...(signal && { signal }) });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "timeout") throw error;
    const place = (await clone.origin()) ?? "origin";
    throw tagFailure("tags-unreachable", `${place} does not answer ${clone.machine.name} within ${formatDuration(timeout)}.`, {
      evidence: error.evidence,
      cause: error,
      hint: `Try it: git -C ${clone.directory} ls-remote origin`,
    });
  }
}

async function bringCommit(clone: Clone, commit: string, signal: AbortSignal | undefined): Promise<void> {
  if (await clone.has(fullCommit(commit))) return;
  await fetchObjects(clone, [commit], (await clone.isShallow()) ? ["--depth=1"] : [], signal);
}

async function present(clone: Clone, oids: readonly string[]): Promise<ReadonlySet<string>> {
  if (oids.length === 0) return new Set();
  const text = await clone.git.say(["cat-file", "--batch-check=%(objectname) %(objecttype)"], "looking for the tags", {
    stdin: `${oids.join("\n")}\n`,
  });
  return new Set(
    text
      .split("\n")
      .filter((line) => / (?:tag|commit|tree|blob)$/.test(line))
      .map((line) => line.split(" ")[0] ?? ""),
  );
}

async function readAnnotations(clone: Clone, refs: ReadonlyMap<string, Ref>): Promise<ReadonlyMap<string, string>> {
  const oids = [...refs.values()].filter((ref) => ref.oid !== ref.commit).map((ref) => ref.oid);
  const found = new Map<string, string>();
  if (oids.length === 0) return found;
  const text = await clone.git.say(["cat-file", "--batch"], "reading the tags", { stdin: `${oids.join("\n")}\n` });
  // Sizes are bytes.
  let rest = Buffer.from(text, "utf8");
  for (const oid of oids) {
    const end = rest.indexOf(10);
    const [, type, size] = rest.subarray(0, end).toString().split(" ");
    if (type !== "tag") throw tagFailure("tags-unreachable", `The tag object ${oid} did not arrive in ${clone.directory}.`);
    const object = rest.subarray(end + 1, end + 1 + Number(size)).toString();
    found.set(oid, object.slice(object.indexOf("\n\n") + 2));
    rest = rest.subarray(end + 1 + Number(size) + 1);
  }
  return found;
}

/** Only an object in the clone's store; the ref is made at the remote. The form: https://git-scm.com/docs/git-mktag */
async function makeTagObject(
  clone: Clone,
  tag: { readonly name: string; readonly commit: string; readonly message: string; readonly at: Date },
): Promise<string> {
  const seconds = Math.floor(tag.at.getTime() / 1000);
  const stdin = `object ${tag.commit}\ntype commit\ntag ${tag.name}\ntagger ${TAGGER.name} <${TAGGER.email}> ${seconds} +0000\n\n${tag.message}`;
  return (await clone.git.say(["mktag"], `making the tag ${tag.name}`, { stdin })).trim();
}

async function push(
  clone: Clone,
  changes: readonly TagChange[],
  sources: ReadonlyMap<string, string>,
  options: { readonly place: string; readonly signal?: AbortSignal },
): Promise<void> {
  const leases = changes.map(({ name, expected }) => `--force-with-lease=refs/tags/${name}:${expected ?? ""}`);
  const refspecs = changes.map(({ name }) => `${sources.get(name) ?? ""}:refs/tags/${name}`);
  // What a user's configuration or hooks would add to a push has no place in this one.
  const alone = ["--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--no-signed"];
  const words = ["push", "--porcelain", "--atomic", ...alone, ...leases, "origin", ...refspecs];
  const finished = await inTime(clone, words, TIMEOUT_MS, options.signal);
  if (finished.code !== 0) throw await explainPush(clone, changes, finished, options);
}

/** What stood in the way is found by looking again: moved refs, a server that judged each ref, or one that let nobody in. */
async function explainPush(
  clone: Clone,
  changes: readonly TagChange[],
  push: Finished,
  { place, signal }: { readonly place: string; readonly signal?: AbortSignal },
): Promise<Failure> {
  const evidence = gitLines(push);
  const refs = await remoteRefs(
    clone,
    changes.map(({ name }) => `refs/tags/${name}`),
    signal,
  );
  const moved = changes.filter(({ name, expected }) => refs.get(name)?.oid !== expected).map(({ name }) => name);
  if (moved.length > 0) return tagFailure("tags-conflict", `Somebody else moved ${moved.join(", ")} in ${place} meanwhile.`, { evidence });
  // A line for each ref, `!` for a refused one: https://git-scm.com/docs/git-push#_output
  if (push.stdout.split("\n").some((line) => line.startsWith("!\t"))) {
    return tagFailure("tags-refused", `${place} refuses to move the stable tags.`, { evidence, hint: refusalHint(evidence) });
  }
  return tagFailure("tags-permission", `${clone.machine.name} may read ${place}, but not push to it.`, {
    evidence,
    hint: "The login that git uses there needs write access. In a workflow: `permissions: contents: write`, and a checkout that keeps its credentials (no `persist-credentials: false`), or give `token`.",
  });
}
