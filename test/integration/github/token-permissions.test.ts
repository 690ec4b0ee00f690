import { expect, test } from "vitest";
import { JOURNAL, Settings } from "../../../src/core/settings.ts";
import { examine } from "../../../src/deploy/doctor/examine.ts";
import { tokenPermissionsExamination } from "../../../src/deploy/doctor/token-permissions.ts";
import type { DoctorWorld } from "../../../src/deploy/doctor/world.ts";
import { type FakeGithub, startGithub } from "../../lab/github.ts";

async function looked(github: FakeGithub, settings: Readonly<Record<string, string>>, token = "t"): Promise<readonly string[]> {
  const { apiUrl, graphqlUrl } = github;
  const env = { GITHUB_API_URL: apiUrl, GITHUB_GRAPHQL_URL: graphqlUrl, GITHUB_REPOSITORY: "example/shop", GITHUB_TOKEN: token };
  const world = {
    heard: [],
    shared: {},
    ports: { env, signal: new AbortController().signal },
    asked: { settings: new Settings([{ source: JOURNAL, raw: { github: settings } }], undefined) },
  } as unknown as DoctorWorld;
  const found = await examine([tokenPermissionsExamination], world);
  return found.map(({ state, seen, advice = "" }) => `${state} ${seen} ${advice}`.trim());
}

test("the doctor names each permission that the token lacks for what the settings ask for, and writes nothing", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  expect(await looked(github, {})).toEqual([]);
  expect(github.requests).toEqual([]);
  const all = { deployments: "true", status: "true", issue: "true", "pull-request": "true" };
  expect((await looked(github, all)).map((line) => line.slice(0, 4))).toEqual(["pass", "pass", "pass", "pass"]);
  const headers = { "x-accepted-github-permissions": "issues=read" };
  github.answer = (route) =>
    route.endsWith("/issues") ? { status: 403, body: { message: "Resource not accessible by integration" }, headers } : undefined;
  expect((await looked(github, all)).filter((line) => !line.startsWith("pass"))).toEqual([
    expect.stringMatching(
      /^warn `github\.issue`: .*`permissions: \{ issues: write \}`\. GitHub wants issues=read to read it\. Give the job/,
    ),
  ]);
  expect(await looked(github, { status: "true" }, "wrong")).toEqual([expect.stringMatching(/^warn .*does not accept the token/)]);
  expect(await looked(github, { status: "true" }, "")).toEqual([expect.stringMatching(/^unseen Could not look: GitHub is asked/)]);
  github.answer = () => ({ status: 503, body: { message: "down" } });
  expect(await looked(github, { status: "true" })).toEqual([expect.stringMatching(/^unseen Could not look: GitHub's API does not answer/)]);
  expect(github.requests.filter((route) => !route.startsWith("GET"))).toEqual([]);
  expect(github.problems).toEqual([]);
});
