import { describe, expect, test } from "vitest";
import { admit, type AdmissionRequest } from "../../../src/deploy/lock/admission.ts";
import { newerThan } from "../../../src/deploy/lock/older-run.ts";
import type { Owner } from "../../../src/deploy/call/owner.ts";
import { refusal } from "../../../src/core/failure.ts";
import { A, B, NOON, Tale } from "./records.ts";

const link = (run: string, attempt: string, repository = "example/shop", server = "https://github.com") =>
  `${server}/${repository}/actions/runs/${run}/attempts/${attempt}`;
const workflow = (run: string, attempt = "1", repository?: string, server?: string): Owner => ({
  id: `${run}.${attempt}`,
  terminal: false,
  run: link(run, attempt, repository, server),
  actor: undefined,
});
const person: Owner = { id: "ada@desk", terminal: true, run: undefined, actor: undefined };

const byRun = (run: string, attempt: string) =>
  new Tale().confirmed("d1", A, { owner: `${run}.${attempt}`, run: link(run, attempt) }).ledger;
const byHand = new Tale().confirmed("d1", A, { owner: "ada@desk" }).ledger;
const before = new Date(NOON - 60_000);
const after = new Date(NOON + 60_000);

describe("whether a run is older than the newest confirmed deploy", () => {
  test.each([
    ["a job of last week, run again", byRun("200", "1"), workflow("100", "2"), undefined, true],
    ["numbers, not texts", byRun("1000", "1"), workflow("999"), undefined, true],
    ["numbers, not texts, the other way round", byRun("999", "1"), workflow("1000"), undefined, false],
    ["a newer run", byRun("100", "1"), workflow("200"), undefined, false],
    [
      "a newer run whose time says otherwise: the clock that opened the deploy may run ahead",
      byRun("100", "1"),
      workflow("200"),
      before,
      false,
    ],
    ["a later attempt of the same run", byRun("100", "1"), workflow("100", "2"), undefined, false],
    ["another repository's run, whose time is not known", byRun("200", "1"), workflow("100", "1", "example/other"), undefined, false],
    [
      "another server's run, whose time is not known",
      byRun("200", "1"),
      workflow("100", "1", "example/shop", "https://git.example"),
      undefined,
      false,
    ],
    ["another repository's run, made before", byRun("100", "1"), workflow("200", "1", "example/other"), before, true],
    ["a person deployed since the run was made", byHand, workflow("100"), before, true],
    ["a person deployed before the run was made", byHand, workflow("100"), after, false],
    ["a person deployed, and the run's time is not known", byHand, workflow("100"), undefined, false],
    ["at a terminal no age is known", byRun("200", "1"), person, undefined, false],
    ["nothing was confirmed", new Tale().opened("d1", A).ledger, workflow("100"), undefined, false],
  ] as const)("%s", (_, ledger, me, created, older) => {
    expect(newerThan(ledger, me, created)?.id).toBe(older ? "d1" : undefined);
  });

  test("what was taken back is not confirmed, and counts for nothing", () => {
    const ledger = new Tale()
      .confirmed("d1", A, { owner: "100.1", run: link("100", "1") })
      .opened("d2", B, { owner: "300.1", run: link("300", "1") })
      .rolledBack("d2", A).ledger;
    expect(newerThan(ledger, workflow("200"), undefined)).toBeUndefined();
  });
});

describe("a run that is too old", () => {
  const request = (ledger: AdmissionRequest["ledger"], more: Partial<AdmissionRequest>): AdmissionRequest => ({
    title: "shop/production",
    ledger,
    lock: { state: "free" },
    me: workflow("100"),
    commit: B,
    wants: "open",
    leaseMs: 1_800_000,
    now: after,
    ownerCompleted: undefined,
    unfit: refusal("too old", { code: "older-run" }),
    beaterDead: false,
    ...more,
  });
  const refused = { do: "refuse", failure: { code: "older-run" } };

  test("opens no deploy", () => expect(admit(request(byRun("200", "1"), {}))).toMatchObject(refused));
  test("does not wait for another one's end either", () => {
    const busy = new Tale().confirmed("d1", A).opened("d2", B, { owner: "300.1" }).ledger;
    const holder = { id: "0", fence: 1, owner: "300.1", since: after.toISOString() };
    const lock = { state: "held", holder, beat: undefined, silentMs: 1000 } as const;
    expect(admit(request(busy, { lock }))).toMatchObject(refused);
    expect(admit(request(busy, { lock, unfit: undefined })).do).toBe("wait");
  });
  test("goes on in the deploy that it has open", () => {
    const mine = new Tale().confirmed("d1", A).opened("d2", B, { owner: "100.1" }).ledger;
    expect(admit(request(mine, {})).do).toBe("continue");
  });
  test.each(["join", "mark", "end"] as const)("may do what opens nothing: %s", (wants) => {
    expect(admit(request(byRun("200", "1"), { wants })).do).toBe("lock");
  });
});
