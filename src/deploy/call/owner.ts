import type { Ports } from "../../core/ports.ts";

/** Who a step belongs to: the run and attempt of a workflow, or a person at a terminal (contract, 1). */
export interface Owner {
  readonly id: string;
  readonly terminal: boolean;
  /** A link to the run, with its attempt. */
  readonly run: string | undefined;
  readonly actor: string | undefined;
  /** The job of the workflow, by the key that it stands under. */
  readonly job?: string | undefined;
}

export function ownerOf(ports: Pick<Ports, "env" | "here">): Owner {
  const { env } = ports;
  const run = env["GITHUB_RUN_ID"];
  if (run !== undefined && run !== "") {
    const attempt = env["GITHUB_RUN_ATTEMPT"] || "1";
    const server = env["GITHUB_SERVER_URL"] || "https://github.com";
    const repository = env["GITHUB_REPOSITORY"];
    return {
      id: `${run}.${attempt}`,
      terminal: false,
      run: repository === undefined ? undefined : `${server}/${repository}/actions/runs/${run}/attempts/${attempt}`,
      actor: env["GITHUB_ACTOR"],
      ...(env["GITHUB_JOB"] && { job: env["GITHUB_JOB"] }),
    };
  }
  const named = env["SAVEPOINT_RUN"];
  return { id: named === undefined || named === "" ? ports.here.login : named, terminal: true, run: undefined, actor: env["USER"] };
}

/** Whether `other` is an earlier attempt of the same run: then it is gone, whatever it was. */
export function isEarlierAttempt(other: string, mine: string): boolean {
  const [otherRun, otherAttempt] = other.split(".");
  const [myRun, myAttempt] = mine.split(".");
  return otherRun === myRun && Number(otherAttempt) < Number(myAttempt);
}

/** A run of a workflow, as its link names it. */
export interface Run {
  /** With its server: `https://github.com/example/shop`. */
  readonly repository: string;
  readonly number: number;
  /** `example/shop/actions/runs/4711`, as the API calls it. */
  readonly path: string;
  readonly attempt: string;
}

export function runOf(link: string | undefined): Run | undefined {
  const match = /^(.*)\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(link ?? "");
  if (!match) return undefined;
  const [, server = "", name = "", number = "", attempt = ""] = match;
  return { repository: `${server}/${name}`, number: Number(number), path: `${name}/actions/runs/${number}`, attempt };
}

/**
 * Whether GitHub says that a run's attempt is completed; undefined where it cannot be asked
 * (no token, no `actions: read`, no network, not a workflow's owner).
 */
export async function attemptCompleted(
  link: string | undefined,
  env: Ports["env"],
  token: string | undefined,
): Promise<boolean | undefined> {
  const run = runOf(link);
  // https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run-attempt
  const body = run && (await askGithub(`${run.path}/attempts/${run.attempt}`, env, token));
  return body === undefined ? undefined : body["status"] === "completed";
}

/** When GitHub made a run, whatever attempt of it runs now; undefined where it cannot be asked. */
export async function runCreated(link: string | undefined, env: Ports["env"], token: string | undefined): Promise<Date | undefined> {
  const run = runOf(link);
  // https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run
  const created = run && (await askGithub(run.path, env, token))?.["created_at"];
  const time = typeof created === "string" ? Date.parse(created) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time);
}

async function askGithub(
  path: string,
  env: Ports["env"],
  token: string | undefined,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (token === undefined || token === "") return undefined;
  const api = env["GITHUB_API_URL"] || "https://api.github.com";
  try {
    const response = await fetch(`${api}/repos/${path}`, {
      headers: { authorization: `Bearer ${token}`, accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" },
      // Not `within`: the request ends by the signal itself.
      signal: AbortSignal.timeout(10_000),
    });
    return response.ok ? ((await response.json()) as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // Out of reach: what is known without it decides.
    return undefined;
  }
}
