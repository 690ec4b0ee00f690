/** The pull request that a workflow's run is about. */
export interface PullRequest {
  readonly number: number;
  /** The newest commit of its branch; what a merge would make is the run's own commit. */
  readonly head: string | undefined;
  /** It comes from another repository: its runs get no token that may write. */
  readonly fork: boolean;
}

/** What the event's file says: https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request. Undefined where it names none. Pure. */
export function pullRequestIn(event: unknown): PullRequest | undefined {
  const { pull_request: told } = Object(event) as {
    readonly pull_request?: {
      readonly number?: unknown;
      readonly head?: { readonly sha?: unknown; readonly repo?: { readonly full_name?: unknown } | null };
      readonly base?: { readonly repo?: { readonly full_name?: unknown } };
    };
  };
  const { number, head, base } = told ?? {};
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 1) return undefined;
  return {
    number,
    head: typeof head?.sha === "string" && /^[0-9a-f]{40,64}$/.test(head.sha) ? head.sha : undefined,
    // Its repository may be gone.
    fork: head?.repo?.full_name !== base?.repo?.full_name,
  };
}
