import { type Failure, messageOf } from "../core/failure.ts";
import { answeredLines, type GraphqlError, isLimited, type RequestError } from "../github/api.ts";
import { refusalHint, tagFailure } from "./remote.ts";

/** What kind of trouble an error of octokit is, by its HTTP status: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
export function githubTrouble(error: unknown, route: string): Failure {
  const { status } = error as RequestError;
  const evidence = answeredLines(error, route, messageOf(error));
  if (isLimited(error as RequestError))
    return tagFailure("tags-unreachable", "GitHub answers no more requests of this token for now (rate limit).", {
      evidence,
      cause: error,
    });
  if (status === undefined || status >= 500)
    return tagFailure("tags-unreachable", "GitHub's API does not answer.", {
      evidence,
      cause: error,
      hint: "See https://www.githubstatus.com. The tags can be moved later.",
    });
  if (status === 401)
    return tagFailure("tags-permission", "GitHub does not accept the token.", {
      evidence,
      cause: error,
      hint: "It has expired, was revoked, or is another server's. Give `token` anew.",
    });
  if (status === 403 || status === 404) return noPermission(evidence, error);
  return tagFailure("tags-refused", "GitHub refuses the request.", { evidence, cause: error, hint: refusalHint(evidence) });
}

/** What kind of trouble the errors of a GraphQL answer are, by their types. */
export function graphqlTrouble(errors: readonly GraphqlError[], what: string): Failure {
  const evidence = errors.map(({ type, message }) => [type, message].filter(Boolean).join(": "));
  const types = new Set(errors.flatMap(({ type, extensions }) => [type, extensions?.code]).filter((word) => word !== undefined));
  if (types.has("RATE_LIMITED"))
    return tagFailure("tags-unreachable", "GitHub answers no more requests of this token for now (rate limit).", { evidence });
  if (types.has("FORBIDDEN") || types.has("INSUFFICIENT_SCOPES") || types.has("NOT_FOUND")) return noPermission(evidence, undefined);
  if (types.has("undefinedField") || types.has("undefinedType")) {
    return tagFailure("tags-refused", "This GitHub server is too old to move several tags at once.", {
      evidence,
      hint: "GitHub Enterprise Server 3.13 or newer, or run in a checkout: then the tags are pushed by git.",
    });
  }
  if (errors.length === 0 || types.has("INTERNAL") || types.has("SERVICE_UNAVAILABLE"))
    return tagFailure("tags-unreachable", `GitHub gave no answer to ${what}.`, { evidence });
  return tagFailure("tags-refused", `GitHub refuses ${what}.`, { evidence, hint: refusalHint(evidence) });
}

function noPermission(evidence: readonly string[], cause: unknown): Failure {
  return tagFailure("tags-permission", "The token may not do this to the repository's tags.", {
    evidence,
    cause,
    hint: 'It needs `contents: write` on this repository; in a workflow the job says `permissions: { contents: write }`. A private repository is "not found" to a token that may not see it.',
  });
}
