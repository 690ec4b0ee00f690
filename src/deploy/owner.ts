import type { Ports } from "../core/ports.ts";

/** Who a step belongs to: the run and attempt of a workflow, or a person at a terminal (contract, 1). */
export interface Owner {
  readonly id: string;
  readonly terminal: boolean;
  /** A link to the run, with its attempt. */
  readonly run: string | undefined;
  readonly actor: string | undefined;
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

/**
 * Whether GitHub says that a run's attempt is completed; undefined where it cannot be asked
 * (no token, no `actions: read`, no network, not a workflow's owner).
 */
export async function attemptCompleted(
  run: string | undefined,
  env: Ports["env"],
  token: string | undefined,
): Promise<boolean | undefined> {
  const match = /\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(run ?? "");
  if (!match || token === undefined || token === "") return undefined;
  const api = env["GITHUB_API_URL"] || "https://api.github.com";
  try {
    // https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run-attempt
    const response = await fetch(`${api}/repos/${match[1]}/actions/runs/${match[2]}/attempts/${match[3]}`, {
      headers: { authorization: `Bearer ${token}`, accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) return undefined;
    const body = (await response.json()) as { readonly status?: string };
    return body.status === "completed";
  } catch {
    // Out of reach: the heartbeat decides instead.
    return undefined;
  }
}
