import { Failure } from "../../core/failure.ts";
import { plural } from "../../core/format.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import type { Ports } from "../../core/ports.ts";
import { NotSent } from "../../notify/not-sent.ts";
import type { Notification } from "../../notify/notification.ts";
import type { OpenChannel } from "../../notify/open-channels.ts";

/** What became of one channel's message. */
export interface ToldChannel {
  readonly channel: string;
  readonly sent: boolean;
  /** What the receiver answered, or why there was nobody to answer. */
  readonly answer: string;
}

type TellingPorts = Pick<Ports, "clock" | "random" | "signal">;

/** Sends each channel its message, all at once, by the way that deploys take, and waits for what they answer. Never throws. */
export async function tellEach(
  channels: readonly OpenChannel[],
  messageFor: (open: OpenChannel) => Notification,
  { clock, random, signal }: TellingPorts,
): Promise<readonly ToldChannel[]> {
  const tell = async (open: OpenChannel): Promise<ToldChannel> => {
    const { name } = open.channel;
    try {
      const { answer } = await open.channel.send(messageFor(open), undefined, { clock, random, signal });
      return { channel: name, sent: true, answer };
    } catch (error) {
      return { channel: name, sent: false, answer: error instanceof NotSent ? error.message : "it could not be sent" };
    }
  };
  return await Promise.all(channels.map(tell));
}

/** Says of each channel what it answered, below what it was told. Throws where one was not told: telling is all that was asked for. */
export function toldOutcome(title: string, what: string, all: readonly ToldChannel[], about: readonly Block[] = []): Outcome {
  const told = all.filter(({ sent }) => sent).map(({ channel }) => channel);
  const failed = all.filter(({ sent }) => !sent).map(({ channel }) => channel);
  const outputs = { told, failed };
  const rows = all.map(({ channel, sent, answer }) => [channel, sent ? "told" : "not told", answer]);
  const blocks: readonly Block[] = [...about, { kind: "table", title: "Channels", head: ["channel", "", "answer"], rows }];
  if (failed.length === 0) return { outputs, headline: `${title}: ${what} sent to ${told.join(", ")}`, blocks, details: { channels: all } };
  throw new Failure(`${title}: ${failed.length} of ${plural(all.length, "channel")} could not be told.`, {
    code: "not-told",
    hint: "Each channel is named with what it answered. Its secret is in `notify-secrets`, its kind and options in `notify.channels`.",
    evidence: all.filter(({ sent }) => !sent).map(({ channel, answer }) => `${channel}: ${answer}`),
    outputs,
    blocks,
  });
}
