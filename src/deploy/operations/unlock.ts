import { sharedSection } from "../../config/shared.ts";
import { refusal } from "../../core/failure.ts";
import { input, type Section } from "../../core/input.ts";
import { line } from "../../core/kinds.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { requireConfirmation } from "../confirmation.ts";
import { openEnvironment, stateOf } from "../environment.ts";
import { Transaction } from "../transaction.ts";

const unlockSection = {
  name: "unlock",
  inputs: {
    confirm: input(line, { description: "The environment's name, typed in.", perRun: true }),
    reason: input(line, { description: "Why, for the journal.", perRun: true }),
  },
} as const satisfies Section;

const sections = { shared: sharedSection, unlock: unlockSection } as const;

export const unlock = operation({
  name: "unlock",
  description: "Ends an open or failed deploy as it stands, without taking anything back, and releases the lock. Journaled.",
  sections,
  own: "unlock",
  outputs: { deploy: "The deploy that was ended.", unlocked: "Whether anything was locked or open." },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    const { unlock: settings, shared } = call.inputs;
    await using environment = await openEnvironment(call, { state: "existing", journalSettings: true });
    const ledger = await stateOf(environment).journal.read();
    const lock = await stateOf(environment).journal.lock.status();
    if (ledger.open === undefined && lock.state === "free") {
      return { outputs: { unlocked: false }, headline: `${environment.title} is not locked, and nothing is open`, blocks: [] };
    }
    const what = ledger.open === undefined ? "the lock" : `deploy ${ledger.open.id}`;
    if (shared["dry-run"])
      return { outputs: { unlocked: false, deploy: ledger.open?.id }, headline: `Would end ${what} of ${environment.title}`, blocks: [] };
    requireConfirmation(settings.confirm, environment.name, "Ending a deploy without taking it back");
    if (settings.reason === undefined) throw refusal("`unlock` needs a `reason`, for the journal.");
    await using tx = await Transaction.begin(environment, { wants: "end", commit: undefined });
    const why = `unlocked by hand: ${settings.reason}`;
    if (tx.deploy === undefined) await tx.write({ kind: "lock.taken", why, ...(lock.state === "held" && { from: lock.holder.owner }) });
    else await tx.close({ as: "failed", why, blocks: false, reason: settings.reason });
    return {
      outputs: { unlocked: true, deploy: ledger.open?.id },
      headline: `Ended ${what} of ${environment.title} by hand; nothing was taken back`,
      blocks: [{ kind: "text", text: "Code and schema are as they were left. The next deploy looks at both and goes on from there." }],
    };
  },
});
