import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, getOperationAST, getVariableValues, parse, validate } from "graphql";

/** GitHub's own schema, as far as we ask for it; made by scripts/github-graphql.ts. */
const schema = buildSchema(readFileSync(join(import.meta.dirname, "schema.graphql"), "utf8"));

/** What of a GraphQL request is not as GitHub's schema has it: fields, arguments, types, and the variables' values. */
export function graphqlProblems(body: unknown): readonly string[] {
  const { query, variables } = Object(body) as { readonly query?: unknown; readonly variables?: unknown };
  if (typeof query !== "string") return ["there is no query"];
  const document = parsed(query);
  if (typeof document === "string") return [document];
  const wrong = validate(schema, document).map(({ message }) => message);
  const definitions = getOperationAST(document)?.variableDefinitions;
  if (wrong.length > 0 || definitions === undefined) return wrong;
  const given = Object(variables) as Record<string, unknown>;
  const names = new Set(definitions.map(({ variable }) => variable.name.value));
  const { errors = [] } = getVariableValues(schema, definitions, given);
  return [
    ...errors.map(({ message }) => message),
    ...Object.keys(given).flatMap((name) => (names.has(name) ? [] : [`${name} is no variable of it`])),
  ];
}

function parsed(query: string): ReturnType<typeof parse> | string {
  try {
    return parse(query);
  } catch (error) {
    return String(error);
  }
}
