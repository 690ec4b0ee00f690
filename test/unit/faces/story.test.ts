import { expect, test } from "vitest";
import { Masker } from "../../../src/faces/masker.ts";
import { Story, type Voice } from "../../../src/faces/story.ts";

test("the cause of a failure is told where it happened, and not by each step around it", async () => {
  const told: string[] = [];
  using story = new Story({ voice: voiceInto(told), masker: new Masker(), clock: { now: () => new Date(0) } });
  const fails = async (title: string) => await story.step(title, async () => await Promise.reject(new Error("no room.\nat all")));
  await expect(story.step("Outer", async () => await story.step("Middle", async () => await fails("Inner")))).rejects.toThrow("no room");
  expect(told).toEqual(["Inner: no room. (0 ms)", "Middle: failed (0 ms)", "Outer: failed (0 ms)"]);
  // Another step that fails with the same has its own cause.
  told.length = 0;
  await expect(fails("Next")).rejects.toThrow("no room");
  expect(told).toEqual(["Next: no room. (0 ms)"]);
  // So has one that makes something else of it.
  told.length = 0;
  const other = async () => await fails("Inner").catch(() => Promise.reject(new Error("not back")));
  await expect(story.step("Outer", other)).rejects.toThrow("not back");
  expect(told.at(-1)).toBe("Outer: not back (0 ms)");
});

function voiceInto(told: string[]): Voice {
  const nothing = () => undefined;
  const headline: Voice["headline"] = (text) => void told.push(text);
  return { open: nothing, close: nothing, line: nothing, headline, detail: nothing, notice: nothing, warning: nothing, hide: nothing };
}
