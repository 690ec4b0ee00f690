import { expect, test } from "vitest";
import { Settings } from "../../../src/core/settings.ts";
import { refuseMisfits, rolloutSection } from "../../../src/rollout/inputs.ts";

const given = (raw: Record<string, string>) => new Settings([{ source: "with:", raw: { rollout: raw } }], "rollout");
const read = (raw: Record<string, string>) => given(raw).section(rolloutSection);

test("nothing given: commands, fetched, every phase that is still to do", () => {
  expect(read({})).toEqual({
    phase: undefined,
    strategy: undefined,
    command: undefined,
    services: undefined,
    "stop-command": undefined,
    "start-command": undefined,
    transport: "fetch",
    "allow-ahead": false,
  });
  expect(() => refuseMisfits(read({}))).not.toThrow();
});

test("wrong words are named with the right ones", () => {
  expect(
    given({ phase: "go", strategy: "kubernetes", "allow-ahead": "yes" })
      .problems({ rollout: rolloutSection })
      .map(({ input, form }) => [input, form]),
  ).toEqual([
    ["phase", "one of prepare, switch"],
    ["strategy", "one of compose, command"],
    ["allow-ahead", "true or false"],
  ]);
});

test("services without compose are refused before anything is touched", () => {
  expect(() => refuseMisfits(read({ services: "app\nworker" }))).not.toThrow();
  expect(() => refuseMisfits(read({ services: "app\nworker", strategy: "command" }))).toThrow(
    expect.objectContaining({ exit: 2, hint: expect.stringMatching(/\S/) }) as Error,
  );
});
