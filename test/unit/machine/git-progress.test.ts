import { expect, test } from "vitest";
import { gitProgress, withoutProgress } from "../../../src/machine/git/progress.ts";

test.each([
  ["Receiving objects:  45% (450/1000), 12.30 MiB | 2.10 MiB/s", "receiving objects: 450 of 1,000, 12.9 MB, 2.2 MB/s"],
  ["Unpacking objects: 100% (3/3), 260 bytes | 260.00 KiB/s, done.", "unpacking objects: 3 of 3, 260 B, 266.2 kB/s"],
  ["remote: Counting objects:  12% (1/8)        ", "counting objects: 1 of 8"],
  ["remote: Enumerating objects: 1234, done.", "enumerating objects: 1,234"],
  ["remote: Compressing objects: 100% (5/5), done.", "compressing objects: 5 of 5"],
  ["Resolving deltas:   0% (0/1200)", "resolving deltas: 0 of 1,200"],
  ["From /srv/shop.git", undefined],
  ["remote: Total 3 (delta 0), reused 0 (delta 0), pack-reused 0", undefined],
  ["fatal: early EOF", undefined],
])("of git's line %j it is told how far it is: %s", (line, told) => {
  expect(gitProgress({ now: () => new Date(0) })(line)).toBe(told);
});

test("the time left is told by the phase's own pace, once it has one", () => {
  let at = 0;
  const progress = gitProgress({ now: () => new Date(at) });
  expect(progress("Counting objects:  1% (1/100)")).toBe("counting objects: 1 of 100");
  at = 60_000;
  expect(progress("Receiving objects:  1% (1/100)")).toBe("receiving objects: 1 of 100");
  at = 70_000;
  expect(progress("Receiving objects:  25% (25/100), 1.00 MiB | 102.00 KiB/s")).toBe(
    "receiving objects: 25 of 100, 1.0 MB, 104.4 kB/s, about 30.0 s left",
  );
  expect(progress("Receiving objects: 100% (100/100), 4.00 MiB | 102.00 KiB/s, done.")).toBe(
    "receiving objects: 100 of 100, 4.2 MB, 104.4 kB/s",
  );
});

test("what failed is told without how far it was", () => {
  const said =
    "remote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\nReceiving objects:  12% (1/8)\rfatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n";
  expect(withoutProgress(said)).toBe("fatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n");
});
