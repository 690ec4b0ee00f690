import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import { describeStops, noteStops, readStops } from "../../../src/rollout/compose/stops.ts";
import { downtimeLines, readStopped, Standstill } from "../../../src/rollout/standstill.ts";

/** A clock that a test turns on. */
function clock(): { now: () => Date; ms: number } {
  const it = { ms: 1_000_000, now: () => new Date(it.ms) };
  return it;
}

test("an engine that does not tell its events in time keeps nobody from going on", async () => {
  const still = new Standstill(clock());
  const machine = { run: async () => await Promise.reject(new Failure("it took too long", { code: "timeout" })) };
  const project = { machine: machine as unknown as Machine, directory: "/srv/shop", command: ["docker", "compose"], files: [] };
  await noteStops(still, { project, name: "shop", withinMs: 100 });
  expect(still.stopped).toBeUndefined();
});

test("it lasts from the first stop to the first healthy answer, and what nobody noted is the start", async () => {
  const time = clock();
  const still = new Standstill(time);
  still.add("before anything stopped", 100);
  await still.timed("also before", async () => void (time.ms += 50));
  still.begin();
  await still.timed("stop-command", async () => void (time.ms += 300));
  still.begin();
  await still.timed(
    (ms) => `swapping, ${ms}`,
    async () => {
      time.ms += 20;
      return 18;
    },
  );
  await still.timed("over at once", async () => void (time.ms += 1));
  expect(still.downtime).toBeUndefined();
  time.ms += 6200;
  still.answered(200);
  expect(still.downtime).toEqual({
    ms: 6321,
    parts: [
      { what: "stop-command", ms: 300 },
      { what: "swapping, 18", ms: 20 },
      { what: "start until the first healthy answer", ms: 6001 },
    ],
  });
  expect(downtimeLines(still.downtime ?? { ms: 0, parts: [] })).toEqual([
    "stop-command: 300 ms",
    "swapping, 18: 20 ms",
    "start until the first healthy answer: 6.0 s",
  ]);
  // Later answers change nothing; a later stop begins anew.
  time.ms += 1000;
  still.answered(0);
  expect(still.downtime?.ms).toBe(6321);
  still.begin();
  time.ms += 70;
  still.answered(0);
  expect(still.downtime).toEqual({ ms: 70, parts: [{ what: "start until the first healthy answer", ms: 70 }] });
});

test("the wait for a version that was never healthy is named as its own, also where another step stops it; no number has a fraction", () => {
  const time = clock();
  const first = new Standstill(time);
  first.begin(10.25);
  first.started("bbbbbbb");
  const second = new Standstill(time, readStopped(JSON.parse(JSON.stringify(first.stopped))));
  time.ms += 30_000;
  second.begin();
  second.add("stop-command of bbbbbbb", 100.7);
  time.ms += 200;
  second.started("aaaaaaa");
  time.ms += 400;
  second.answered(0.3);
  expect(second.downtime).toEqual({
    ms: 30_610,
    parts: [
      { what: "bbbbbbb was on, and not healthy", ms: 30_010 },
      { what: "stop-command of bbbbbbb", ms: 101 },
      { what: "start of aaaaaaa until its first healthy answer", ms: 499 },
    ],
  });
});

test("that nobody saw it answer before it was stopped is told beside the time, and not counted", () => {
  const time = clock();
  const before = { since: new Date(time.ms - 200_000).toISOString(), what: "no healthy answer before" };
  const well = new Standstill(time, undefined, before);
  well.answered(0);
  expect(well.downtime).toBeUndefined();
  const still = new Standstill(time, undefined, before);
  still.begin();
  time.ms += 500;
  still.answered(0);
  expect(still.downtime).toMatchObject({ ms: 500, parts: [{ ms: 500 }], before: { what: "no healthy answer before", ms: 200_000 } });
});

test("nothing that was stopped was away for no time, and it is not said", () => {
  const still = new Standstill(clock());
  still.answered(0);
  expect(still.downtime).toBeUndefined();
  expect(still.stopped).toBeUndefined();
});

test("where nothing ran or answered before, what is started was away for no time; from its first answer on it counts", () => {
  const time = clock();
  const still = new Standstill(time);
  still.nothingAnswered();
  still.begin();
  time.ms += 1400;
  still.answered(0);
  expect([still.downtime, still.stopped]).toEqual([undefined, undefined]);
  still.begin();
  time.ms += 300;
  still.answered(0);
  expect(still.downtime?.ms).toBe(300);
  // What was stopped while it answered is counted, whatever is found then.
  const stopped = new Standstill(time);
  stopped.begin();
  stopped.nothingAnswered();
  time.ms += 200;
  stopped.begin();
  stopped.answered(0);
  expect(stopped.downtime?.ms).toBe(200);
});

test("another step goes on where one stopped the app; what the journal holds is read as far as it is that", () => {
  const time = clock();
  const first = new Standstill(time);
  first.begin(500);
  first.add("stopping web", 400);
  const kept = readStopped(JSON.parse(JSON.stringify(first.stopped)));
  time.ms += 1000;
  const second = new Standstill(time, kept);
  second.answered(0);
  expect(second.downtime).toMatchObject({ ms: 1500, parts: [{ what: "stopping web", ms: 400 }, { ms: 1100 }] });
  for (const odd of [undefined, null, 7, {}, { since: "x", parts: [] }, { since: "2026-11-20T00:00:00Z", parts: 1 }])
    expect(readStopped(odd)).toBeUndefined();
  expect(readStopped({ since: "2026-11-20T00:00:00Z", parts: [null, { what: 1, ms: 1 }, { what: "a", ms: 1 }] })?.parts).toEqual([
    { what: "a", ms: 1 },
  ]);
});

/** An event as the engine prints it, so many milliseconds after the first. */
const event = (Action: string, id: string, ms: number, more: Record<string, string> = {}): string =>
  JSON.stringify({ Action, Actor: { ID: id, Attributes: { "com.docker.compose.service": id, ...more } }, timeNano: 1e9 + ms * 1e6 });

test.each([
  { name: "nothing", lines: [], told: undefined },
  {
    name: "one that ended when it was told to",
    lines: [event("kill", "web", 0, { signal: "15" }), event("die", "web", 200, { exitCode: "0" })],
    told: { what: "stopping web", ms: 200 },
  },
  {
    name: "one that did not, beside one that did",
    lines: [
      event("kill", "web", 0, { signal: "15" }),
      event("kill", "worker", 10, { signal: "15" }),
      event("die", "worker", 100),
      "sudo: a notice",
      event("kill", "web", 10_000, { signal: "9" }),
      event("die", "web", 10_100, { exitCode: "137" }),
    ],
    told: { what: "web did not end on SIGTERM within 10 s and was killed", ms: 10_100 },
  },
  {
    name: "a stop signal of its own",
    lines: [event("kill", "web", 0, { signal: "34" }), event("kill", "web", 3000, { signal: "9" }), event("die", "web", 3000)],
    told: { what: "web did not end on signal 34 within 3 s and was killed", ms: 3000 },
  },
  {
    name: "a crash, and one that runs on after a signal",
    lines: [event("die", "web", 0), event("kill", "job", 1, { signal: "1" })],
    told: undefined,
  },
])("the engine tells of $name", ({ lines, told }) => {
  const said = describeStops(readStops(lines));
  expect(said && { what: said.what, ms: (said.to - said.from) / 1e6 }).toEqual(told);
});
