import { expect, test } from "vitest";
import { Cancelled } from "../../../src/core/failure.ts";
import type { Report } from "../../../src/core/report.ts";
import type { Attempt, Check, CheckResult, HealthVerdict } from "../../../src/health/verdict.ts";
import { waitUntilHealthy } from "../../../src/health/wait.ts";
import { VirtualClock } from "./virtual-clock.ts";

const PASSED: CheckResult = { passed: true, detail: "fine" };
const failing = (reason: string, more: object = {}): CheckResult => ({ passed: false, reason, evidence: [`seen: ${reason}`], ...more });

interface Setup {
  readonly clock: VirtualClock;
  readonly said: string[];
  readonly details: string[];
  readonly started: number[];
  readonly stop: AbortController;
  readonly wait: (
    checks: readonly Check[],
    settings?: Partial<{ timeout: number; interval: number; successes: number }>,
  ) => Promise<HealthVerdict>;
  readonly check: (script: (elapsedMs: number, attempt: Attempt) => CheckResult | Promise<CheckResult>, order?: Check["order"]) => Check;
}

function setup(): Setup {
  const clock = new VirtualClock();
  const said: string[] = [];
  const details: string[] = [];
  const started: number[] = [];
  const stop = new AbortController();
  const quiet = () => undefined;
  const report: Report = {
    step: async (_title, body) => await body(),
    say: (text) => said.push(text),
    detail: (text) => details.push(text),
    notice: quiet,
    warning: quiet,
    mask: quiet,
  };
  return {
    clock,
    said,
    details,
    started,
    stop,
    wait: async (checks, settings = {}) =>
      await waitUntilHealthy({
        checks,
        settings: { timeout: 120_000, interval: 250, successes: 3, "max-latency": undefined, ...settings },
        clock,
        report,
        signal: stop.signal,
      }),
    check: (script, order = "together") => ({
      label: "check",
      order,
      run: async (attempt) => {
        started.push(clock.now().getTime());
        return await script(clock.now().getTime(), attempt);
      },
    }),
  };
}

/** A check that never answers, until it is given up. */
async function hang({ signal, limitMs }: Attempt): Promise<CheckResult> {
  await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve())));
  return failing(`no answer within ${limitMs} ms`, { gaveUp: true, topic: "no answer" });
}

test("an app that is up is healthy after three passes", async () => {
  const { wait, check, said } = setup();
  expect(await wait([check(() => PASSED)])).toEqual({ state: "healthy", attempts: 3, elapsedMs: 500, readyAfterMs: 0, details: ["fine"] });
  expect(said).toEqual([]);
});

test.each([0, 1, 99, 100, 101, 1234, 5000, 28_999, 60_001])(
  "an app that is ready after %i ms is seen healthy within a second",
  async (readyAt) => {
    const { wait, check } = setup();
    const verdict = await wait([check((elapsed) => (elapsed >= readyAt ? PASSED : failing("connection refused")))]);
    expect(verdict.state).toBe("healthy");
    expect(verdict.elapsedMs - readyAt).toBeLessThan(1000);
    expect(verdict.state === "healthy" && verdict.readyAfterMs - readyAt).toBeLessThanOrEqual(250);
  },
);

test("a slow start is one quiet line for each thing that is waited for", async () => {
  const { wait, check, said } = setup();
  await wait([
    check((elapsed) => (elapsed < 3000 ? failing("connection refused (localhost:3000)") : elapsed < 6000 ? failing("HTTP 503") : PASSED)),
  ]);
  expect(said).toEqual(["waiting: connection refused (localhost:3000)", "waiting: HTTP 503"]);
});

test("the debug log tells changes, and how often nothing changed: a hundred attempts are no hundred lines", async () => {
  const { wait, check, details } = setup();
  const at = (elapsed: number) => (elapsed < 20_000 ? failing(`HTTP 503 after ${elapsed} ms`, { topic: "HTTP 503" }) : PASSED);
  await wait([check(at)], { timeout: 60_000, interval: 250, successes: 20 });
  expect(details).toEqual([
    expect.stringMatching(/^HTTP 503 after/),
    // It may be what a long silence shows: so it says at what.
    expect.stringMatching(/^HTTP 503 after \d+ ms \(the same × \d+ more\)$/),
    "passed: fine",
    "passed: fine (the same × 19 more)",
  ]);
});

test("a reason that holds a measurement is said once", async () => {
  const { wait, check, said } = setup();
  await wait([check((elapsed) => (elapsed < 3000 ? failing(`answered in ${elapsed} ms`, { topic: "slow" }) : PASSED))]);
  expect(said).toHaveLength(1);
});

test("an app that flickers for minutes does not fill the log", async () => {
  const { wait, check, said } = setup();
  let asked = 0;
  const verdict = await wait([check(() => ((asked += 1) % 2 === 0 ? failing("HTTP 502") : failing("HTTP 503")))]);
  expect(verdict.state).toBe("failing");
  expect(said.length).toBeLessThanOrEqual(6);
});

test("healthy, and dead within the passes, is not healthy", async () => {
  const { wait, check, said } = setup();
  const verdict = await wait([check((elapsed) => (elapsed < 500 ? PASSED : failing("connection refused")))], { timeout: 5000 });
  expect(verdict).toMatchObject({ state: "failing", reason: "connection refused" });
  expect(said).toEqual(["passed 2 times, and then: connection refused"]);
  expect(verdict.state === "failing" && verdict.evidence).toEqual([
    "seen: connection refused",
    "what came before:",
    "  0 ms: passed",
    "  500 ms: connection refused",
  ]);
});

test("what is only under way hides nothing that another check saw", async () => {
  const { wait, check } = setup();
  const starting = check(() => failing("web: running, starting", { underWay: true }));
  const page = check(() => failing("HTTP 500 from http://127.0.0.1/health"));
  const verdict = await wait([starting, page], { timeout: 3000 });
  expect(verdict).toMatchObject({ state: "failing", reason: "HTTP 500 from http://127.0.0.1/health" });
  expect(verdict.state === "failing" && verdict.evidence.join("\n")).toContain("web: running, starting");
  const up = check(() => PASSED);
  expect(await wait([starting, up], { timeout: 3000 })).toMatchObject({ reason: "web: running, starting" });
});

test("passes must come in a row", async () => {
  const { wait, check } = setup();
  let asked = 0;
  const verdict = await wait([check(() => ((asked += 1) % 3 === 0 ? failing("HTTP 500") : PASSED))], { timeout: 10_000 });
  expect(verdict.state).toBe("failing");
});

test("all checks must pass in the same round", async () => {
  const { wait, check } = setup();
  let turn = 0;
  const first = check(() => ((turn += 1) % 2 === 0 ? PASSED : failing("first")));
  const second = check(() => (turn % 2 === 0 ? failing("second") : PASSED));
  expect((await wait([first, second], { timeout: 5000 })).state).toBe("failing");
});

test("the timeout is hard: a check that hangs ends with it", async () => {
  const { wait, check, clock } = setup();
  const verdict = await wait([check(async (_, attempt) => await hang(attempt))], { timeout: 3000 });
  expect(verdict).toMatchObject({ state: "failing", reason: "no answer within 3000 ms", attempts: 1, elapsedMs: 3000 });
  expect(clock.now().getTime()).toBe(3000);
});

test("a check that does not even end when it is told to is left behind", async () => {
  const { wait, check } = setup();
  const deaf = async () => await new Promise<CheckResult>(() => undefined);
  expect(await wait([check(deaf)], { timeout: 3000 })).toMatchObject({
    state: "failing",
    reason: "check: no answer within 3.0 s",
    elapsedMs: 4000,
  });
  const recovering = setup();
  let asked = 0;
  const verdict = await recovering.wait([recovering.check(async () => ((asked += 1) === 1 ? await deaf() : PASSED))]);
  expect(verdict.state).toBe("healthy");
});

test("one lost request does not cost the deploy: it is given up and asked again", async () => {
  const { wait, check, started } = setup();
  let asked = 0;
  const verdict = await wait([check(async (_, attempt) => ((asked += 1) === 1 ? await hang(attempt) : PASSED))]);
  expect(verdict).toMatchObject({ state: "healthy", readyAfterMs: 10_100 });
  expect(started.slice(0, 2)).toEqual([0, 10_100]);
});

test("an app that takes 15 s for each answer is healthy in the end", async () => {
  const { wait, check, clock } = setup();
  const slow = async ({ signal, limitMs }: Attempt) =>
    await clock.sleep(15_000, signal).then(
      () => PASSED,
      () => failing(`no answer within ${limitMs} ms`, { gaveUp: true }),
    );
  expect((await wait([check(async (_, attempt) => await slow(attempt))], { successes: 1 })).state).toBe("healthy");
});

test("an attempt that the deadline cuts short does not hide what was seen before", async () => {
  const { wait, check } = setup();
  const verdict = await wait([check(async (elapsed, attempt) => (elapsed < 900 ? failing("HTTP 503") : await hang(attempt)))], {
    timeout: 1100,
  });
  expect(verdict).toMatchObject({ state: "failing", reason: "HTTP 503" });
});

test("passing when the time is up, but not often enough, says so", async () => {
  const { wait, check } = setup();
  const verdict = await wait([check((elapsed) => (elapsed < 4800 ? failing("HTTP 503") : PASSED))], { timeout: 5000 });
  expect(verdict).toMatchObject({ state: "failing", reason: "passed 1 of 3 times in a row when the 5.0 s were over" });
  expect(verdict.state === "failing" && verdict.hint).toContain("timeout");
});

test("what can never come true is not waited for", async () => {
  const { wait, check } = setup();
  expect(await wait([check(() => failing("syntax error", { hopeless: true }))])).toMatchObject({
    state: "failing",
    attempts: 1,
    elapsedMs: 0,
  });
});

test("a late check is not asked while another fails", async () => {
  const { wait, check } = setup();
  let late = 0;
  const checks = [
    check((elapsed) => (elapsed < 1000 ? failing("HTTP 503") : PASSED)),
    check((elapsed) => ((late += 1), elapsed < 1000 ? failing("asked too early") : PASSED), "late"),
  ];
  expect(await wait(checks)).toMatchObject({ state: "healthy", details: ["fine", "fine"] });
  expect(late).toBe(3);
  const unhealthy = await wait([check(() => failing("HTTP 503")), check(() => PASSED, "late")], { timeout: 2000 });
  expect(unhealthy.state === "failing" && unhealthy.evidence).toEqual(["seen: HTTP 503"]);
});

test("cancelled while waiting, it stops at once", async () => {
  const { wait, check, stop, started } = setup();
  const waiting = wait([check((elapsed) => (elapsed >= 700 ? (stop.abort(), failing("x")) : failing("x")))]);
  await expect(waiting).rejects.toBeInstanceOf(Cancelled);
  expect(Math.max(...started)).toBeLessThan(1000);
});

test("cancelled while a check hangs, it stops at once", async () => {
  const { wait, check, stop, clock } = setup();
  const waiting = wait([check(async (_, attempt) => (queueMicrotask(() => stop.abort()), await hang(attempt)))]);
  await expect(waiting).rejects.toBeInstanceOf(Cancelled);
  expect(clock.now().getTime()).toBe(0);
});
