import { setTimeout as wait } from "node:timers/promises";
import { stopIfCancelled } from "../../src/core/failure.ts";
import { operation } from "../../src/core/operation.ts";
import { runTerminal } from "../../src/faces/terminal/terminal.ts";

/** The command line with one operation, which is at it until it is stopped, or its file SLOW_UNTIL is there. */
const slow = operation({
  name: "slow",
  description: "Takes its time.",
  sections: {},
  own: undefined,
  outputs: {},
  async run({ ports }) {
    const { existsSync } = await import("node:fs");
    const over = () => existsSync(ports.env["SLOW_UNTIL"] ?? "");
    await ports.report.step("Back up 店舗データベース", async () => {
      ports.report.say("a line above");
      for (let at = 1; !over(); at += 1) {
        stopIfCancelled(ports.signal);
        ports.report.progress?.(
          `dumped ${at} MB of 店店店店店店店店店店店店店店店店店店店店店店店店店店店店店店, and more than fits on it`,
        );
        if (at === 20) ports.report.warning("Said in between.");
        await wait(100);
      }
    });
    return { outputs: {}, headline: "It was slow.", blocks: [] };
  },
});

void runTerminal(process.argv.slice(2), {
  process,
  operations: { slow: async () => slow },
  sections: [],
  version: "1.2.3",
  releases: process.env["SLOW_RELEASES"],
});
