import { expect, test } from "vitest";
import { saysVersion, versionProblem, versionSource } from "../../../src/health/version.ts";

const COMMIT = "abc1234def5678900000000000000000000000ff";
const EXPECTED = { commit: COMMIT, names: ["v1.4.0", "latest"] };

test.each([COMMIT, "abc1234", "ABC1234DEF", " abc1234\n", "v1.4.0", "1.4.0", "latest", "1.3.9+abc1234", "v1.3.9-2-gabc1234"])(
  "%s is the version",
  (said) => {
    expect(saysVersion(said, EXPECTED)).toBe(true);
  },
);

test.each(["abc123", "abc1235", "", "1.4", "1.4.0-rc1", "11.4.0", "abc1234-dirty", "gabc1234", "latestx", "v", `${COMMIT}0`])(
  "%j is not the version",
  (said) => {
    expect(saysVersion(said, EXPECTED)).toBe(false);
  },
);

test("an unknown commit is no version's beginning", () => {
  expect(saysVersion("", { commit: "", names: [""] })).toBe(false);
});

function telling(body: string, headers: Record<string, string> = {}) {
  return {
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body,
    json: () => {
      try {
        return { document: JSON.parse(body) as unknown };
      } catch {
        return { problem: "the body is no JSON" };
      }
    },
  };
}

test.each([
  ["json:version", '{"version":"abc1234"}'],
  ["json: build.commit", `{"build":{"commit":"${COMMIT}"}}`],
  ["body", "shop 1.4.0 (abc1234)"],
  ["body", "Running 1.4.0."],
  ["body", `<meta content="${COMMIT}">`],
  ["2.0.1", "version 2.0.1 is up"],
  [COMMIT, "commit abc1234"],
  ["sha256:77aa", "image sha256:77aa"],
])("%s is told by %s", (source, body) => {
  expect(versionProblem(versionSource.parse(source), EXPECTED, telling(body))).toBeUndefined();
});

test.each([
  ["json:version", '{"version":"old0000"}', 'version "old0000" answers, expected v1.4.0 (abc1234)'],
  ["json:version", '{"version":{"a":1}}', 'version {"a":1} answers'],
  ["json:version", "{}", "the JSON has no version, where version v1.4.0 (abc1234) was expected"],
  ["json:version", "<html>", "the body is no JSON"],
  ["header:X-Version", "1.4.0", "no header X-Version"],
  ["body", "shop 11.4.0", "the body does not name version v1.4.0"],
  ["body", "shop 1.4.0-rc1", "the body does not name version"],
  ["2.0.1", "version 2.0.10", "does not name version 2.0.1"],
])("%s is not told by %s", (source, body, problem) => {
  expect(versionProblem(versionSource.parse(source), EXPECTED, telling(body))).toContain(problem);
});

test("a header tells the version", () => {
  const source = versionSource.parse("header:X-Version");
  expect(versionProblem(source, EXPECTED, telling("", { "x-version": "abc1234" }))).toBeUndefined();
  expect(versionProblem(source, EXPECTED, telling("", { "x-version": "0000000" }))).toContain('version "0000000" answers');
});

test.each(["jsn:version", "headers:X-Version", "json:", "header:", "json:a b"])("%s is refused, not taken for a version", (text) => {
  expect(() => versionSource.parse(text)).toThrow();
});
