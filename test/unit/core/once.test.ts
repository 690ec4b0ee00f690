import { describe, expect, test } from "vitest";
import { notInMessage, seenSince } from "../../../src/core/once.ts";

describe("what the message says is not printed again as what was seen", () => {
  test.each([
    ["The app is not healthy: connection refused (127.0.0.1:40).", ["GET http://x, from here", "connection refused (127.0.0.1:40)"], [0]],
    ["The app is not healthy: connection refused (127.0.0.1:40).", ["connection refused (127.0.0.1:40)."], []],
    // Too short to be told from a word of the sentence.
    ["The app is not healthy: none.", ["none"], [0]],
    // A log stays whole.
    ["It failed: no such file or directory.", ["one\nno such file or directory"], [0]],
    // The container that the quoted lines are of stays above them.
    ["Not healthy: web (shop-web-1): running.", ["body:", "| broken", "web (shop-web-1): running", "| (it said nothing)"], [0, 1, 2, 3]],
    ["It failed.", ["", "no such file or directory"], [0, 1]],
  ])("%s %j", (message, evidence, kept) => {
    expect(notInMessage(message, evidence)).toEqual(kept.map((at) => evidence[at]));
  });
});

test("a second failure's lines that stand above already are counted, not printed", () => {
  const first = ["GET http://x: passed in 3 ms", "command on this machine: test\noutput: none", "port 1 is held by 2"];
  expect(seenSince(first, first)).toEqual(["(4 lines as above)"]);
  expect(
    seenSince(first, ["GET http://x: passed in 2 ms", "command on this machine: test", "output: none", "port 1 is held by 3"]),
  ).toEqual(["GET http://x: passed in 2 ms", "(2 lines as above)", "port 1 is held by 3"]);
  expect(seenSince(first, ["", "port 1 is held by 2"])).toEqual(["", "(one line as above)"]);
  expect(seenSince([], ["one", "two"])).toEqual(["one", "two"]);
  expect(seenSince(["", "one"], ["", "two"])).toEqual(["", "two"]);
});
