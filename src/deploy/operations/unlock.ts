import { beginStep } from "../back/begin.ts";
import { OF_DEPLOYS, sharedSection } from "../../config/shared.ts";
import { Failure, refusal } from "../../core/failure.ts";
import { input, type Section } from "../../core/input.ts";
import { line } from "../../core/kinds.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { missingIn, type Said } from "../call/confirmation.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { type Environment, openEnvironment, stateOf } from "../environment/environment.ts";
import { nextCommand } from "../call/next-command.ts";

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
  passesOver: [...OF_DEPLOYS, "detach-subscriptions"],
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
    const { reason } = settings;
    if (settings.confirm !== environment.name || reason === undefined) throw untold(environment, settings, what);
    // What was seen and is to be ended, and nothing that others ended or began while this waited.
    const moot = (now: Ledger): string | undefined => (now.open?.id === ledger.open?.id ? undefined : "it was ended by others");
    const begun = await beginStep(environment, { wants: "end", commit: undefined, moot }).catch(orMoot);
    if (begun === undefined) {
      const headline = `Nothing was unlocked: ${what} of ${environment.title} was ended by others meanwhile`;
      return { outputs: { unlocked: false, deploy: ledger.open?.id }, headline, blocks: [] };
    }
    await using tx = begun;
    const why = `unlocked by hand: ${reason}`;
    if (tx.deploy === undefined) await tx.write({ kind: "lock.taken", why, ...(lock.state === "held" && { from: lock.holder.owner }) });
    else await tx.close({ as: "failed", why, blocks: false, reason });
    return {
      outputs: { unlocked: true, deploy: ledger.open?.id },
      headline: `Ended ${what} of ${environment.title} by hand; nothing was taken back`,
      blocks: [{ kind: "text", text: "Code and schema are as they were left. The next deploy looks at both and goes on from there." }],
    };
  },
});

function orMoot(error: unknown): undefined {
  if (!(error instanceof Failure) || error.code !== "moot") throw error;
}

/** All that is missing, and the whole command; not for whoever typed another environment's name, and may mean that one. */
function untold(environment: Environment, said: Said, what: string): Failure {
  const { name } = environment;
  const { sentences, hints } = missingIn(said, { name, what: "Ending a deploy without taking it back" });
  const reason = said.reason ?? `${what} is ended as it stands`;
  const whole = {
    command: nextCommand(environment, "unlock", ["--confirm", name, "--reason", reason]),
    means: `Ends ${what} as it stands and lets the next deploy begin; takes nothing back.`,
  };
  return refusal([...sentences, "Nothing was touched."].join(" "), {
    hint: hints.join("\n"),
    code: "not-confirmed",
    ways: said.confirm !== undefined && said.confirm !== name ? [] : [whole],
  });
}
