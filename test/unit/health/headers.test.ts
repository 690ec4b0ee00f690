import { inspect } from "node:util";
import { expect, test } from "vitest";
import { headerExpectations, headerProblem, requestHeaders } from "../../../src/health/headers.ts";

const ANSWER = new Map([
  ["content-type", ["application/json; charset=utf-8"]],
  ["x-ready", ["yes"]],
  ["set-cookie", ["a=1", "b=2"]],
]);

test.each([
  "X-Ready",
  "x-ready: yes",
  "Content-Type: application/json",
  "Content-Type: application/json; charset=utf-8",
  "Content-Type: /^application\\/.*json/",
  "Set-Cookie: b=2",
])("%s is met", (line) => {
  const [wanted] = headerExpectations.parse(line);
  expect(wanted && headerProblem(wanted, ANSWER)).toBeUndefined();
});

test.each([
  ["X-Missing", "no header X-Missing"],
  ["X-Missing: yes", "no header X-Missing"],
  ["X-Ready: no", 'X-Ready is "yes", expected "no"'],
  ["X-Ready: ye", 'X-Ready is "yes", expected "ye"'],
  ["Content-Type: /xml/", "expected"],
])("%s is not met: %s", (line, problem) => {
  const [wanted] = headerExpectations.parse(line);
  expect(wanted && headerProblem(wanted, ANSWER)).toContain(problem);
});

test("request headers are read line by line, and their values do not print", () => {
  const headers = requestHeaders.parse("Authorization: Bearer canary-4711\n\nX-Plain:a:b");
  expect(headers.map(({ name, value }) => [name, value.reveal()])).toEqual([
    ["Authorization", "Bearer canary-4711"],
    ["X-Plain", "a:b"],
  ]);
  expect(inspect(headers) + JSON.stringify(headers) + String(headers[0]?.value)).not.toContain("canary");
});

test.each(["canary-4711", "X Y: canary-4711", ": canary-4711", "Connection: canary-4711", "X: canary-4711 ☃"])(
  "a wrong header is named by its line, never by its text: %s",
  (text) => {
    const wrong = () => requestHeaders.parse(`Accept: text/plain\n${text}`);
    expect(wrong).toThrow(/line 2/);
    expect(wrong).not.toThrow(/canary/);
  },
);

test.each(["X Y: 1", "X: /(/"])("%s is no expectation", (text) => {
  expect(() => headerExpectations.parse(text)).toThrow();
});
