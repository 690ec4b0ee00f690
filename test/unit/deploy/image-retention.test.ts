import { expect, test } from "vitest";
import { versionsWithImages } from "../../../src/deploy/steps/image-retention.ts";
import type { Ledger } from "../../../src/journal/ledger.ts";

const ledger = (
  deploys: readonly { commit: string; from?: string }[],
  stable: readonly string[],
  open?: { commit: string; from?: string },
) => ({ deploys, stable: stable.map((commit) => ({ commit })), open }) as unknown as Ledger;

test("the newest five versions keep their images, and so do the stable ones, however old", () => {
  const deploys = Array.from({ length: 9 }, (_, at) => ({ commit: `c${at + 1}`, from: `c${at}` }));
  expect([...versionsWithImages(ledger(deploys, ["c0", "c1"]))].toSorted()).toEqual(["c0", "c1", "c5", "c6", "c7", "c8", "c9"]);
});

test("what an open deploy may go back to keeps its images", () => {
  const deploys = Array.from({ length: 9 }, (_, at) => ({ commit: `c${at + 1}` }));
  expect(versionsWithImages(ledger(deploys, [], { commit: "c9", from: "c0" })).has("c0")).toBe(true);
});
