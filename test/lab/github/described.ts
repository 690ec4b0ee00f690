import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";

/** GitHub's own description of the routes we ask for; made by scripts/github-description.ts. */
interface Description {
  readonly routes: readonly DescribedRoute[];
  readonly schemas: Readonly<Record<string, unknown>>;
}

export interface DescribedRoute {
  readonly method: string;
  /** `/repos/{owner}/{repo}/deployments`. */
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[];
  readonly body?: { readonly properties?: Readonly<Record<string, unknown>> };
  readonly answers: readonly { readonly status: number; readonly schema: object; readonly example: unknown }[];
}

const { routes, schemas } = JSON.parse(readFileSync(join(import.meta.dirname, "description.json"), "utf8")) as Description;
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, coerceTypes: false });
const loose = new Ajv({ strict: false, validateFormats: false, allErrors: true, coerceTypes: true });
const compiled = new Map<object, ValidateFunction>();

/** The route that a request is for, and its path's parameters. Each `{name}` is one part, the last one of tags and refs the rest. */
export function describedRoute(method: string, path: string): { readonly route: DescribedRoute; readonly parts: Parts } | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const pattern = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === "ref" ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`));
    const match = new RegExp(`^${pattern}$`).exec(path);
    if (match !== null) return { route, parts: { ...match.groups } };
  }
  return undefined;
}

export type Parts = Readonly<Record<string, string>>;

/** What of a request is not as GitHub describes it. */
export function requestProblems(
  { route, parts }: { readonly route: DescribedRoute; readonly parts: Parts },
  query: URLSearchParams,
  body: unknown,
): readonly string[] {
  const given = (place: string, name: string): string | null | undefined => (place === "path" ? parts[name] : query.get(name));
  // Every list of GitHub's has pages, whether its description says so or not.
  const known = new Set([...route.parameters.map(({ name }) => name), ...(route.method === "GET" ? ["page", "per_page"] : [])]);
  const problems = [...query.keys()].filter((name) => !known.has(name)).map((name) => `${name} is no parameter`);
  for (const { name, in: place, required, schema } of route.parameters) {
    const value = given(place, name) ?? undefined;
    if (value === undefined && required) problems.push(`${name} is missing`);
    if (value !== undefined) problems.push(...wrong(loose, schema, { value }).map((text) => `${name} ${text}`));
  }
  if (route.body === undefined) return body === null ? problems : [...problems, "it takes no body"];
  // The description forbids no further field; GitHub passes it over, and we would never know.
  const fields = Object.keys(Object(body) as object).filter((field) => route.body?.properties?.[field] === undefined);
  return [...problems, ...fields.map((field) => `${field} is no field`), ...wrong(ajv, route.body, { value: body })];
}

/** What of a successful answer is not as GitHub describes it. */
export function answerProblems(route: DescribedRoute, status: number, body: unknown): readonly string[] {
  if (status >= 300 || route.answers.length === 0) return [];
  const answer = route.answers.find((one) => one.status === status);
  return answer === undefined ? [`it never answers ${status}`] : wrong(ajv, answer.schema, { value: body });
}

/** GitHub's example of a route's answer, to put what is asked for into. */
export function exampleOf(method: string, path: string): Readonly<Record<string, unknown>> {
  const example = routes.find((route) => route.method === method && route.path === path)?.answers[0]?.example;
  return (Array.isArray(example) ? example[0] : example) as Readonly<Record<string, unknown>>;
}

function wrong(by: Ajv, schema: object, holder: { readonly value: unknown }): readonly string[] {
  const cached = compiled.get(schema);
  const validate = cached ?? by.compile({ type: "object", properties: { value: openApi(schema) }, schemas: SCHEMAS });
  if (cached === undefined) compiled.set(schema, validate);
  return validate({ ...holder }) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** OpenAPI's `nullable`, in the words of JSON Schema. */
function openApi(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(openApi);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, ...rest } = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, openApi(value)]));
  return nullable === true ? { anyOf: [{ type: "null" }, rest] } : rest;
}

const SCHEMAS = openApi(schemas);
