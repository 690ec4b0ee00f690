import { Cancelled, type Failure, messageOf } from "../core/failure.ts";
import type { Secret } from "../core/secret.ts";
import { refusalHint, tagFailure } from "./remote.ts";

const TIMEOUT_MS = 30_000;

export interface GraphqlError {
  /** GitHub's word for what kind of error it is: `FORBIDDEN`, `RATE_LIMITED`, `UNPROCESSABLE`, … */
  readonly type?: string;
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

export interface GraphqlAnswer<T> {
  readonly data?: T | null;
  readonly errors?: readonly GraphqlError[];
}

/** As much of GitHub's API as the tags need. Whatever goes wrong is a Failure with a `TagTrouble` as code. */
export interface GithubApi {
  /** `https://github.com`, for messages. */
  readonly serverUrl: string;
  /** `next`: whether the answer has a further page. */
  request<T>(route: string, parameters: Readonly<Record<string, unknown>>): Promise<{ readonly data: T; readonly next: boolean }>;
  graphql<T>(query: string, variables: Readonly<Record<string, unknown>>): Promise<GraphqlAnswer<T>>;
}

export interface GithubAccess {
  readonly token: Secret;
  /** `GITHUB_API_URL`; GitHub Enterprise Server has its own. */
  readonly apiUrl: string;
  /** `GITHUB_GRAPHQL_URL`. */
  readonly graphqlUrl: string;
  /** `GITHUB_SERVER_URL`. */
  readonly serverUrl: string;
  readonly signal?: AbortSignal | undefined;
}

/** Opens GitHub's API. Loads its client only now: most runs never need it. */
export async function openGithubApi(access: GithubAccess): Promise<GithubApi> {
  const { getOctokit } = await import("@actions/github");
  const octokit = getOctokit(access.token.reveal(), { baseUrl: access.apiUrl, log: SILENT });
  const send = async <T>(
    route: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly data: T; readonly next: boolean }> => {
    // Not `within`: the request ends by the signal itself, and its own error says so.
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = access.signal === undefined ? timeout : AbortSignal.any([timeout, access.signal]);
    try {
      const answer = await octokit.request(route, { ...parameters, request: { signal } });
      return { data: answer.data as T, next: /\brel="next"/.test(answer.headers.link ?? "") };
    } catch (error) {
      if (access.signal?.aborted === true) throw new Cancelled();
      throw githubTrouble(error, route);
    }
  };
  return {
    serverUrl: access.serverUrl,
    request: send,
    // Not octokit.graphql: its URL cannot be given, and it turns answers with errors into exceptions without their types.
    graphql: async <T>(query: string, variables: Readonly<Record<string, unknown>>) =>
      (await send<GraphqlAnswer<T>>(`POST ${access.graphqlUrl}`, { query, variables })).data,
  };
}

/** octokit writes to the console where nothing else is said. */
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** An error of octokit: without a status it is the network's. */
interface RequestError {
  readonly status?: number;
  readonly response?: {
    readonly headers?: Readonly<Record<string, string | number | undefined>>;
    readonly data?: { readonly message?: string; readonly errors?: readonly { readonly message?: string }[] };
  };
}

/** What kind of trouble an error of octokit is, by its HTTP status: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
export function githubTrouble(error: unknown, route: string): Failure {
  const { status, response } = error as RequestError;
  const details = response?.data?.errors?.flatMap((one) => one.message ?? []) ?? [];
  const evidence = [`${route}: ${status === undefined ? "" : `HTTP ${status} `}${response?.data?.message ?? messageOf(error)}`, ...details];
  const headers = response?.headers ?? {};
  const limited =
    status === 429 ||
    ((status === 403 || status === 401) && (headers["retry-after"] !== undefined || String(headers["x-ratelimit-remaining"]) === "0"));
  if (limited)
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
