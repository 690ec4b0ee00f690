import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { attemptCompleted, isEarlierAttempt, ownerOf } from "../../../src/deploy/call/owner.ts";
import type { Machine } from "../../../src/core/machine.ts";

const here = { login: "ada@laptop" } as Machine;

describe("whose a step is", () => {
  test("a workflow's run and attempt, with a link to it", () => {
    const env = {
      GITHUB_RUN_ID: "4711",
      GITHUB_RUN_ATTEMPT: "2",
      GITHUB_REPOSITORY: "example/shop",
      GITHUB_SERVER_URL: "https://git.example",
      GITHUB_ACTOR: "ada",
    };
    expect(ownerOf({ env, here })).toEqual({
      id: "4711.2",
      terminal: false,
      run: "https://git.example/example/shop/actions/runs/4711/attempts/2",
      actor: "ada",
    });
  });
  test("the first attempt, where none is said", () => expect(ownerOf({ env: { GITHUB_RUN_ID: "4711" }, here }).id).toBe("4711.1"));
  test("at a terminal what SAVEPOINT_RUN says", () =>
    expect(ownerOf({ env: { SAVEPOINT_RUN: "release-7" }, here })).toMatchObject({ id: "release-7", terminal: true }));
  test("else user and machine; an empty variable says nothing", () => {
    expect(ownerOf({ env: { SAVEPOINT_RUN: "", GITHUB_RUN_ID: "" }, here })).toMatchObject({ id: "ada@laptop", terminal: true });
  });
});

describe("an earlier attempt", () => {
  test.each([
    ["4711.1", "4711.2", true],
    ["4711.2", "4711.10", true],
    ["4711.2", "4711.2", false],
    ["4711.3", "4711.2", false],
    ["4712.1", "4711.2", false],
    ["ada@laptop", "4711.2", false],
    ["ada@laptop.local", "ada@laptop.local", false],
  ])("%s before %s: %s", (other, mine, earlier) => expect(isEarlierAttempt(other, mine)).toBe(earlier));
});

describe("whether an attempt is completed", () => {
  test.each([
    [200, '{"status":"completed","conclusion":"failure"}', true],
    [200, '{"status":"in_progress"}', false],
    [403, '{"message":"Resource not accessible by integration"}', undefined],
    [200, "no JSON", undefined],
  ])("says GitHub: %i %s: %s", async (status, body, completed) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url, request.headers.authorization);
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const env = { GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    expect(await attemptCompleted("https://github.com/example/shop/actions/runs/4711/attempts/2", env, "t")).toBe(completed);
    expect(asked).toEqual(["/repos/example/shop/actions/runs/4711/attempts/2", "Bearer t"]);
    server.close();
  });
});

describe("whether an attempt is completed is not known", () => {
  const run = "https://github.com/example/shop/actions/runs/4711/attempts/1";
  test("without a token", async () => expect(await attemptCompleted(run, {}, undefined)).toBeUndefined());
  test("for an owner who is no workflow", async () => expect(await attemptCompleted(undefined, {}, "t")).toBeUndefined());
  test("where the API is out of reach", async () => {
    expect(await attemptCompleted(run, { GITHUB_API_URL: "http://127.0.0.1:1" }, "t")).toBeUndefined();
  });
});
