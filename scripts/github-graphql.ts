// Reduces GitHub's own GraphQL schema to the fields that Savepoint asks for, for the stand-in of the tests:
//   npm pack @octokit/graphql-schema@VERSION && tar xzf octokit-graphql-schema-VERSION.tgz && node scripts/github-graphql.ts package
// The package is far too large to be installed with the others.

import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildSchema, Kind, parse, print, type TypeDefinitionNode, visit } from "graphql";

/** What is kept of each type; `*`: all of it. What these need besides must stand here too. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  Query: ["repository", "viewer"],
  Mutation: ["updateRefs"],
  Repository: ["object"],
  User: ["login", "databaseId"],
  Tag: ["message", "target", "oid"],
  Commit: ["oid"],
  GitObject: ["oid"],
  UpdateRefsInput: ["*"],
  UpdateRefsPayload: ["clientMutationId"],
  RefUpdate: ["*"],
  GitObjectID: ["*"],
  GitRefname: ["*"],
};

const from = resolve(process.argv[2] ?? "");
const { version } = JSON.parse(await readFile(join(from, "package.json"), "utf8")) as { version: string };
const whole = parse(await readFile(join(from, "schema.graphql"), "utf8"), { noLocation: true });

function isKept(type: TypeDefinitionNode, field: string): boolean {
  const fields = KEPT[type.name.value] ?? [];
  return fields.includes("*") || fields.includes(field);
}

const types = whole.definitions
  .filter((one) => "name" in one && one.name !== undefined && one.name.value in KEPT && one.kind.endsWith("TypeDefinition"))
  .map((one) => {
    const type = one as TypeDefinitionNode;
    const kept = "fields" in type ? (type.fields ?? []).filter(({ name }) => isKept(type, name.value)) : undefined;
    const interfaces = "interfaces" in type ? (type.interfaces ?? []).filter(({ name }) => name.value in KEPT) : undefined;
    return { ...type, ...(kept && { fields: kept }), ...(interfaces && { interfaces }) } as TypeDefinitionNode;
  });
// Words for people, and GitHub's own directives (`@possibleTypes`), are no part of what a request must be.
const bare = visit(
  { kind: Kind.DOCUMENT, definitions: types },
  {
    enter: (node) => ("description" in node && node.description !== undefined ? { ...node, description: undefined } : undefined),
    Directive: () => null,
  },
);
const text = print(bare);
// What is kept stands by itself, or this throws.
buildSchema(text);
await writeFile(
  join(import.meta.dirname, "../test/lab/github/schema.graphql"),
  `# @octokit/graphql-schema ${version}, reduced by scripts/github-graphql.ts\n${text}\n`,
);
