import { expect, test } from "vitest";
import { Masker } from "../../../src/faces/masker.ts";
import type { Later } from "../../../src/faces/silence.ts";
import { Story, type Voice } from "../../../src/faces/story.ts";
import { workflowVoice } from "../../../src/faces/workflow/voice.ts";
import type { Workflow } from "../../../src/faces/workflow/commands.ts";
import { Secret } from "../../../src/core/secret.ts";

/** Time that passes when it is told to. */
class Time {
  now = 0;
  #due: { readonly at: number; readonly what: () => void }[] = [];

  readonly later: Later = (ms, what) => {
    const one = { at: this.now + ms, what };
    this.#due.push(one);
    return () => void (this.#due = this.#due.filter((other) => other !== one));
  };

  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const next = this.#due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((one) => one !== next);
      this.now = next.at;
      next.what();
    }
    this.now = until;
  }

  get waiting(): number {
    return this.#due.length;
  }
}

function told(voiceInto?: (lines: string[]) => Voice) {
  const time = new Time();
  const lines: string[] = [];
  const voice: Voice = voiceInto?.(lines) ?? {
    open: () => undefined,
    close: () => undefined,
    line: (text) => void lines.push(text),
    headline: () => undefined,
    detail: () => undefined,
    notice: () => undefined,
    warning: () => undefined,
    hide: () => undefined,
  };
  const story = new Story({ voice, masker: new Masker(), clock: { now: () => new Date(time.now) }, later: time.later });
  return { time, lines, story };
}

test("a long step that says nothing is heard of every 10 s", async () => {
  const { time, lines, story } = told();
  await story.step("Building", async () => time.pass(65_000));
  expect(lines).toEqual(
    ["10.0 s", "20.0 s", "30.0 s", "40.0 s", "50.0 s", "1 min 0 s"].map((taken) => `still at it after ${taken}: Building`),
  );
});

test("a workflow's log is never silent for more than 10 s, whatever moves at a terminal", async () => {
  const { time, lines, story } = told((all) => {
    const into = (text: string): void => void all.push(text);
    const none = (): void => undefined;
    return workflowVoice({ group: into, line: into, debug: none, endGroup: none, mask: none } as unknown as Workflow);
  });
  await story.step("Preparing", async () => {
    for (let second = 1; second <= 25; second += 1) {
      story.progress(`receiving objects: ${second} of 100`);
      time.pass(1000);
    }
  });
  expect(lines).toEqual([
    "Preparing",
    "still at it after 10.0 s: receiving objects: 10 of 100",
    "still at it after 20.0 s: receiving objects: 20 of 100",
    "✓ Preparing (25.0 s)",
  ]);
});

test("what it was last at stands beside, without secrets", async () => {
  const { time, lines, story } = told();
  story.mask(new Secret("hunter2hunter2"));
  await story.step("Building", async () => {
    story.detail("build: #7 npm ci --token hunter2hunter2");
    time.pass(15_000);
  });
  expect(lines).toEqual(["still at it after 10.0 s: build: #7 npm ci --token ***"]);
});

test("what speaks by itself is not interrupted", async () => {
  const { time, lines, story } = told();
  await story.step("Waiting", async () => {
    for (const line of ["one", "two", "three"]) {
      time.pass(9_000);
      story.say(line);
    }
  });
  expect(lines).toEqual(["one", "two", "three"]);
});

test("however often it says how far it is, there is one such line every 10 s at most", async () => {
  const { time, lines, story } = told();
  const at: number[] = [];
  await story.step("Dumping", async () => {
    for (let second = 1; second <= 120; second += 1) {
      story.progress(`dumped ${second} MB`);
      if (second % 7 === 0) story.detail("one of many");
      const before = lines.length;
      time.pass(1000);
      if (lines.length > before) at.push(time.now);
      expect(lines.length - before).toBeLessThanOrEqual(1);
    }
  });
  expect(at).toEqual(Array.from({ length: 12 }, (_, index) => (index + 1) * 10_000));
  expect(lines[1]).toBe("still at it after 20.0 s: dumped 20 MB");
});

test("what is done before a step and between two is heard of as well, until the story is over", async () => {
  const { time, lines, story } = told();
  time.pass(11_000);
  story.say("Connecting to the host.");
  time.pass(11_000);
  await story.step("Building", async () => time.pass(9_000));
  time.pass(11_000);
  expect(lines).toEqual([
    "still at it after 10.0 s",
    "Connecting to the host.",
    "still at it after 10.0 s: Connecting to the host.",
    "still at it after 10.0 s",
  ]);
  story[Symbol.dispose]();
  time.pass(60_000);
  expect(lines).toHaveLength(4);
  expect(time.waiting).toBe(0);
});
