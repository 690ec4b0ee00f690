import { describe, expect, test } from "vitest";
import type { Environment } from "../../../src/deploy/environment/environment.ts";
import { quarantineNote, refusedAsQuarantined } from "../../../src/deploy/lock/quarantined.ts";
import { rolloutSection } from "../../../src/rollout/inputs.ts";
import { sharedSection } from "../../../src/config/shared.ts";
import { FLAGS, Settings } from "../../../src/core/settings.ts";
import { A, B, C, Tale } from "./records.ts";

const taken = (): Tale => new Tale().confirmed("d1", A).opened("d2", B, { from: A }).did("d2", "migrate", "switch").failed("d2", "health");
const names = (tale: Tale): readonly string[] => [...tale.ledger.quarantined.keys()];
const back = (deploy: string, from: string, to: string, reason?: string): ((tale: Tale) => Tale) => {
  return (tale) =>
    tale
      .opened(deploy, to, { from, goingBack: true, owner: "ada@desk" })
      .did(deploy, "rollback")
      .tell(
        { kind: "deploy.closed", deploy, as: "rolled-back", why: "it is latest-stable", on: to, ...(reason !== undefined && { reason }) },
        { deploy, owner: "ada@desk" },
      );
};

describe("quarantined", () => {
  test("is what was taken back: with when, by whom, and for what it failed", () => {
    const { ledger } = taken().rolledBack("d2", A);
    expect([...ledger.quarantined.values()]).toEqual([
      {
        commit: B,
        deploy: "d2",
        at: ledger.deploys[1]!.end!.at,
        by: "100.1",
        run: undefined,
        why: "health failed: no",
        migrations: [],
        images: [],
      },
    ]);
  });

  test("is what was cancelled or died half-way, and taken back: nobody knows what it would have done", () => {
    const cancelled = new Tale().confirmed("d1", A).opened("d2", B, { from: A });
    cancelled.tell({ kind: "step.started", step: "switch", intent: {} }, { deploy: "d2" });
    expect(cancelled.rolledBack("d2", A).ledger.quarantined.get(B)?.why).toBe("switch did not end");
  });

  test("is what failed at its migrations, also where the database was as it had been; and what was stopped there, and left a trace", () => {
    const stopped = (how: { readonly cancelled?: true }, database: string) =>
      new Tale()
        .confirmed("d1", A)
        .opened("d2", B, { from: A })
        .tell({ kind: "step.started", step: "migrate", intent: {} }, { deploy: "d2" })
        .tell({ kind: "step.failed", step: "migrate", message: "no", ...how }, { deploy: "d2" })
        .tell({ kind: "step.started", step: "rollback", intent: {} }, { deploy: "d2" })
        .tell({ kind: "step.done", step: "rollback", result: { database } }, { deploy: "d2" })
        .tell({ kind: "deploy.closed", deploy: "d2", as: "rolled-back", why: "", on: A }, { deploy: "d2" });
    expect(names(stopped({}, "kept"))).toEqual([B]);
    expect(names(stopped({ cancelled: true }, "restored"))).toEqual([B]);
  });

  test("is what was taken back to a version that is not healthy either", () => {
    const tale = taken().failed("d2", "rollback");
    expect(
      names(tale.tell({ kind: "deploy.closed", deploy: "d2", as: "failed", why: "no", on: A, blocks: false }, { deploy: "d2" })),
    ).toEqual([B]);
  });

  test("is what was left by hand, for the reason that was given, also where it was confirmed", () => {
    const tale = back("d3", B, A, "orders fail")(new Tale().confirmed("d1", A).confirmed("d2", B, { from: A }));
    expect(tale.ledger.quarantined.get(B)).toMatchObject({ deploy: "d3", by: "ada@desk", why: "orders fail" });
    expect(names(tale)).toEqual([B]);
  });

  test("is what was left for nothing", () => {
    const tale = new Tale().opened("d1", A, { ran: "nothing" }).did("d1", "switch").failed("d1", "health").did("d1", "rollback");
    expect(
      names(tale.tell({ kind: "deploy.closed", deploy: "d1", as: "rolled-back", why: "", nothingRuns: true }, { deploy: "d1" })),
    ).toEqual([A]);
  });

  test("is what did not run any more when the next one was opened, where the line of its end cannot be read", () => {
    const tale = taken().did("d2", "rollback").opened("d3", C, { from: A });
    expect(tale.ledger.quarantined.get(B)).toMatchObject({
      deploy: "d2",
      by: "100.1",
      why: "health failed: no; the journal's line of its end cannot be read",
    });
    expect(names(taken().opened("d3", C, { from: B }))).toEqual([]);
    expect(names(taken().opened("d3", C))).toEqual([]);
  });

  test.each<readonly [string, () => Tale]>([
    [
      "what was stopped at its migrations, where the database was as it had been",
      () =>
        new Tale()
          .confirmed("d1", A)
          .opened("d2", B, { from: A })
          .tell({ kind: "step.started", step: "migrate", intent: {} }, { deploy: "d2" })
          .tell({ kind: "step.failed", step: "migrate", message: "cancelled", cancelled: true }, { deploy: "d2" })
          .tell({ kind: "step.started", step: "rollback", intent: {} }, { deploy: "d2" })
          .tell({ kind: "step.done", step: "rollback", result: { database: "kept" } }, { deploy: "d2" })
          .tell({ kind: "deploy.closed", deploy: "d2", as: "rolled-back", why: "", on: A }, { deploy: "d2" }),
    ],
    ["what was confirmed since", () => taken().rolledBack("d2", A).confirmed("d3", B, { from: A })],
    ["what was marked stable since", () => taken().rolledBack("d2", A).stable(B)],
    ["what a person went to since, by a rollback that proved it", () => back("d3", A, B)(taken().rolledBack("d2", A))],
    ["what was left by going forward again", () => back("d4", A, B)(back("d3", B, A)(new Tale().confirmed("d1", A).confirmed("d2", B)))],
    [
      "what was deployed over itself, and is back",
      () => new Tale().confirmed("d1", A).opened("d2", A, { from: A }).did("d2", "switch").rolledBack("d2", A),
    ],
    [
      "what never came to database or app",
      () => new Tale().confirmed("d1", A).opened("d2", B, { from: A }).failed("d2", "backup").rolledBack("d2", A),
    ],
    ["what was started again by hand", () => back("d2", A, A)(new Tale().confirmed("d1", A))],
    [
      "what an unlock left as it stood",
      () => taken().tell({ kind: "deploy.closed", deploy: "d2", as: "failed", why: "unlocked", blocks: false }, { deploy: "d2" }),
    ],
    [
      "what a restore by hand ran through",
      () =>
        new Tale()
          .confirmed("d1", A)
          .opened("d2", A, { from: A, goingBack: true })
          .did("d2", "restore")
          .tell({ kind: "deploy.closed", deploy: "d2", as: "rolled-back", why: "", on: A }, { deploy: "d2" }),
    ],
  ])("is not %s", (_, tell) => expect(names(tell())).toEqual([]));

  test("stays what was allowed once and taken back again, with the newer words", () => {
    const tale = taken().rolledBack("d2", A).opened("d3", B, { from: A }).did("d3", "switch").failed("d3", "health").rolledBack("d3", A);
    expect(tale.ledger.quarantined.get(B)?.deploy).toBe("d3");
  });

  test("names migrations and images that made it up", () => {
    const tale = new Tale().confirmed("d1", A).opened("d2", B, { from: A });
    for (const [step, result] of [
      ["migrate", { applied: ["002", "003"] }],
      ["switch", { images: { web: "sha256:1" } }],
    ] as const)
      tale.tell({ kind: "step.started", step, intent: {} }, { deploy: "d2" }).tell({ kind: "step.done", step, result }, { deploy: "d2" });
    expect(tale.rolledBack("d2", A).ledger.quarantined.get(B)).toMatchObject({ migrations: ["002", "003"], images: ["web sha256:1"] });
  });
});

describe("the refusal", () => {
  const opener = { operation: "deploy", sections: [sharedSection, rolloutSection] } as const;
  const { ledger } = taken().rolledBack("d2", A);
  const run = "https://github.com/acme/shop/actions/runs/100/attempts/2";
  const at = (owner: Partial<Environment["owner"]>, reason?: string): Environment =>
    ({
      app: "shop",
      name: "production",
      title: "shop/production",
      owner: { id: "ada@desk", terminal: true, run: undefined, actor: "ada", ...owner },
      shared: { "allow-quarantined": reason },
      settings: new Settings([{ source: FLAGS, raw: { rollout: { "start-command": "./run web" } } }], "deploy"),
      ports: { program: ["savepoint"] },
    }) as unknown as Environment;

  test("says when, why and by whom, and at a terminal the whole command", () => {
    const refused = refusedAsQuarantined(at({}), ledger, { commit: B, opener })!;
    expect(refused.message).toMatch(
      /^bbbbbbb is quarantined on shop\/production: it was taken back at 2026-\S+ \S+ UTC by 100\.1 \(d2\), because health failed: no\. Nothing was touched\.$/,
    );
    expect(refused).toMatchObject({ exit: 2, code: "quarantined" });
    expect(refused.hint).toContain("(a wrong secret, a full disk)");
    expect(refused.ways[0]?.command).toContain(
      `--commit ${B} --allow-quarantined 'the cause lay outside of the commit, and is mended' --confirm production`,
    );
  });

  test("tells a run that is run again so, and which input lets it", () => {
    const { hint, ways } = refusedAsQuarantined(at({ id: "100.2", terminal: false, run }), ledger, { commit: B, opener })!;
    expect(hint).toContain("A re-run deploys the same commit again.");
    expect(hint).toContain("`allow-quarantined: the cause lay outside");
    expect(ways).toEqual([]);
    expect(refusedAsQuarantined(at({ id: "200.1", terminal: false }), ledger, { commit: B, opener })!.hint).not.toContain("re-run");
  });

  test("says so where the version before was not healthy either", () => {
    const tale = taken().failed("d2", "rollback");
    tale.tell({ kind: "deploy.closed", deploy: "d2", as: "failed", why: "no", on: A, blocks: false }, { deploy: "d2" });
    const about = { commit: B, opener };
    expect(refusedAsQuarantined(at({}), tale.ledger, about)?.hint).toMatch(/^The version before it was not healthy either/);
    expect(refusedAsQuarantined(at({}), ledger, about)?.hint).not.toContain("either");
  });

  test("is of that version alone, and of none where a reason is given", () => {
    expect(refusedAsQuarantined(at({}), ledger, { commit: C, opener })).toBeUndefined();
    expect(refusedAsQuarantined(at({}, "the secret was wrong"), ledger, { commit: B, opener })).toBeUndefined();
  });

  test("is announced by the way back that made it", () => {
    expect(quarantineNote(ledger, "d2")).toEqual([expect.stringContaining("bbbbbbb is quarantined")]);
    expect(quarantineNote(ledger, "d1")).toEqual([]);
  });
});
