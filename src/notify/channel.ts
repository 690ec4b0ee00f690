import type { Clock } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { Notification } from "./notification.ts";

/** What sending may use. */
export interface Sending {
  readonly clock: Clock;
  /** Fires when nobody waits for it any more. */
  readonly signal: AbortSignal;
  readonly random: (bytes: number) => string;
}

/** What became of a message. */
export interface Sent {
  /** By which the message can be changed, where it can. */
  readonly handle?: string | undefined;
  /** What the receiver answered, by its number alone: its words may repeat what it was told. `HTTP 202`. */
  readonly answer: string;
}

/** Somebody who can be told something. */
export interface Channel {
  /** As the settings call it. */
  readonly name: string;
  /** Whether a message that was sent can be changed: then a deploy is one message, changed as it goes. */
  readonly edits: boolean;
  /**
   * Sends a message, or changes the one of that handle.
   * @throws NotSent whose message holds no secret.
   */
  send(notification: Notification, handle: string | undefined, sending: Sending): Promise<Sent>;
}

/** A channel as the settings have it: `slack token=SLACK_TOKEN channel=deploys`. */
export interface ChannelSetting {
  readonly name: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, string>>;
}

/** What a kind of channel is opened with. */
export interface ChannelParts {
  readonly name: string;
  /** Options that are said in the open. */
  readonly options: Readonly<Record<string, string>>;
  /** The secrets behind the options that name one. */
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** A kind of channel: a file and a row. */
export interface ChannelKind {
  /** Each option, and whether it names a secret. All that decides where a secret goes is a secret itself. */
  readonly options: Readonly<Record<string, "secret" | "open">>;
  /** One of these sets must be given. */
  readonly needs: readonly (readonly string[])[];
  readonly open: (parts: ChannelParts) => Channel;
}
