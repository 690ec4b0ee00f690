import { Cancelled, clauseOf, Failure, messageOf } from "../../core/failure.ts";
import { SWAP_UNKNOWN } from "../../postgres/swap-outcome.ts";

/** What is true of an app that was stopped for a swap of which nobody knows whether it took place. */
export const STAYS_STOPPED = "stopped, and stays so: on which database it would be started is not known";

/** Starts an app that was stopped for nothing. Returns what is true of it then. */
export async function startedAgain(start: () => Promise<void>): Promise<string> {
  try {
    await start();
    return "started again, on the code and the database that it had";
  } catch (error) {
    return `stopped, and it could not be started again (${clauseOf(error)})`;
  }
}

/**
 * Does what the app was stopped for, and starts it again where that fails: contract, 2. Cancelled, it stays open, to be
 * finished; and where another run took over, that one sees to the app.
 */
export async function orStartAgain<T>(start: (() => Promise<void>) | undefined, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof Cancelled || (error instanceof Failure && error.code === "lock-lost") || start === undefined) throw error;
    const failure = error instanceof Failure ? error : new Failure(messageOf(error), { code: "unexpected", cause: error });
    if (failure.code === SWAP_UNKNOWN) throw failure.with({ state: [...failure.state, `app: ${STAYS_STOPPED}`] });
    const app = await startedAgain(start);
    // A refusal is one only where nothing was touched, and the app stood still.
    const exit = app.startsWith("stopped") ? 3 : failure.exit === 2 ? 1 : failure.exit;
    throw failure.with({ exit, state: [...failure.state, `app: ${app}`] });
  }
}
