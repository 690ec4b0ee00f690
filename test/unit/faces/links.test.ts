import { expect, test } from "vitest";
import { linksTo } from "../../../src/faces/workflow/links.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const RUN = {
  GITHUB_SERVER_URL: "https://git.example:8443",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_RUN_ID: "100",
  GITHUB_RUN_ATTEMPT: "2",
};

test("the summary leads to its run and to its commits", () => {
  const home = "https://git.example:8443/acme/shop";
  expect(linksTo(RUN, { commit: A, "previous-commit": B })).toBe(
    `[run 100.2](${home}/actions/runs/100/attempts/2) · commit [aaaaaaa](${home}/commit/${A}) · before [bbbbbbb](${home}/commit/${B})`,
  );
  expect(linksTo(RUN, { commit: A, "previous-commit": A })).not.toContain("before");
  // Of a deploy that was taken back it is not the deploy's own.
  expect(linksTo(RUN, { commit: A, "rolled-back": true })).toContain(`back on [aaaaaaa](${home}/commit/${A})`);
  expect(linksTo({}, { commit: A })).toBe("");
});

test.each([
  ["a repository", { ...RUN, GITHUB_REPOSITORY: "acme/shop](http://evil)" }],
  ["a server", { ...RUN, GITHUB_SERVER_URL: "javascript:alert(1)" }],
  ["a run", { ...RUN, GITHUB_RUN_ID: "1)[x](http://evil" }],
])("what is no %s becomes no link", (_, env) => {
  expect(linksTo(env, { commit: "main](http://evil" })).toBe("");
});
