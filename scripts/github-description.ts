// Reduces GitHub's own description of its API to the routes that Savepoint asks for, for the stand-in of the tests:
//   npm pack @octokit/openapi@VERSION && tar xzf octokit-openapi-VERSION.tgz && node scripts/github-description.ts package
// The package is far too large to be installed with the others.

import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

const REPOSITORY = "/repos/{owner}/{repo}";
const ROUTES: readonly string[] = [
  `GET ${REPOSITORY}`,
  `GET ${REPOSITORY}/git/matching-refs/{ref}`,
  `POST ${REPOSITORY}/git/tags`,
  `GET ${REPOSITORY}/rulesets`,
  `GET ${REPOSITORY}/rulesets/{ruleset_id}`,
  `GET ${REPOSITORY}/actions/runs/{run_id}`,
  `GET ${REPOSITORY}/actions/runs/{run_id}/attempts/{attempt_number}`,
  `GET ${REPOSITORY}/environments/{environment_name}`,
  `GET ${REPOSITORY}/deployments`,
  `POST ${REPOSITORY}/deployments`,
  `GET ${REPOSITORY}/deployments/{deployment_id}/statuses`,
  `POST ${REPOSITORY}/deployments/{deployment_id}/statuses`,
  `POST ${REPOSITORY}/statuses/{sha}`,
  `GET ${REPOSITORY}/issues`,
  `POST ${REPOSITORY}/issues`,
  `GET ${REPOSITORY}/issues/{issue_number}/comments`,
  `POST ${REPOSITORY}/issues/{issue_number}/comments`,
  `PATCH ${REPOSITORY}/issues/comments/{comment_id}`,
  `DELETE ${REPOSITORY}/issues/comments/{comment_id}`,
  `PATCH ${REPOSITORY}/issues/{issue_number}`,
  `GET ${REPOSITORY}/commits/{ref}/statuses`,
  `GET ${REPOSITORY}/pulls`,
];
/** What these answer is compared as well; the others' answers are large, and little of them is read. */
const ANSWERS = /\/(?:deployments|environments|statuses|issues|comments|rulesets)\b/;

interface Json {
  readonly [key: string]: unknown;
}

interface Described {
  readonly parameters?: readonly Json[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Json>> }>>;
}

const from = resolve(process.argv[2] ?? "");
const { version } = JSON.parse(await readFile(join(from, "package.json"), "utf8")) as { version: string };
const whole = JSON.parse(await readFile(join(from, "generated/api.github.com.json"), "utf8")) as Json & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};
const schemas: Record<string, unknown> = {};

function found(reference: string): unknown {
  return reference
    .slice(2)
    .split("/")
    .reduce<unknown>((at, part) => (at as Json)[part], whole);
}

/** A value behind its reference, where it is one. */
function direct<T>(value: T): T {
  const { $ref } = value as { readonly $ref?: string };
  return $ref === undefined ? value : (found($ref) as T);
}

/** A schema without words for people; what it refers to is kept beside it, once. */
function bare(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(bare);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => !(/^(?:description|title|examples?|x-.*)$/.test(key) && !isSchema(value)));
  return Object.fromEntries(
    kept.map(([key, value]) => {
      if (key !== "$ref" || typeof value !== "string") return [key, bare(value)];
      const name = value.split("/").at(-1) ?? "";
      if (!(name in schemas)) {
        schemas[name] = true;
        schemas[name] = bare(found(value));
      }
      return [key, `#/schemas/${name}`];
    }),
  );
}

/** A property may itself be called `description`. */
function isSchema(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("type" in value || "$ref" in value || "oneOf" in value || "anyOf" in value);
}

const routes = ROUTES.map((route) => {
  const [method = "", path = ""] = route.split(" ");
  const described = whole.paths[path]?.[method.toLowerCase()];
  if (described === undefined) throw new Error(`GitHub does not describe ${route}`);
  const parameters = (described.parameters ?? []).map((one) => {
    const { name, in: place, required, schema } = direct(one);
    return { name, in: place, required: required === true, schema: bare(schema) };
  });
  const answers = Object.entries(described.responses)
    .filter(([status]) => status.startsWith("2") && ANSWERS.test(path))
    .map(([status, one]) => {
      const { schema, examples = {} } = direct(one).content?.["application/json"] ?? {};
      const example = (direct(Object.values(examples as Json)[0] ?? {}) as { readonly value?: unknown }).value;
      return { status: Number(status), schema: bare(schema), example };
    })
    .filter(({ schema }) => schema !== undefined);
  const body = described.requestBody?.content?.["application/json"]?.schema;
  return { method, path, parameters, ...(body !== undefined && { body: bare(body) }), answers };
});

const target = join(import.meta.dirname, "../test/lab/github/description.json");
await writeFile(target, `${JSON.stringify({ from: `@octokit/openapi ${version}, api.github.com`, routes, schemas })}\n`);
