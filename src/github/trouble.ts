import { messageOf } from "../core/failure.ts";
import { answeredLines, isLimited, type RequestError } from "./api.ts";

/** That GitHub was not told, and why; it ends nothing, so it is no failure of a run. */
export class Untold extends Error {
  readonly evidence: readonly string[];

  constructor(message: string, details: { readonly cause: unknown; readonly evidence: readonly string[] }) {
    super(message, { cause: details.cause });
    this.evidence = details.evidence;
  }
}

/** What a token may, as `permissions:` of a job calls it. */
export type Permission = "actions: read" | "deployments: write" | "statuses: write" | "issues: write" | "pull-requests: write";

/** What an error of the client means: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
export function tellingTrouble(permission: Permission): (error: unknown, route: string) => Untold {
  return (error, route) => {
    const { status } = error as RequestError;
    const untold = (message: string): Untold =>
      new Untold(message, { cause: error, evidence: answeredLines(error, route, messageOf(error)) });
    if (isLimited(error as RequestError)) return untold("GitHub answers no more requests of this token for now");
    if (status === 401) return untold("GitHub does not accept the token");
    // A private repository is "not found" to a token that may not see it.
    if (status === 403 || status === 404) return untold(`the token may not do this: the job needs \`permissions: { ${permission} }\``);
    if (status === undefined || status >= 500) return untold("GitHub's API does not answer");
    return untold(`GitHub does not take it (${answeredLines(error, route, messageOf(error)).join("; ")})`);
  };
}

/** What GitHub answered with; undefined where it did not. */
export function statusOf(error: unknown): number | undefined {
  return (Object(error) as { readonly cause?: RequestError }).cause?.status;
}

/** How soon it may be asked again, where it says so. Milliseconds. */
export function retryAfter(error: unknown): number | undefined {
  const { cause } = error as { readonly cause?: RequestError };
  if (cause === undefined || !isLimited(cause)) return undefined;
  const seconds = Number(cause.response?.headers?.["retry-after"]);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
