import { execFile } from "node:child_process";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { git } from "./git.ts";
import { answerProblems, describedRoute, requestProblems } from "./github/described.ts";
import { graphqlProblems } from "./github/graphql.ts";
import { account, ACTIONS, keepRecords, noRecords, type Records } from "./github/records.ts";

const execute = promisify(execFile);
const ZERO = "0".repeat(40);

/**
 * GitHub's API over a repository on disk: as much of it as is asked for. Every request to its REST API, and what is answered, is
 * compared with GitHub's own description of it; every request to its GraphQL API with GitHub's own schema.
 * REST: https://docs.github.com/rest/git/refs, https://docs.github.com/rest/git/tags, https://docs.github.com/rest/repos/repos
 * GraphQL: https://docs.github.com/graphql/reference/mutations#updaterefs and …/input-objects#refupdate
 * Requests that do not fit the published form are refused as GitHub does, so that a wrong call fails a test.
 */
export interface FakeGithub extends AsyncDisposable {
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  /** The routes that were asked for, in order. */
  readonly requests: readonly string[];
  /** What of the requests and answers was not as GitHub describes them. */
  readonly problems: readonly string[];
  readonly records: Records;
  /** Answers the next requests of a route (`POST /graphql`) by hand; undefined: as usual. */
  answer: (route: string, body: unknown) => Answer | undefined;
  /** The same once it was carried out: GitHub did it, and what it says does not arrive. */
  after: (route: string, body: unknown) => Answer | undefined;
  /** Whom the token writes as. */
  user: { readonly login: string; readonly type: string };
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** `hang`: nothing is answered; `half`: the connection ends in the middle of the body. */
  readonly how?: "hang" | "half";
  readonly headers?: Readonly<Record<string, string>>;
}

interface RefUpdate {
  readonly name: string;
  readonly beforeOid?: string;
  readonly afterOid: string;
  readonly force?: boolean;
}

/** Serves one repository, `example/shop`, to whoever brings the token. Pages are of `pageSize`. */
export async function startGithub(
  repository: string,
  options: { readonly token: string; readonly pageSize?: number },
): Promise<FakeGithub> {
  const requests: string[] = [];
  const problems: string[] = [];
  const records = noRecords();
  const nothing: FakeGithub["answer"] = () => undefined;
  const fake = { answer: nothing, after: nothing, user: ACTIONS as FakeGithub["user"] };
  const server = createServer((request, response) => {
    void (async () => {
      const body: unknown = JSON.parse((await textOf(request)) || "null");
      const url = new URL(request.url ?? "/", "http://localhost");
      const route = `${request.method} ${url.pathname}`;
      requests.push(route);
      const allowed =
        request.headers.authorization === `token ${options.token}` || request.headers.authorization === `Bearer ${options.token}`;
      const described = describedRoute(request.method ?? "", decodeURI(url.pathname).replace(/^\/api\/v3/, ""));
      const wrong: string[] = described === undefined ? [] : [...requestProblems(described, url.searchParams, body)];
      const asksGraphql = route.endsWith("/graphql");
      if (asksGraphql) wrong.push(...graphqlProblems(body));
      if (described === undefined && !asksGraphql) wrong.push("GitHub's description, as far as we keep it, has no such route");
      problems.push(...wrong.map((text) => `${route}: ${text}`));
      const name = `${described?.route.method} ${described?.route.path}`;
      const usual =
        fake.answer(route, body) ??
        (!allowed
          ? { status: 401, body: { message: "Bad credentials" } }
          : wrong.length > 0
            ? { status: asksGraphql ? 200 : 422, body: { message: "Invalid request.", errors: wrong.map((message) => ({ message })) } }
            : (keepRecords(records, {
                route: name,
                parts: described?.parts ?? {},
                query: url.searchParams,
                body: Object(body) as object as Record<string, unknown>,
                by: account(fake.user),
              }) ?? (await handle(repository, route, url, body, { pageSize: options.pageSize ?? 100, user: fake.user }))));
      const given = fake.after(route, body) ?? usual;
      if (given.how === "hang") return;
      if (described !== undefined)
        problems.push(
          ...answerProblems(described.route, given.status, given.body ?? null).map((text) => `the answer to ${route}: ${text}`),
        );
      if (given.how === "half") {
        response.writeHead(given.status, { "content-type": "application/json; charset=utf-8", "content-length": "1000" });
        response.write('{"id":');
        setTimeout(() => response.destroy(), 20);
        return;
      }
      if (given.status === 204) return void response.writeHead(204).end();
      response.writeHead(given.status, { "content-type": "application/json; charset=utf-8", ...given.headers });
      response.end(JSON.stringify(given.body ?? null));
    })().catch((error: unknown) => {
      response.writeHead(500);
      response.end(JSON.stringify({ message: String(error) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(fake, {
    apiUrl: `${base}/api/v3`,
    graphqlUrl: `${base}/api/graphql`,
    requests,
    problems,
    records,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function handle(
  repository: string,
  route: string,
  url: URL,
  body: unknown,
  { pageSize, user }: { readonly pageSize: number; readonly user: FakeGithub["user"] },
): Promise<Answer> {
  const base = "/api/v3/repos/example/shop";
  if (route === `GET ${base}`) return { status: 200, body: { node_id: "R_shop", full_name: "example/shop" } };
  if (route.startsWith(`GET ${base}/git/matching-refs/`))
    return await matchingRefs(repository, url, decodeURIComponent(url.pathname.split("/matching-refs/")[1] ?? ""), pageSize);
  if (route === `POST ${base}/git/tags`) return await createTag(repository, body as Record<string, unknown>);
  // What GraphQL calls an app has no `[bot]`.
  if (route === "POST /api/graphql" && (body as { query: string }).query === "query { viewer { login databaseId } }")
    return { status: 200, body: { data: { viewer: { login: user.login.replace("[bot]", ""), databaseId: account(user)["id"] } } } };
  if (route === "POST /api/graphql") return await graphql(repository, body as { query: string; variables: Record<string, unknown> });
  return { status: 404, body: { message: "Not Found" } };
}

async function matchingRefs(repository: string, url: URL, start: string, pageSize: number): Promise<Answer> {
  const text = await git(repository, "for-each-ref", "--format=%(refname) %(objecttype) %(objectname)");
  const all = text.split("\n").filter((line) => line.startsWith(`refs/${start}`));
  const page = Number(url.searchParams.get("page") ?? 1);
  const body = all.slice((page - 1) * pageSize, page * pageSize).map((line) => {
    const [ref, type, sha] = line.split(" ");
    return { ref, node_id: "x", url: "x", object: { type, sha, url: "x" } };
  });
  return { status: 200, body, ...(all.length > page * pageSize && { headers: { link: `<${url.href}>; rel="next"` } }) };
}

async function createTag(repository: string, body: Record<string, unknown>): Promise<Answer> {
  const tagger = body["tagger"] as { name: string; email: string; date: string };
  const wrong = ["tag", "message", "object", "type"].filter((field) => typeof body[field] !== "string");
  if (wrong.length > 0 || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(tagger.date))
    return { status: 422, body: { message: "Invalid request.", errors: wrong.map((message) => ({ message })) } };
  const text = `object ${String(body["object"])}\ntype ${String(body["type"])}\ntag ${String(body["tag"])}\ntagger ${tagger.name} <${tagger.email}> ${Date.parse(tagger.date) / 1000} +0000\n\n${String(body["message"])}`;
  try {
    const sha = await gitWithInput(repository, ["mktag"], text);
    return {
      status: 201,
      body: {
        node_id: "x",
        tag: body["tag"],
        sha,
        url: "x",
        message: body["message"],
        tagger,
        object: { type: body["type"], sha: body["object"], url: "x" },
      },
    };
  } catch {
    return { status: 422, body: { message: "Object does not exist" } };
  }
}

async function graphql(repository: string, { query, variables }: { query: string; variables: Record<string, unknown> }): Promise<Answer> {
  if (query.startsWith("mutation"))
    return await updateRefs(repository, variables["input"] as { repositoryId: string; refUpdates: RefUpdate[] });
  if (variables["owner"] !== "example" || variables["repo"] !== "shop")
    return {
      status: 200,
      body: { data: { repository: null }, errors: [{ type: "NOT_FOUND", message: "Could not resolve to a Repository" }] },
    };
  const found: Record<string, unknown> = {};
  for (const [, alias = "", oid = ""] of query.matchAll(
    /(\w+): object\(oid: "([0-9a-f]{40})"\) \{ \.\.\. on Tag \{ message target \{ __typename oid \} \} \}/g,
  )) {
    const text = await git(repository, "cat-file", "tag", oid);
    const target = /^object (\w+)\ntype (\w+)/.exec(text);
    const type = target?.[2] ?? "";
    found[alias] = {
      message: text.slice(text.indexOf("\n\n") + 2),
      target: { __typename: type.charAt(0).toUpperCase() + type.slice(1), oid: target?.[1] },
    };
  }
  return { status: 200, body: { data: { repository: found } } };
}

/** All or none, and only from where each ref is expected, by git's own transaction. */
async function updateRefs(repository: string, input: { repositoryId: string; refUpdates: RefUpdate[] }): Promise<Answer> {
  // Beyond the schema: GitHub takes whole names and whole commits alone.
  const unqualified = input.refUpdates.filter(({ name, afterOid }) => !name.startsWith("refs/") || !/^[0-9a-f]{40}$/.test(afterOid));
  if (input.repositoryId !== "R_shop" || unqualified.length > 0) {
    return {
      status: 200,
      body: { errors: [{ message: `Variable $input of type UpdateRefsInput! was provided invalid value`, extensions: { value: input } }] },
    };
  }
  const commands = input.refUpdates.map(({ name, beforeOid, afterOid }) =>
    afterOid === ZERO ? `delete ${name} ${beforeOid ?? ""}` : `update ${name} ${afterOid} ${beforeOid ?? ""}`,
  );
  try {
    await gitWithInput(repository, ["update-ref", "--stdin"], `${commands.join("\n")}\n`);
    return { status: 200, body: { data: { updateRefs: { clientMutationId: null } } } };
  } catch {
    return {
      status: 200,
      body: {
        data: { updateRefs: null },
        errors: [{ type: "UNPROCESSABLE", path: ["updateRefs"], message: "A ref was not at its expected value." }],
      },
    };
  }
}

async function gitWithInput(repository: string, words: readonly string[], input: string): Promise<string> {
  const running = execute("git", ["-C", repository, ...words], { env: { PATH: process.env["PATH"], HOME: "/nonexistent", LC_ALL: "C" } });
  running.child.stdin?.end(input);
  return (await running).stdout.trim();
}
