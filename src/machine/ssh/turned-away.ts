import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../core/failure.ts";
import type { Report } from "../../core/report.ts";

/** The code of a server that closes before the handshake because it takes no connection from this address now. */
export const TURNED_AWAY = "turned-away";

const PAUSE_MS = 5000;

/**
 * What OpenSSH says before it hangs up on an address with PerSourcePenalties (since 9.8, after failed logins; 15 s at
 * least, 10 min at most), or on everybody beyond MaxStartups. It has no code for either: the line is all that it sends.
 */
export function turnedAwayBy(host: string, greeting: string | undefined): Failure | undefined {
  if (greeting?.startsWith("Not allowed at this time") === true) {
    return new Failure(`${host} refuses this address for a while: too many logins from it have failed.`, {
      code: TURNED_AWAY,
      hint: "It ends by itself, mostly within a minute. Mend the key or the user of the job whose logins fail. On the host, its log names the reason (journalctl -u ssh), and `PerSourcePenaltyExemptList` in sshd_config leaves out addresses that you trust; fail2ban has a list of its own.",
      evidence: [`It said: ${greeting.trim()}`],
    });
  }
  if (greeting?.startsWith("Exceeded MaxStartups") === true) {
    return new Failure(`${host} has too many logins under way at once.`, {
      code: TURNED_AWAY,
      hint: "It ends by itself when they are through. Where it stays so, raise `MaxStartups` in the host's sshd_config.",
      evidence: [`It said: ${greeting.trim()}`],
    });
  }
  return undefined;
}

export interface LoginPatience {
  /** Milliseconds for which it is tried again. */
  readonly patienceMs: number;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
}

/** Connects; where the server turns this address away for a while, that is said once, and it is tried again until the patience ends. */
export async function outwait<T>(connect: () => Promise<T>, { patienceMs, report, signal }: LoginPatience): Promise<T> {
  const until = performance.now() + patienceMs;
  for (let turn = 0; ; turn += 1) {
    try {
      return await connect();
    } catch (error) {
      const passing = error instanceof Failure && error.code === TURNED_AWAY && signal?.aborted !== true;
      if (!passing || performance.now() + PAUSE_MS > until) throw error;
      if (turn === 0) report.say(`${error.message} Waiting up to ${Math.round(patienceMs / 1000)} s until it lets us in.`);
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
