import type { Answer } from "../github.ts";
import { exampleOf, type Parts } from "./described.ts";

const REPOSITORY = "/repos/{owner}/{repo}";
const DEPLOYMENTS = `${REPOSITORY}/deployments`;
const DEPLOYMENT_STATUSES = `${DEPLOYMENTS}/{deployment_id}/statuses`;
const STATUSES = `${REPOSITORY}/statuses/{sha}`;
const ISSUES = `${REPOSITORY}/issues`;
const COMMENTS = `${ISSUES}/{issue_number}/comments`;
const COMMENT = `${ISSUES}/comments/{comment_id}`;
const LONGEST_BODY = 65_536;

type Fields = Readonly<Record<string, unknown>>;
export type GithubRecord = Fields & { readonly id: number };

/** What GitHub keeps of deployments and statuses, newest first as it lists them. */
export interface Records {
  readonly deployments: GithubRecord[];
  /** By the deployment's id. */
  readonly deploymentStatuses: Map<number, GithubRecord[]>;
  readonly statuses: GithubRecord[];
  /** Oldest first, of all issues and pull requests. */
  readonly comments: (GithubRecord & { readonly issue: number })[];
  readonly issues: GithubRecord[];
}

/** Whom a token writes as; a job's own is this one. */
export const ACTIONS = { login: "github-actions[bot]", type: "Bot" } as const;

/** GitHub's own examples, to put what a test is about into. */
export const examples = { deployment: exampleOf("POST", DEPLOYMENTS), status: exampleOf("POST", DEPLOYMENT_STATUSES) } as const;

export function noRecords(): Records {
  return { deployments: [], deploymentStatuses: new Map(), statuses: [], comments: [], issues: [] };
}

/** Somebody, as GitHub describes people and apps. */
export function account(name: { readonly login: string; readonly type: string }): Fields {
  const id = name.login.split("").reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
  return { ...(exampleOf("POST", COMMENTS)["user"] as Fields), ...name, id };
}

interface Asked {
  /** `POST /repos/{owner}/{repo}/deployments`. */
  readonly route: string;
  readonly parts: Parts;
  readonly query: URLSearchParams;
  readonly body: Fields;
  readonly by: Fields;
}

let last = 1000;

/** Keeps and lists; undefined where the route is not about these. */
export function keepRecords(records: Records, asked: Asked): Answer | undefined {
  const { route, parts, query, body } = asked;
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
      return keepConversations(records, asked);
  }
}

function keepConversations(records: Records, { route, parts, query, body, by }: Asked): Answer | undefined {
  const { comments, issues } = records;
  const comment = comments.find(({ id }) => id === Number(parts["comment_id"]));
  const issue = issues.find((one) => one["number"] === Number(parts["issue_number"]));
  const gone: Answer = { status: 404, body: { message: "Not Found" } };
  switch (route) {
    case `GET ${COMMENTS}`:
      return listed(
        comments.filter((one) => one.issue === Number(parts["issue_number"])).map((one) => without(one, "issue")),
        query,
      );
    case `POST ${COMMENTS}`: {
      last += 1;
      const made = { ...exampleOf("POST", COMMENTS), ...body, user: by, id: last };
      const wrong = tooLong(body["body"], LONGEST_BODY);
      if (wrong === undefined) comments.push({ ...made, issue: Number(parts["issue_number"]) });
      return wrong ?? { status: 201, body: made };
    }
    case `PATCH ${COMMENT}`: {
      if (comment === undefined) return gone;
      const { issue: at, ...changed } = { ...comment, ...body };
      comments[comments.indexOf(comment)] = { ...changed, issue: at };
      return tooLong(body["body"], LONGEST_BODY) ?? { status: 200, body: changed };
    }
    case `DELETE ${COMMENT}`:
      if (comment === undefined) return gone;
      comments.splice(comments.indexOf(comment), 1);
      return { status: 204 };
    case `GET ${ISSUES}`:
      return listed(
        issues.filter(
          ({ state, updated_at: at }) =>
            (query.get("state") === "all" || state === (query.get("state") ?? "open")) && String(at) >= (query.get("since") ?? ""),
        ),
        query,
      );
    case `POST ${ISSUES}`: {
      last += 1;
      // GitHub's example is one of a pull request.
      const { pull_request: _, ...example } = exampleOf("POST", ISSUES);
      const [label] = example["labels"] as readonly Fields[];
      const labels = ((body["labels"] ?? []) as readonly string[]).map((name) => ({ ...label, name }));
      const now = new Date().toISOString();
      const made = { ...example, ...body, labels, user: by, id: last, number: last, state: "open", created_at: now, updated_at: now };
      return tooLong(body["body"], LONGEST_BODY) ?? (issues.unshift(made), { status: 201, body: made });
    }
    case `PATCH ${ISSUES}/{issue_number}`: {
      if (issue === undefined) return gone;
      const changed = { ...issue, ...body };
      issues[issues.indexOf(issue)] = changed;
      return { status: 200, body: changed };
    }
    case `GET ${REPOSITORY}/pulls`:
      return listed([], query);
    case `GET ${REPOSITORY}/commits/{ref}/statuses`:
      return listed(
        records.statuses.filter(({ sha }) => sha === parts["ref"]).map((one) => without(one, "sha")),
        query,
      );
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

function without(record: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

function tooLong(text: unknown, longest: number): Answer | undefined {
  const length = typeof text === "string" ? Array.from(text).length : 0;
  return length <= longest
    ? undefined
    : { status: 422, body: { message: "Validation Failed", errors: [{ message: `is too long (maximum is ${longest} characters)` }] } };
}
