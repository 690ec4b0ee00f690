import type { Channel } from "../../../src/notify/channel.ts";
import type { Notification } from "../../../src/notify/notification.ts";
import { openChannels } from "../../../src/notify/open-channels.ts";
import { channelSettings, namedSecrets } from "../../../src/notify/settings.ts";
import { Cancelled } from "../../../src/core/failure.ts";
import type { Clock } from "../../../src/core/ports.ts";

/** The channel of a line of settings. */
export function channelOf(line: string, secrets: string): Channel {
  const settings = { channels: channelSettings.parse(line), secrets: namedSecrets.parse(secrets) };
  const { open, problems } = openChannels({ ...settings, info: undefined, warning: undefined, critical: undefined });
  const [only] = open;
  if (only === undefined) throw new Error(problems.join(" "));
  return only.channel;
}

/** All tries of one message have so long; what waits for less is a pause. Milliseconds. */
const LIMIT = 8000;

/** Pauses are over at once, and limits never come: no machine is too slow. */
class LeapingClock implements Clock {
  readonly pauses: number[] = [];
  #now = Date.now();

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms < LIMIT) {
      this.pauses.push(ms);
      this.#now += ms;
      return;
    }
    await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Cancelled()), { once: true }));
  }
}

let count = 0;
export const sending = (signal: AbortSignal = new AbortController().signal) => ({
  clock: new LeapingClock(),
  signal,
  random: () => `random-${(count += 1)}`,
});

export const STABLE: Notification = {
  event: "stable",
  severity: "info",
  at: "2026-11-28T02:00:00.000Z",
  environment: "shop/production",
  deploy: "20261128T020000Z-abc1234",
  text: "marked stable",
  facts: [
    ["version", "stable-20261128-020000"],
    ["who", "ada"],
  ],
  commits: ["abc1234 Prices with tax (Ada)"],
  command: "savepoint status --environment production --app shop",
  run: "https://github.com/example/shop/actions/runs/7/attempts/1",
};

/** Whatever others may write into a commit, a reason or an error. */
export const HOSTILE: Notification = {
  ...STABLE,
  event: "failed",
  severity: "warning",
  text: "@everyone <!channel> <@U0123> [free](https://evil.example) **bold** `code` <b>x</b> <at>all</at> &lt; \u202egnp.exe\u0007",
  facts: [["reason", "@here ||spoiler|| <https://evil.example|shop>"]],
  commits: ["abc1234 <img src=x onerror=alert(1)> @channel ```", "def5678 ~~x~~ # title (Mallory <m@evil.example>)"],
  run: 'https://github.com/"><script>alert(1)</script>',
};

/** More than any service takes. */
export const HUGE: Notification = {
  ...STABLE,
  text: "ü*".repeat(40_000),
  facts: Array.from({ length: 40 }, (_, at) => [`fact ${at} ${"n".repeat(400)}`, "*".repeat(5000)] as const),
  commits: Array.from({ length: 200 }, (_, at) => `${at} ${"🚢".repeat(300)}`),
  command: "x".repeat(9000),
};
