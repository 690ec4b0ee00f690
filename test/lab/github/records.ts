import type { Answer } from "../github.ts";
import { exampleOf, type Parts } from "./described.ts";

const REPOSITORY = "/repos/{owner}/{repo}";
const DEPLOYMENTS = `${REPOSITORY}/deployments`;
const DEPLOYMENT_STATUSES = `${DEPLOYMENTS}/{deployment_id}/statuses`;
const STATUSES = `${REPOSITORY}/statuses/{sha}`;

type Fields = Readonly<Record<string, unknown>>;
export type GithubRecord = Fields & { readonly id: number };

/** What GitHub keeps of deployments and statuses, newest first as it lists them. */
export interface Records {
  readonly deployments: GithubRecord[];
  /** By the deployment's id. */
  readonly deploymentStatuses: Map<number, GithubRecord[]>;
  readonly statuses: GithubRecord[];
}

/** GitHub's own examples, to put what a test is about into. */
export const examples = { deployment: exampleOf("POST", DEPLOYMENTS), status: exampleOf("POST", DEPLOYMENT_STATUSES) } as const;

export function noRecords(): Records {
  return { deployments: [], deploymentStatuses: new Map(), statuses: [] };
}

interface Asked {
  /** `POST /repos/{owner}/{repo}/deployments`. */
  readonly route: string;
  readonly parts: Parts;
  readonly query: URLSearchParams;
  readonly body: Fields;
}

let last = 1000;

/** Keeps and lists; undefined where the route is not about these. */
export function keepRecords(records: Records, { route, parts, query, body }: Asked): Answer | undefined {
  switch (route) {
    case `GET ${DEPLOYMENTS}`:
      return listed(
        records.deployments.filter((one) =>
          ["sha", "environment", "task", "ref"].every((name) => !query.has(name) || query.get(name) === one[name]),
        ),
        query,
      );
    case `POST ${DEPLOYMENTS}`:
      return (
        tooLong(body["description"], 140) ??
        made(records.deployments, { ...exampleOf("POST", DEPLOYMENTS), payload: {}, ...body, sha: body["ref"] })
      );
    case `GET ${DEPLOYMENT_STATUSES}`:
      return listed(records.deploymentStatuses.get(Number(parts["deployment_id"])) ?? [], query);
    case `POST ${DEPLOYMENT_STATUSES}`: {
      const id = Number(parts["deployment_id"]);
      if (!records.deployments.some((one) => one.id === id)) return { status: 404, body: { message: "Not Found" } };
      const all = records.deploymentStatuses.get(id) ?? [];
      records.deploymentStatuses.set(id, all);
      const { auto_inactive: _, ...fields } = body;
      return (
        tooLong(body["description"], 140) ??
        made(all, { ...exampleOf("POST", DEPLOYMENT_STATUSES), log_url: "", environment_url: "", ...fields })
      );
    }
    case `POST ${STATUSES}`:
      return tooLong(body["description"], 140) ?? made(records.statuses, { ...exampleOf("POST", STATUSES), ...body, sha: parts["sha"] });
    default:
      return undefined;
  }
}

function made(into: GithubRecord[], fields: Fields): Answer {
  last += 1;
  const record = { ...fields, id: last };
  into.unshift(record);
  const { sha: _, ...status } = record as Fields;
  return { status: 201, body: "context" in fields ? status : record };
}

function listed(all: readonly unknown[], query: URLSearchParams): Answer {
  const [page, size] = [Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 30)];
  const body = all.slice((page - 1) * size, page * size);
  return { status: 200, body, ...(all.length > page * size && { headers: { link: `<https://x/?page=${page + 1}>; rel="next"` } }) };
}

function tooLong(text: unknown, longest: number): Answer | undefined {
  const length = typeof text === "string" ? Array.from(text).length : 0;
  return length <= longest
    ? undefined
    : { status: 422, body: { message: "Validation Failed", errors: [{ message: `is too long (maximum is ${longest} characters)` }] } };
}
