import { Failure, type FailureDetails } from "../core/failure.ts";

/** A tag as the remote has it. */
export interface RemoteTag {
  /** Without `refs/tags/`. */
  readonly name: string;
  /** What the ref points at: the tag object of an annotated tag, the commit of a lightweight one. */
  readonly oid: string;
  /** The commit behind it. */
  readonly commit: string;
  /** The annotation; undefined for a lightweight tag. */
  readonly annotation: string | undefined;
}

/** One ref's part of an update. */
export interface TagChange {
  readonly name: string;
  /** What the ref must point at for the update to happen; undefined: it must not exist. */
  readonly expected: string | undefined;
  /** The annotated tag to set; undefined: the tag is removed. */
  readonly set: { readonly commit: string; readonly message: string } | undefined;
}

/** The tags of a repository, wherever they are reached from. */
export interface TagRemote {
  /** For messages: `https://github.com/example/shop`. */
  readonly place: string;
  /** The tags of exactly these names, and those that begin with one of the prefixes. Throws a Failure with a `TagTrouble` as code. */
  list(wanted: { readonly names: readonly string[]; readonly prefixes: readonly string[] }): Promise<readonly RemoteTag[]>;
  /** All of the changes or none, and only where every ref is as expected. Throws a Failure with a `TagTrouble` as code. */
  update(changes: readonly TagChange[], at: Date): Promise<void>;
}

/**
 * Why tags could not be read or moved.
 * `tags-conflict`: a ref was not as expected; `tags-refused`: a rule stands in the way; `tags-permission`: the login or
 * token may not; `tags-unreachable`: nobody answered, or not now.
 */
export type TagTrouble = "tags-conflict" | "tags-refused" | "tags-permission" | "tags-unreachable";

const TROUBLES: ReadonlySet<string> = new Set<TagTrouble>(["tags-conflict", "tags-refused", "tags-permission", "tags-unreachable"]);

/** What kind of trouble a thrown error is, or undefined where it is another. */
export function tagTrouble(error: unknown): TagTrouble | undefined {
  return error instanceof Failure && error.code !== undefined && TROUBLES.has(error.code) ? (error.code as TagTrouble) : undefined;
}

export function tagFailure(trouble: TagTrouble, message: string, details: Omit<FailureDetails, "code"> = {}): Failure {
  return new Failure(message, { ...details, code: trouble });
}

/** Who sets the tags. */
export const TAGGER = { name: "Savepoint", email: "savepoint@localhost" } as const;

/** What to do where the server has a rule against it, by what the server said about it. */
export function refusalHint(said: readonly string[]): string {
  const text = said.join("\n");
  // The server has no code for this one. Only the advice hangs on these words, no decision does.
  if (/without .?workflows?.? permission/.test(text)) {
    return "The commit's .github/workflows differ from every branch's tip (a branch moved on during the deploy), and GITHUB_TOKEN may then not push a tag to it, whatever its `permissions`. Give `token`: a fine-grained token or app token with `contents: write` and `workflows: write`.";
  }
  return "A ruleset or a hook of the repository protects these tags (GitHub: Settings → Rules → Rulesets, target tags). Let it cover `v*` only, let this token's owner bypass it (GITHUB_TOKEN cannot), or give `tag-prefix` a name that it does not cover.";
}
