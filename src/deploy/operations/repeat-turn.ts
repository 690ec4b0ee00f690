import { messageOf } from "../../core/failure.ts";
import { formatAgo } from "../../core/format.ts";
import { type Holder, Lock } from "../../journal/lock.ts";
import { type Environment, stateOf } from "../environment/environment.ts";

/** Telling takes some seconds (docs/notifications.md, Bounds); who is silent for so long does not tell any more. Milliseconds. */
const GONE_AFTER = 60_000;
const SIGN = { running: true, step: "notify", process: "" };

/** This run's turn to tell again, or who has it. */
export type RepeatTurn = { readonly whose: "ours"; readonly turn: OwnTurn } | { readonly whose: "another's"; readonly owner: string };

interface OwnTurn extends AsyncDisposable {
  /** False where another run took it over meanwhile: this one was silent for too long. */
  still(): Promise<boolean>;
}

/**
 * Takes the turn to tell again that a person is needed, so that two schedules which come at the same moment tell it once. It is a
 * lock of its own: the environment's may be held by the very deploy that needs somebody. One whose holder was killed is taken over
 * by the next run, which says so; what that one told and wrote down is in the journal.
 */
export async function takeRepeatTurn(environment: Environment): Promise<RepeatTurn> {
  const { machine, owner, ports } = environment;
  const { paths } = stateOf(environment);
  const lock = new Lock(machine, { ...paths, lock: paths.repeat, beat: paths.repeatBeat });
  const found = await lock.status();
  const before = found.state === "held" ? found.holder : undefined;
  if (found.state === "held" && found.silentMs < GONE_AFTER) return { whose: "another's", owner: found.holder.owner };
  const fence = (found.state === "held" ? found.holder.fence : (found.lastFence ?? 0)) + 1;
  const holder: Holder = { id: ports.random(16), fence, owner: owner.id, run: owner.run, since: ports.clock.now().toISOString() };
  const taken = before === undefined ? await lock.take(holder) : await lock.takeOver(before, holder);
  const still = async (): Promise<boolean> => await lock.beat(holder, SIGN);
  if (!taken || !(await still())) {
    const now = await lock.status();
    return { whose: "another's", owner: now.state === "held" ? now.holder.owner : "another run" };
  }
  if (found.state === "held")
    ports.report.warning(
      `${found.holder.owner} was telling it and did not end (its last sign of life: ${formatAgo(found.silentMs)}). Who took it then without a note in the journal, hears it once more.`,
    );
  return {
    whose: "ours",
    turn: {
      still,
      [Symbol.asyncDispose]: async () => {
        try {
          await lock.release(holder);
        } catch (error) {
          ports.report.warning(`The turn to tell again was not given back, so the next run waits for a minute: ${messageOf(error)}`);
        }
      },
    },
  };
}
