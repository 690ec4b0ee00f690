import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import type { Finding } from "../../../src/core/finding.ts";
import { COMPILED } from "../program.ts";
import type { Fault, Planted } from "./fault.ts";

/** Who pastes what is printed, and where. */
export interface Desk {
  readonly cwd: string;
  readonly home: string;
  /** Programs that are found first. */
  readonly bin: string;
}

/** Finds a fault named, gravely enough, with why and what to do; and does that. */
export async function mend(
  { about, state, seen, pasted }: Pick<Fault, "about" | "state" | "seen" | "pasted">,
  { edit, env, byHand }: Planted,
  { found, desk }: { readonly found: readonly Finding[]; readonly desk: Desk },
): Promise<void> {
  const finding = found.find((one) => one.about === about && one.state === state && seen.test(one.seen));
  const other = found.filter((one) => one.about === about).map((one) => `${one.state}: ${one.seen}`);
  expect(finding, `${about}: ${state} ${seen}\nbut it says: ${other.join("\n")}`).toBeDefined();
  expect(finding?.why).toMatch(/^[A-Z].*\.$/s);
  expect([finding?.advice ?? "", ...(finding?.mends ?? []).map(({ command }) => command)].join("")).not.toBe("");
  if (pasted === false) return await byHand?.();
  const printed = finding?.mends?.[pasted]?.command ?? "";
  const command = edit?.(printed) ?? printed;
  expect(command, `no mend ${pasted} of ${JSON.stringify(finding)}`).not.toBe("");
  const run = spawnSync("sh", ["-c", command], {
    cwd: desk.cwd,
    encoding: "utf8",
    timeout: 60_000,
    env: { PATH: `${desk.bin}:${process.env["PATH"]}`, HOME: desk.home, SAVEPOINT_RUN: "ada@desk", ...COMPILED, ...env },
  });
  expect(`${run.status} ${run.stderr}`, command).toMatch(/^0 /);
  await byHand?.();
}
