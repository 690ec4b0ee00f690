import { type Failure, refusal } from "../../core/failure.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { type Environment, stateOf } from "../environment/environment.ts";

/**
 * Nothing is begun on a journal with a line that may have said anything and that nothing after it settles: that a deploy is
 * open or over, which version is stable. What was cut short, or stands there twice, is harmless.
 */
export function refuseDamaged(environment: Environment, ledger: Pick<Ledger, "damaged">): void {
  const damage = damageOf(environment, ledger);
  if (damage !== undefined) throw damage;
}

/** What such lines are refused with; undefined where there is none. */
export function damageOf(environment: Environment, { damaged }: Pick<Ledger, "damaged">): Failure | undefined {
  const open = damaged.filter((one) => !one.settled);
  if (open.length === 0) return undefined;
  const { journal } = stateOf(environment).paths;
  const lines = open.map(({ line }) => line);
  const [only] = open;
  return refusal(
    `${open.length === 1 ? `Line ${only?.line}` : `Lines ${lines.join(", ")}`} of the journal ${journal} on ${environment.machine.name} cannot be read, and what ${open.length === 1 ? "it" : "they"} said may still count: whether a deploy is open, or which version is stable. Nothing was touched.`,
    {
      code: "journal-damaged",
      evidence: open.map(({ line, why }) => `line ${line}: ${why}`),
      hint: "Look there, and mend what can be mended.",
      ways: [
        {
          command: commandOn(environment.machine, ["sed", "-i.damaged", lines.map((line) => `${line}d`).join(";"), journal]),
          means: `Takes ${lines.length === 1 ? "that line" : "those lines"} out, and keeps the journal as it is now in journal.jsonl.damaged. Look with the command \`status\` afterwards whether what it tells is true.`,
        },
      ],
    },
  );
}
