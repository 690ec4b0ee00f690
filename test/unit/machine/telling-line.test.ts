import { expect, test } from "vitest";
import { because, tellingLine } from "../../../src/machine/container/story.ts";

test.each([
  [
    "of compose's output the error",
    [" Container srv-web-1  Starting", "Error response from daemon: listen tcp4 127.0.0.1:3200: bind: address already in use"],
    "Error response from daemon: listen tcp4 127.0.0.1:3200: bind: address already in use",
  ],
  [
    "of a program's end what it died of",
    ["| Error: STRIPE_KEY is not set", "|     at Object.<anonymous> (/app/server.js:3:9)", "| Node.js v24.1.0"],
    "Error: STRIPE_KEY is not set",
  ],
  [
    "of a long one how it begins and how it ends, where the cause stands",
    [`Error response from daemon: driver failed on ${"endpoint ".repeat(40)}: listen tcp4 0.0.0.0:3000: bind: address already in use`],
    `Error response from daemon: driver failed on ${"endpoint ".repeat(40)}`.slice(0, 100).trimEnd() +
      " … ndpoint endpoint endpoint endpoint endpoint : listen tcp4 0.0.0.0:3000: bind: address already in use",
  ],
  ["else the last", ["| one", "| two"], "two"],
  ["and where nothing was said, nothing", ["| (it said nothing)"], undefined],
])("the line that tells why: %s", (_, lines, line) => {
  expect(tellingLine(lines)).toBe(line);
  expect(because(lines)).toBe(line === undefined ? "." : `: ${line}`);
});
