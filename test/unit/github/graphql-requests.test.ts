import { expect, test } from "vitest";
import { graphqlProblems } from "../../lab/github/graphql.ts";

const UPDATE = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";
const ref = { name: "refs/tags/x", afterOid: "a".repeat(40) };

test("a request that fits GitHub's own schema passes the tests' GitHub", () => {
  expect(graphqlProblems({ query: "query { viewer { login databaseId } }", variables: {} })).toEqual([]);
  expect(graphqlProblems({ query: UPDATE, variables: { input: { repositoryId: "R", refUpdates: [{ ...ref, force: true }] } } })).toEqual(
    [],
  );
});

test.each<[string, unknown, RegExp]>([
  ["a field that there is not", { query: "query { viewer { logim } }" }, /Cannot query field "logim" on type "User"/],
  [
    "an argument that there is not",
    { query: 'query { repository(owner: "a", repo: "b") { object(oid: "c") { oid } } }' },
    /argument "repo"/,
  ],
  ["a variable of another type", { query: UPDATE.replace("UpdateRefsInput!", "String!") }, /\$input/],
  ["a value that lacks something", { query: UPDATE, variables: { input: { refUpdates: [ref] } } }, /repositoryId/],
  [
    "a value with a field too much",
    { query: UPDATE, variables: { input: { repositoryId: "R", refUpdates: [{ ...ref, before: "" }] } } },
    /before/,
  ],
  ["a variable that it does not have", { query: "query { viewer { login } }", variables: { owner: "a" } }, /owner is no variable/],
  ["text that is no query", { query: "query { viewer { login }" }, /Syntax Error/],
])("%s is found", (_, body, says) => {
  expect(graphqlProblems(body).join("; ")).toMatch(says);
});
