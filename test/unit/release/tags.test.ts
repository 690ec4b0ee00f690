import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import {
  annotate,
  checkPrefix,
  isStableTag,
  latestTag,
  markOf,
  readAnnotation,
  type StableMark,
  stableTag,
} from "../../../src/release/tags.ts";
import { anyText } from "../any-text.ts";

const PRODUCTION = { app: "shop", environment: "production", prefix: "" };
const STAGING = { app: "shop", environment: "staging", prefix: "staging/" };
const AT = new Date("2026-11-20T14:30:22.987Z");
const MARK: StableMark = {
  app: "shop",
  environment: "production",
  commit: "a".repeat(40),
  deploy: "20261120T143022Z-aaaaaaa",
  tag: "stable-20261120-143022",
  at: AT.toISOString(),
  runUrl: "https://github.com/example/shop/actions/runs/1",
};

describe("names", () => {
  test("production has none before them, others their own prefix, times are UTC", () => {
    expect([latestTag(PRODUCTION), stableTag(PRODUCTION, AT)]).toEqual(["latest-stable", "stable-20261120-143022"]);
    expect([latestTag(STAGING), stableTag(STAGING, AT)]).toEqual(["staging/latest-stable", "staging/stable-20261120-143022"]);
  });

  test("only whole names count as stable tags", () => {
    expect(
      [
        "stable-20261120-143022",
        "stable-2026",
        "unstable-20261120-143022",
        "stable-20261120-143022-rc",
        "staging/stable-20261120-143022",
      ].map((tag) => isStableTag(PRODUCTION, tag)),
    ).toEqual([true, false, false, false, false]);
    expect(isStableTag(STAGING, "staging/stable-20261120-143022")).toBe(true);
    expect(isStableTag(STAGING, "staging2/stable-20261120-143022")).toBe(false);
  });

  test("a prefix of which git makes no tag is refused and the input is named", () => {
    for (const prefix of ["", "staging/", "shop-production/", "a.b_c/", "é/"]) expect(() => checkPrefix(prefix)).not.toThrow();
    for (const prefix of [
      "my env/",
      "-x/",
      "/a",
      "a//b",
      "a..b",
      "a~",
      "a^",
      "a:",
      "a?",
      "a*",
      "a[",
      "a\\",
      ".a/",
      "a/.b/",
      "a.lock/",
      "x@{",
      "a\nb",
      "a\u007f",
      "a./",
    ]) {
      expect(() => checkPrefix(prefix), prefix).toThrow(Failure);
    }
    expect(() => checkPrefix("my env/")).toThrow(
      expect.objectContaining({ exit: 2, hint: expect.stringContaining("tag-prefix") }) as Error,
    );
  });
});

describe("annotations", () => {
  test("say whose the tag is, for people and for programs", () => {
    expect(annotate(MARK)).toMatchInlineSnapshot(`
      "shop production: aaaaaaa is stable

      Savepoint-App: shop
      Savepoint-Environment: production
      Savepoint-Commit: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Savepoint-Deploy: 20261120T143022Z-aaaaaaa
      Savepoint-Tag: stable-20261120-143022
      Savepoint-Marked-At: 2026-11-20T14:30:22.987Z
      Savepoint-Run: https://github.com/example/shop/actions/runs/1
      "
    `);
    expect(readAnnotation(annotate(MARK))).toEqual(MARK);
  });

  test("any text comes back as it was, and none can pretend to be another field", () => {
    const word = fc.oneof(fc.string(), anyText(), fc.constantFrom("a\nSavepoint-App: evil", '"quoted"', '"', " padded ", "\u2028", "é🦀"));
    fc.assert(
      fc.property(word, word, word, (app, environment, deploy) => {
        const mark = { ...MARK, app, environment, deploy };
        // git stores text as UTF-8, in which half a character cannot be said.
        fc.pre([app, environment, deploy].every((value) => value.isWellFormed()));
        expect(readAnnotation(annotate(mark))).toEqual(mark);
      }),
    );
  });

  test("another app's, another environment's and somebody's own annotation are not ours", () => {
    expect(markOf(PRODUCTION, annotate(MARK))).toEqual(MARK);
    expect(markOf({ ...PRODUCTION, app: "other" }, annotate(MARK))).toBeUndefined();
    expect(markOf(STAGING, annotate(MARK))).toBeUndefined();
    expect(markOf(PRODUCTION, "Release 1.0\n")).toBeUndefined();
    expect(markOf(PRODUCTION, "Savepoint-App: shop\nSavepoint-Environment: production\n")).toBeUndefined();
    expect(markOf(PRODUCTION, undefined)).toBeUndefined();
  });
});
