import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { FINISH } from "../../../src/machine/process/group.ts";

/** What is asked of a group of which something always lives, on a machine where to look takes so long. */
function asked({ looking, clock }: { readonly looking: number; readonly clock: string }): readonly string[] {
  const script = `${FINISH}
now=0 looks=0
lives() { looks=$((looks + 1)); now=$((now + ${looking})); }
sleep() { now=$((now + 10)); }
send() { echo "$1 after $looks looks, at $now"; }
${clock}
finish 1 || echo "given up after $looks looks, at $now"`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim().split("\n");
}

const KNOWN = "clock() { savepoint_clock=$now; }";
const UNKNOWN = "clock() { savepoint_clock=0; }";

test("what does not end is killed after five seconds, and given up after five more", () => {
  expect(asked({ looking: 0, clock: KNOWN })).toEqual([
    "TERM after 1 looks, at 0",
    "KILL after 52 looks, at 500",
    "given up after 103 looks, at 1000",
  ]);
});

test("where it takes long to look, as on a busy machine, they are five seconds all the same: who cancels a job gives it seven and a half", () => {
  expect(asked({ looking: 40, clock: KNOWN })).toEqual([
    "TERM after 1 looks, at 40",
    "KILL after 12 looks, at 580",
    "given up after 23 looks, at 1120",
  ]);
});

test("where the machine does not tell the time, the turns are counted", () => {
  expect(asked({ looking: 0, clock: UNKNOWN })).toHaveLength(3);
  expect(asked({ looking: 0, clock: UNKNOWN })[1]).toContain("after 52 looks");
});

test("the time is read from the machine, in hundredths of a second", () => {
  const clock = `${FINISH}\nclock; echo "$savepoint_clock $(cat /proc/uptime)"`;
  const [told, uptime] = execFileSync("sh", ["-c", clock], { encoding: "utf8" }).split(" ").map(Number);
  // Written with two digits; read one moment later.
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThanOrEqual(Math.round((uptime ?? 0) * 100));
});
