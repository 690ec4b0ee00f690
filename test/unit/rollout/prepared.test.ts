import { describe, expect, test } from "vitest";
import { preparedIn } from "../../../src/rollout/compose/prepare.ts";

const NOTED = { project: "shop", images: { web: "sha256:1" }, running: {}, changing: ["web"], added: [] };

describe("what the prepare step noted of a compose project", () => {
  test("is read as it was noted, and is nothing where it was none", () => {
    expect(preparedIn({ from: undefined, prepared: { fetched: true, compose: NOTED } })).toEqual(NOTED);
    expect(preparedIn({ from: undefined, prepared: { fetched: true } })).toBeUndefined();
    expect(preparedIn(undefined)).toBeUndefined();
  });

  test.each([
    ["project", { ...NOTED, project: 7 }],
    ["images.web", { ...NOTED, images: { web: null } }],
    ["changing", { ...NOTED, changing: "web" }],
  ])("is refused by name where its line was edited: %s", (field, compose) => {
    expect(() => preparedIn({ from: undefined, prepared: { compose } })).toThrow(
      `What the prepare step noted in the journal of the compose project cannot be read: \`${field}\` is missing or wrong.`,
    );
  });
});
