import { formatDuration } from "../../core/format.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { type Examination, fails, passes, type Sighting, warns } from "./examination.ts";

/** Beyond this, times of two machines cannot be put in order; as far as this NTP is never off. */
const ODD_MS = 10_000;
/** Beyond this, who is alive and what is old is judged wrongly: the lock's lease is half an hour, tokens and certificates minutes. */
const WRONG_MS = 5 * 60_000;

export const clockExamination: Examination = {
  about: "clock",
  of: "environment",
  needs: ["host"],
  why: "By the clocks it is told whether a deploy's owner is still alive, and which backups are old enough to go.",
  async look(world) {
    const host = await world.host();
    const { aheadMs } = await world.hostLook();
    const mends = [
      { command: commandOn(host, ["sudo", "timedatectl", "set-ntp", "true"]), means: "Lets the host keep its clock right by itself:" },
      { command: commandOn(host, ["timedatectl"]), means: "Shows how it stands:" },
    ];
    return [judgeClock(aheadMs, { mends })];
  },
};

/** Pure. */
export function judgeClock(aheadMs: number, details: Pick<Sighting, "mends"> = {}): Sighting {
  const off = Math.abs(aheadMs);
  if (off < ODD_MS) return passes("The host's clock and this machine's agree.");
  const seen = `The host's clock is ${formatDuration(off)} ${aheadMs > 0 ? "ahead of" : "behind"} this machine's.`;
  const advice = "One of the two is wrong: compare both with another clock first.";
  return off < WRONG_MS ? warns(seen, { ...details, advice }) : fails(seen, { ...details, advice });
}
