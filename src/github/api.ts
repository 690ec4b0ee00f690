import { Cancelled } from "../core/failure.ts";
import type { Secret } from "../core/secret.ts";

const TIMEOUT_MS = 30_000;
const NO_CONTENT = 204;

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

/** As much of GitHub's API as is asked. Whatever goes wrong is the error that `trouble` makes of it. */
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
  /** What an error of the client means to whoever asked. */
  readonly trouble: (error: unknown, route: string) => Error;
}

/** The addresses of GitHub's API, as a workflow's environment says them; github.com's where it does not. */
export function githubAddresses(
  env: Readonly<Record<string, string | undefined>>,
): Pick<GithubAccess, "apiUrl" | "graphqlUrl" | "serverUrl"> {
  return {
    apiUrl: env["GITHUB_API_URL"] || "https://api.github.com",
    graphqlUrl: env["GITHUB_GRAPHQL_URL"] || "https://api.github.com/graphql",
    serverUrl: env["GITHUB_SERVER_URL"] || "https://github.com",
  };
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
      // A body that broke off is handed out as text, or as nothing, and no error is made of it.
      if (answer.status !== NO_CONTENT && (typeof answer.data !== "object" || answer.data === null))
        throw new Error("the answer is no JSON");
      return { data: answer.data as T, next: /\brel="next"/.test(answer.headers.link ?? "") };
    } catch (error) {
      if (access.signal?.aborted === true) throw new Cancelled();
      throw access.trouble(error, route);
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
export interface RequestError {
  readonly status?: number;
  readonly response?: {
    readonly headers?: Readonly<Record<string, string | number | undefined>>;
    readonly data?: {
      readonly message?: string;
      readonly documentation_url?: string;
      readonly errors?: readonly { readonly message?: string }[];
    };
  };
}

/** Whether it is a limit that passes by itself: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export function isLimited({ status, response }: RequestError): boolean {
  const headers = response?.headers ?? {};
  return (
    status === 429 ||
    ((status === 403 || status === 401) &&
      (headers["retry-after"] !== undefined ||
        String(headers["x-ratelimit-remaining"]) === "0" ||
        // A secondary limit need not say for how long; what GitHub links to is the one word of it that is not prose.
        /secondary-rate-limit/.test(response?.data?.documentation_url ?? "")))
  );
}

/** What was asked and answered, for whoever reads why it failed. */
export function answeredLines(error: unknown, route: string, otherwise: string): readonly string[] {
  const { status, response } = error as RequestError;
  const details = response?.data?.errors?.flatMap((one) => one.message ?? []) ?? [];
  return [`${route}: ${status === undefined ? "" : `HTTP ${status} `}${response?.data?.message ?? otherwise}`, ...details];
}
