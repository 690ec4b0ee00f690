import { Failure } from "../../core/failure.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { journaledSettings, type RollbackSettings } from "../call/sections.ts";
import type { Transaction } from "../lock/transaction.ts";
import { backupStore } from "../steps/backup.ts";
import { chooseTarget } from "./choose-target.ts";
import { readableSchema } from "./live-look.ts";
import type { NamedTarget } from "./named-target.ts";
import { refuseUnsaid } from "./refuse-unsaid.ts";
import { settingsForTarget } from "./target-settings.ts";

/** Refuses a rollback that cannot be done, or was not told enough, before anything is touched. */
export async function mayGoBack(environment: Environment, ledger: Ledger, settings: RollbackSettings): Promise<void> {
  const chosen = await chooseTarget(environment, ledger, settings).catch((error: unknown) => {
    if (error instanceof Failure) return error;
    throw error;
  });
  // Read for what it refuses.
  if (!(chosen instanceof Failure)) settingsForTarget(environment, { ledger, deploy: ledger.open, target: chosen.target });
  const automatic = ledger.open?.owner === environment.owner.id && settings.confirm === undefined;
  if (automatic && chosen instanceof Failure) throw chosen;
  if (automatic) return;
  const { manifests } = await backupStore(environment, stateOf(environment)).all();
  await refuseUnsaid(environment, { ledger, settings, chosen, manifests });
}

/** Where a rollback goes, chosen now that it has its turn. Where no deploy is open that it takes back, one is opened for it. */
export async function openRollback(tx: Transaction, settings: RollbackSettings): Promise<NamedTarget> {
  const { environment } = tx;
  const { journal } = tx.state;
  const chosen = await chooseTarget(environment, await journal.read(), settings);
  if (tx.deploy !== undefined) return chosen;
  const { commit } = chosen.target;
  const running = await (await environment.clone())?.current();
  await tx.open(
    {
      commit: commit ?? running ?? "",
      goingBack: true,
      ...(commit === undefined && { toNothing: true as const }),
      from: running,
      live: await readableSchema(environment),
      settings: journaledSettings(environment.settings),
      hooks: environment.hooks,
    },
    await journal.read(),
  );
  return chosen;
}
