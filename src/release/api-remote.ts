import { isFullCommit } from "../core/commit.ts";
import type { Secret } from "../core/secret.ts";
import { type GithubApi, type GraphqlAnswer, openGithubApi } from "../github/api.ts";
import { githubTrouble, graphqlTrouble } from "./github-trouble.ts";
import { type RemoteTag, TAGGER, type TagChange, tagFailure, type TagRemote } from "./remote.ts";

/** "Must not exist", and "remove": https://docs.github.com/graphql/reference/mutations#updaterefs */
const NOTHING = "0".repeat(40);
/** Far below what GitHub lets one query ask for. */
const OBJECTS_AT_ONCE = 100;

interface Reference {
  readonly ref: string;
  readonly object: { readonly type: string; readonly sha: string };
}

interface TagObject {
  readonly message: string;
  readonly target: { readonly __typename: string; readonly oid: string };
}

export interface ApiRemoteAccess {
  readonly token: Secret;
  /** `owner/name`, as `GITHUB_REPOSITORY` says it. */
  readonly repository: string;
  /** `GITHUB_API_URL`, `GITHUB_GRAPHQL_URL` and `GITHUB_SERVER_URL`; github.com's where not given. */
  readonly apiUrl?: string | undefined;
  readonly graphqlUrl?: string | undefined;
  readonly serverUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The tags of a GitHub repository over its API: no checkout is needed. REST for what it has, GraphQL `updateRefs` for the
 * update, because it compares and swaps several refs atomically (GitHub Enterprise Server from 3.13).
 */
export async function apiRemote(access: ApiRemoteAccess): Promise<TagRemote> {
  const [owner = "", repo = ""] = access.repository.split("/");
  const api = await openGithubApi({
    token: access.token,
    apiUrl: access.apiUrl || "https://api.github.com",
    graphqlUrl: access.graphqlUrl || "https://api.github.com/graphql",
    serverUrl: access.serverUrl || "https://github.com",
    signal: access.signal,
    trouble: githubTrouble,
  });
  return tagsOverApi(api, { owner, repo });
}

function tagsOverApi(api: GithubApi, repository: { readonly owner: string; readonly repo: string }): TagRemote {
  return {
    place: `${api.serverUrl}/${repository.owner}/${repository.repo}`,
    list: async ({ names, prefixes }) => {
      const found = new Map<string, Reference>();
      for (const start of [...names, ...prefixes]) {
        for (const one of await matchingRefs(api, repository, start)) {
          const name = one.ref.slice("refs/tags/".length);
          if (names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix))) found.set(name, one);
        }
      }
      return await withAnnotations(api, repository, found);
    },
    update: async (changes, at) => {
      const updates = [];
      for (const { name, expected, set } of changes) {
        const after = set === undefined ? NOTHING : await makeTagObject(api, repository, { name, ...set, at });
        updates.push({ name: `refs/tags/${name}`, beforeOid: expected ?? NOTHING, afterOid: after, force: true });
      }
      const query = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";
      const answer = await api.graphql(query, { input: { repositoryId: await repositoryId(api, repository), refUpdates: updates } });
      if (answer.errors !== undefined || !answer.data) await explainUpdate(api, repository, changes, answer);
    },
  };
}

/** https://docs.github.com/rest/git/refs#list-matching-references */
async function matchingRefs(api: GithubApi, repository: object, start: string): Promise<readonly Reference[]> {
  const all: Reference[] = [];
  for (let page = 1; ; page += 1) {
    const { data, next } = await api.request<readonly Reference[]>("GET /repos/{owner}/{repo}/git/matching-refs/{+ref}", {
      ...repository,
      ref: `tags/${start.split("/").map(encodeURIComponent).join("/")}`,
      per_page: 100,
      page,
    });
    all.push(...data);
    if (!next) return all;
  }
}

/** https://docs.github.com/graphql/reference/objects#tag */
async function withAnnotations(
  api: GithubApi,
  { owner, repo }: { readonly owner: string; readonly repo: string },
  refs: ReadonlyMap<string, Reference>,
): Promise<readonly RemoteTag[]> {
  const annotated = [...refs.values()]
    .filter(({ object }) => object.type === "tag" && isFullCommit(object.sha))
    .map(({ object }) => object.sha);
  const objects = new Map<string, TagObject>();
  for (let at = 0; at < annotated.length; at += OBJECTS_AT_ONCE) {
    const wanted = annotated.slice(at, at + OBJECTS_AT_ONCE);
    const fields = wanted.map((oid, index) => `o${index}: object(oid: "${oid}") { ... on Tag { message target { __typename oid } } }`);
    const answer = await api.graphql<{ repository: Record<string, TagObject | null> | null }>(
      `query($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${fields.join(" ")} } }`,
      { owner, repo },
    );
    if (answer.errors !== undefined) throw graphqlTrouble(answer.errors, "reading the stable tags");
    wanted.forEach((oid, index) => {
      const object = answer.data?.repository?.[`o${index}`];
      if (object) objects.set(oid, object);
    });
  }
  return [...refs].map(([name, { object }]): RemoteTag => {
    const tag = objects.get(object.sha);
    // A tag of a tag is nobody's stable tag: it counts as one without annotation.
    const plain = tag === undefined || tag.target.__typename !== "Commit";
    return { name, oid: object.sha, commit: tag?.target.oid ?? object.sha, annotation: plain ? undefined : tag.message };
  });
}

/** https://docs.github.com/rest/git/tags#create-a-tag-object; the ref is made by the update. */
async function makeTagObject(
  api: GithubApi,
  repository: object,
  tag: { readonly name: string; readonly commit: string; readonly message: string; readonly at: Date },
): Promise<string> {
  const tagger = { ...TAGGER, date: tag.at.toISOString().replace(/\.\d+Z$/, "Z") };
  const parameters = { ...repository, tag: tag.name, message: tag.message, object: tag.commit, type: "commit", tagger };
  return (await api.request<{ readonly sha: string }>("POST /repos/{owner}/{repo}/git/tags", parameters)).data.sha;
}

/** https://docs.github.com/rest/repos/repos#get-a-repository */
async function repositoryId(api: GithubApi, repository: object): Promise<string> {
  return (await api.request<{ readonly node_id: string }>("GET /repos/{owner}/{repo}", { ...repository })).data.node_id;
}

/** What stood in the way is found by looking again: a ref that is not as expected is a conflict, whatever the message says. */
async function explainUpdate(
  api: GithubApi,
  repository: object,
  changes: readonly TagChange[],
  answer: GraphqlAnswer<unknown>,
): Promise<never> {
  const moved: string[] = [];
  for (const { name, expected } of changes) {
    const now = (await matchingRefs(api, repository, name)).find(({ ref }) => ref === `refs/tags/${name}`)?.object.sha;
    if (now !== expected) moved.push(name);
  }
  const errors = answer.errors ?? [];
  const evidence = errors.map(({ type, message }) => [type, message].filter(Boolean).join(": "));
  if (moved.length > 0) throw tagFailure("tags-conflict", `Somebody else moved ${moved.join(", ")} meanwhile.`, { evidence });
  throw graphqlTrouble(errors, "moving the stable tags");
}
